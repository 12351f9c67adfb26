"""A program as JSON, so that the next process need not run the front end.

    Leaf(float64[:, 1])            ["array", "float64", "C", [false, true]]
    Fixed("mean")                  ["fixed", ["str", "mean"]]
    Reach("global", "w")           ["global", "w", []]

Static values are written only if they can be read back as the same value; `NotEncodable` says that a program holds
another one, and such a program is kept in memory only. Classes and functions are written by the name under which they
are imported.
"""

from __future__ import annotations

import enum
import importlib
import math
import sys
from types import ModuleType
from typing import Any

import numpy as np

from adcompile.build import Buffers, Build, Dependency, Promises, SourceLine
from adcompile.frontend.captures import Guard, Reach
from adcompile.frontend.structure import Fixed, Leaf, Node, Structure
from adcompile.ir.types import Array, Scalar


class NotEncodable(Exception):
    """A static value that a file cannot hold."""


def encode_build(build: Build) -> dict[str, object]:
    """`build` without its graph. Raises NotEncodable."""
    return {
        "text": build.text,
        "entry": build.entry,
        "source_map": [[each.emitted, each.file, each.line] for each in build.source_map],
        "captures": [[_encode_reach(reach), _encode(structure)] for reach, structure in build.captures],
        "guards": [[_encode_reach(each.reach), each.fingerprint] for each in build.guards],
        "dependencies": [[each.name, each.file, each.source_hash] for each in build.dependencies],
        "result": _encode(build.result),
        "aux": None if build.aux is None else _encode(build.aux),
        "gradients": list(build.gradients),
        "written": list(build.written),
        "filled": list(build.filled),
        "buffers": None if build.buffers is None else _encode_buffers(build.buffers),
        "promises": [build.promises.indices, build.promises.sums],
    }


def decode_build(manifest: dict[str, Any]) -> Build:
    """The inverse of `encode_build`.

    Raises ValueError, TypeError, LookupError, AttributeError or ImportError if it is damaged.
    """
    return Build(
        text=manifest["text"],
        entry=manifest["entry"],
        source_map=tuple(SourceLine(*each) for each in manifest["source_map"]),
        captures=tuple((_decode_reach(reach), _decode(structure)) for reach, structure in manifest["captures"]),
        guards=tuple(Guard(_decode_reach(reach), fingerprint) for reach, fingerprint in manifest["guards"]),
        dependencies=tuple(Dependency(*each) for each in manifest["dependencies"]),
        result=_decode(manifest["result"]),
        aux=None if manifest["aux"] is None else _decode(manifest["aux"]),
        gradients=tuple(manifest["gradients"]),
        written=tuple(manifest["written"]),
        filled=tuple(manifest["filled"]),
        buffers=None if manifest["buffers"] is None else _decode_buffers(*manifest["buffers"]),
        promises=_decode_promises(*manifest["promises"]),
    )


def _decode_promises(indices: list[list[int]], sums: list[list[Any]]) -> Promises:
    return Promises(tuple((line, column) for line, column in indices), tuple((line, name) for line, name in sums))


def _encode(structure: Structure) -> list[object]:
    match structure:
        case Leaf(type=Scalar(dtype=dtype, weak=weak)):
            return ["scalar", dtype, weak]
        case Leaf(type=Array(dtype=dtype, ndim=ndim, layout=layout, ones=ones)):
            return ["array", dtype, ndim, layout, list(ones)]
        case Fixed(value=value):
            return ["fixed", _encode_value(value)]
        case Node(kind=kind, keys=keys, children=children, cls=cls):
            named = None if cls is None else _encode_value(cls)
            return ["node", kind, [_encode_value(key) for key in keys], [_encode(child) for child in children], named]
    raise NotEncodable(type(structure).__name__)


def _decode(code: list[Any]) -> Structure:
    match code:
        case ["scalar", dtype, weak]:
            return Leaf(Scalar(dtype, weak))
        case ["array", dtype, ndim, layout, ones]:
            return Leaf(Array(dtype, ndim, layout, tuple(ones)))
        case ["fixed", value]:
            return Fixed(_decode_value(value))
        case ["node", kind, keys, children, cls]:
            decoded: Any = None if cls is None else _decode_value(cls)
            return Node(kind, tuple(map(_decode_value, keys)), tuple(map(_decode, children)), decoded)
    raise ValueError(f"not a structure: {code!r}")


def _encode_buffers(buffers: Buffers) -> list[object]:
    return [buffers.maker, list(buffers.takes), [_encode(Leaf(type_)) for type_ in buffers.types]]


def _decode_buffers(maker: str, takes: list[int], types: list[list[Any]]) -> Buffers:
    return Buffers(maker, tuple(takes), tuple(leaf.type for leaf in map(_decode, types) if isinstance(leaf, Leaf)))


def _encode_reach(reach: Reach) -> list[object]:
    return [reach.origin, reach.name, [[kind, _encode_value(key)] for kind, key in reach.steps]]


def _decode_reach(code: list[Any]) -> Reach:
    origin, name, steps = code
    return Reach(origin, name, tuple((kind, _decode_value(key)) for kind, key in steps))


def _encode_value(value: object) -> list[object]:
    if value is None or type(value) in (bool, int, str):
        return ["plain", value]
    if isinstance(value, float) and type(value) is float:
        return ["float", value.hex()]
    if type(value) is tuple:
        return ["tuple", [_encode_value(each) for each in value]]
    if isinstance(value, slice):
        return ["slice", [_encode_value(each) for each in (value.start, value.stop, value.step)]]
    if isinstance(value, np.dtype) and value.names is None:
        return ["dtype", value.str]
    if isinstance(value, enum.Enum):
        return ["enum", _encode_value(type(value)), value.name]
    if isinstance(value, ModuleType) and sys.modules.get(value.__name__) is value:
        return ["module", value.__name__]
    module, name = getattr(value, "__module__", None), getattr(value, "__qualname__", None)
    if isinstance(module, str) and isinstance(name, str) and _imported(module, name) is value:
        return ["import", module, name]
    raise NotEncodable(f"a {type(value).__qualname__}")


def _decode_value(code: list[Any]) -> object:
    match code:
        case ["plain", value]:
            return value
        case ["float", text]:
            return float.fromhex(text) if text != "nan" else math.nan
        case ["tuple", parts]:
            return tuple(map(_decode_value, parts))
        case ["slice", parts]:
            return slice(*map(_decode_value, parts))
        case ["dtype", text]:
            return np.dtype(text)
        case ["enum", cls, name]:
            members: Any = _decode_value(cls)
            return members[name]
        case ["module", name]:
            return importlib.import_module(name)
        case ["import", module, name]:
            importlib.import_module(module)
            if (found := _imported(module, name)) is not None:
                return found
    raise ValueError(f"not a value: {code!r}")


def _imported(module: str, name: str) -> object:
    found: object = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    return found
