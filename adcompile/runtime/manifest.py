"""A program as JSON, so that the next process need not run the front end.

    Leaf(float64[:, 1])            ["array", "float64", "C", [false, true]]
    Fixed("mean")                  ["fixed", ["str", "mean"]]
    Reach("global", "w")           ["global", "w", []]

Static values are written only if they can be read back as the same value; `NotEncodable` says that a program holds
another one, and such a program is kept in memory only. Classes and functions are written by the name under which they
are imported. Reading a manifest imports nothing: what it names is looked up in modules that the function's own module
could name (`nameable.py`).
"""

from __future__ import annotations

import enum
import math
import sys
from types import ModuleType
from typing import Any

import numpy as np

from adcompile.build import Buffers, Build, Dependency, Promises, SourceLine
from adcompile.frontend.captures import Guard, Reach
from adcompile.frontend.structure import Fixed, Leaf, Node, Structure
from adcompile.ir.types import Array, Scalar
from adcompile.runtime.nameable import Nameable, imported


class NotEncodable(Exception):
    """A static value that a file cannot hold."""


def encode_build(build: Build) -> dict[str, object]:
    """`build` without its graph. Raises NotEncodable."""
    return {
        "text": build.text,
        "entry": build.entry,
        "source_map": [[each.emitted, each.file, each.line, each.place] for each in build.source_map],
        "captures": [[_encode_reach(reach), _encode(structure)] for reach, structure in build.captures],
        "guards": [[_encode_reach(each.reach), each.fingerprint] for each in build.guards],
        "dependencies": [[each.name, each.file, each.source_hash] for each in build.dependencies],
        "result": _encode(build.result),
        "aux": None if build.aux is None else _encode(build.aux),
        "gradients": list(build.gradients),
        "written": list(build.written),
        "filled": list(build.filled),
        "buffers": None if build.buffers is None else _encode_buffers(build.buffers),
        "promises": [build.promises.indices, build.promises.sums, build.promises.checks],
    }


def decode_build(manifest: dict[str, Any], nameable: Nameable) -> Build:
    """The inverse of `encode_build`.

    Raises ValueError, TypeError, LookupError or AttributeError if it is damaged; NotNameable if it names what the
    function's module could not.
    """
    decode = _Decoding(nameable)
    dependencies = tuple(Dependency(*each) for each in manifest["dependencies"])
    nameable.include_files(each.file for each in dependencies)
    return Build(
        text=manifest["text"],
        entry=manifest["entry"],
        source_map=tuple(SourceLine(*each) for each in manifest["source_map"]),
        captures=tuple((decode.reach(reach), decode.structure(each)) for reach, each in manifest["captures"]),
        guards=tuple(Guard(decode.reach(reach), fingerprint) for reach, fingerprint in manifest["guards"]),
        dependencies=dependencies,
        result=decode.structure(manifest["result"]),
        aux=None if manifest["aux"] is None else decode.structure(manifest["aux"]),
        gradients=tuple(manifest["gradients"]),
        written=tuple(manifest["written"]),
        filled=tuple(manifest["filled"]),
        buffers=None if manifest["buffers"] is None else decode.buffers(*manifest["buffers"]),
        promises=_decode_promises(*manifest["promises"]),
    )


def _decode_promises(indices: list[list[int]], sums: list[list[Any]], checks: list[list[Any]]) -> Promises:
    return Promises(
        tuple((line, column) for line, column in indices),
        tuple((line, name) for line, name in sums),
        tuple((line, first, last, mode, where) for line, first, last, mode, where in checks),
    )


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


def _encode_buffers(buffers: Buffers) -> list[object]:
    return [buffers.maker, list(buffers.takes), [_encode(Leaf(type_)) for type_ in buffers.types]]


def _encode_reach(reach: Reach) -> list[object]:
    return [reach.origin, reach.name, [[kind, _encode_value(key)] for kind, key in reach.steps]]


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
    if isinstance(value, Reach):
        return ["reach", _encode_reach(value)]
    if isinstance(value, enum.Enum):
        return ["enum", _encode_value(type(value)), value.name]
    if isinstance(value, ModuleType) and sys.modules.get(value.__name__) is value:
        return ["module", value.__name__]
    module, name = getattr(value, "__module__", None), getattr(value, "__qualname__", None)
    if isinstance(module, str) and isinstance(name, str) and imported(module, name) is value:
        return ["import", module, name]
    raise NotEncodable(f"a {type(value).__qualname__}")


class _Decoding:
    """The inverses of the functions above, for what `nameable` holds."""

    def __init__(self, nameable: Nameable) -> None:
        self.nameable = nameable

    def structure(self, code: list[Any]) -> Structure:
        match code:
            case ["scalar", dtype, weak]:
                return Leaf(Scalar(dtype, weak))
            case ["array", dtype, ndim, layout, ones]:
                return Leaf(Array(dtype, ndim, layout, tuple(ones)))
            case ["fixed", value]:
                return Fixed(self.value(value))
            case ["node", kind, keys, children, cls]:
                decoded: Any = None if cls is None else self.value(cls)
                if decoded is not None and not isinstance(decoded, type):
                    raise ValueError(f"not a class: {cls!r}")
                return Node(kind, tuple(map(self.value, keys)), tuple(map(self.structure, children)), decoded)
        raise ValueError(f"not a value: {code!r}")

    def buffers(self, maker: str, takes: list[int], types: list[list[Any]]) -> Buffers:
        found = tuple(leaf.type for leaf in map(self.structure, types) if isinstance(leaf, Leaf))
        return Buffers(maker, tuple(takes), found)

    def reach(self, code: list[Any]) -> Reach:
        origin, name, steps = code
        return Reach(origin, name, tuple((kind, self.value(key)) for kind, key in steps))

    def value(self, code: list[Any]) -> object:
        match code:
            case ["plain", value]:
                return value
            case ["float", text]:
                return float.fromhex(text) if text != "nan" else math.nan
            case ["tuple", parts]:
                return tuple(map(self.value, parts))
            case ["slice", parts]:
                return slice(*map(self.value, parts))
            case ["dtype", text]:
                return np.dtype(text)
            case ["reach", reach]:
                return self.reach(reach)
            case ["enum", cls, name]:
                members: Any = self.value(cls)
                return members[name]
            case ["module", name]:
                return self.nameable.module(name)
            case ["import", module, name]:
                return self.nameable.find(module, name)
        raise ValueError(f"not a value: {code!r}")
