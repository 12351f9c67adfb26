"""Arguments and results as trees: taken apart into numbers and arrays, and put together again.

value                          {"w": np.ones((3, 1)), "n": 2, "mode": "mean"}
structure_of(value)            Node("dict", ("w", "n", "mode"), (Leaf(float64[:, 1]), Leaf(int), Fixed("mean")))
flatten(value, structure)      [array, 2]
gradient_structure(...)        Node("dict", ("w", "n", "mode"), (Leaf(float64[:, 1]), Fixed(None), Fixed(None)))
"""

from __future__ import annotations

import dataclasses
import enum
import functools
import sys
from collections.abc import Hashable, Iterable, Iterator
from types import BuiltinFunctionType, BuiltinMethodType, FunctionType, MethodType, ModuleType

import numpy as np

from adcompile.errors import UnsupportedError
from adcompile.frontend.classes import refusal
from adcompile.frontend.fingerprints import fingerprint
from adcompile.frontend.structure import Fixed, Leaf, Node, Opaque, Structure, attributes_of, layout_of, named_fields
from adcompile.ir.types import DTYPES, Array, Scalar, Type
from adcompile.source import unwrap

WEAK: dict[type, Leaf] = {
    float: Leaf(Scalar("float64", weak=True)),
    int: Leaf(Scalar("int64", weak=True)),
    bool: Leaf(Scalar("bool", weak=True)),
}
LONGEST_LIST = 64
_FUNCTIONS = (
    FunctionType,
    MethodType,
    BuiltinFunctionType,
    BuiltinMethodType,
    np.ufunc,
    type(np.sum),
    functools.partial,
)
_LIBRARIES = (*sys.stdlib_module_names, "numpy", "scipy", "numba", "pandas", "torch", "jax", "adcompile")
_STATIC = (str, bytes, type(None), type(...), np.dtype, type, ModuleType, enum.Enum, slice, *_FUNCTIONS)


def structure_of(value: object, *, static: bool = False, where: str = "argument") -> Structure:
    """What is known of `value` before the program runs. `where` names it in errors; `static` makes it `Fixed`.

    Raises UnsupportedError for what a program cannot take.

    >>> structure_of((1.0, "mean"))
    Node(kind='tuple', keys=(), children=(Leaf(type=Scalar(dtype='float64', weak=True)), Fixed(value='mean')), cls=None)
    """
    if (leaf := WEAK.get(type(value))) is not None and not static:
        return _in_range(value, leaf, where)
    if (reason := refusal(value)) is not None:
        advice = "Pass what it holds: `float(x)`, `tuple(x)`, its attributes."
        raise UnsupportedError(f"`{where}` is {reason}, which would be passed over", None, advice)
    if static:
        return _fixed(value, where)
    if isinstance(value, np.ndarray):
        return _array(value, where)
    if isinstance(value, np.generic):
        return Leaf(Scalar(_dtype_name(value.dtype, value, where)))
    if isinstance(value, _STATIC) or unwrap(value) is not value:
        return _fixed(value, where)
    if isinstance(value, float | int):
        return _in_range(value, WEAK[float if isinstance(value, float) else int], where)
    return _node(value, where)


def flatten(value: object, structure: Structure) -> list[object]:
    """The numbers and arrays of `value`, depth first."""
    match structure:
        case Leaf():
            return [value]
        case Fixed():
            return []
        case Node():
            pairs = zip(parts(value, structure), structure.children, strict=True)
            return [leaf for part, child in pairs for leaf in flatten(part, child)]


def aligned(leaf: object) -> object:
    """The leaf itself, or a copy of an array that is not aligned: in F order where it is, else in C order."""
    return leaf.copy(order="A") if isinstance(leaf, np.ndarray) and not leaf.flags.aligned else leaf


def unflatten(structure: Structure, leaves: Iterable[object]) -> object:
    """A value of this structure, its numbers and arrays taken from `leaves` and cast to the types of the structure."""
    return _unflatten(structure, iter(leaves))


def gradient_structure(structure: Structure, has_gradient: Iterable[bool]) -> Structure:
    """The structure of a gradient: that of the argument, with None where a leaf has none.

    `has_gradient` says it for each leaf in turn.
    """
    return _gradient_structure(structure, iter(has_gradient))


def key_of(structure: Structure) -> Hashable:
    """What a specialisation is found by: equal for structures that may share one, and never `1 == True == 1.0`."""
    match structure:
        case Leaf(type=type_):
            return type_
        case Fixed(value=value):
            return _fixed_key(value)
        case Node(kind=kind, keys=keys, children=children, cls=cls):
            return (kind, cls, keys, tuple(map(type, keys)), tuple(map(key_of, children)))


def describe(structure: Structure) -> str:
    """A structure as users read it: `{w: float64[:, :], n: int}`."""
    match structure:
        case Leaf(type=type_):
            return str(type_)
        case Fixed(value=value):
            return repr(value)
        case Node(kind=kind, keys=keys, children=children, cls=cls):
            inside = [describe(child) for child in children]
            if kind == "list":
                return f"[{', '.join(inside)}]"
            if kind == "tuple":
                return f"({', '.join(inside)})"
            named = "" if cls is None else cls.__name__
            return f"{named}{{{', '.join(f'{key}: {child}' for key, child in zip(keys, inside, strict=True))}}}"


def cast(value: object, type_: Type) -> object:
    """The Python object for a result of this type: weak and float64 numbers are Python's, the others NumPy's."""
    if isinstance(type_, Array):
        return value if isinstance(value, np.ndarray) else np.asarray(value, dtype=type_.dtype)
    if type_.weak or type_.dtype == "float64":
        return _PYTHON[type_.dtype](value)
    return np.dtype(type_.dtype).type(value)


def make(structure: Node, children: Iterable[object]) -> object:
    """The container that `structure` describes, with these children. A dataclass is filled without its `__init__`."""
    match structure.kind:
        case "tuple":
            return tuple(children)
        case "list":
            return list(children)
        case "dict":
            return dict(zip(structure.keys, children, strict=True))
        case "namedtuple":
            return structure.cls(*children)  # type: ignore[misc]
    assert structure.cls is not None
    made: object = object.__new__(structure.cls)
    for name, child in zip(structure.keys, children, strict=True):
        object.__setattr__(made, str(name), child)
    return made


def parts(value: object, structure: Node) -> Iterable[object]:
    """What a container of this structure holds, in the order of `structure.children`."""
    match structure.kind:
        case "dict":
            assert isinstance(value, dict)
            return [value[key] for key in structure.keys]
        case "dataclass":
            own = attributes_of(value)
            return [own[str(name)] for name in structure.keys]
    assert isinstance(value, list | tuple)
    return value


def is_container(value: object, node: Node, count: int | None = None) -> bool:
    """Is it a container of this structure? `count`: of so many parts, if the node's children are not known."""
    match node.kind:
        case "dict":
            return isinstance(value, dict) and list(value) == list(node.keys)
        case "tuple" | "list":
            return isinstance(value, tuple | list) and len(value) == (len(node.children) if count is None else count)
    return type(value) is node.cls


def container_name(node: Node, count: int) -> str:
    """What errors call a container of this structure."""
    named = node.kind if node.cls is None else node.cls.__name__
    return f"{named} with keys {list(node.keys)}" if node.kind == "dict" else f"{named} of {count}"


_PYTHON: dict[str, type] = {"float64": float, "int64": int, "bool": bool}


def _fixed(value: object, where: str) -> Fixed:
    try:
        hash(value)
    except TypeError:
        if isinstance(value, slice):
            return Fixed(value)
        raise UnsupportedError(
            f"`{where}` is static, but a {type(value).__name__} cannot be: it is not hashable",
            None,
            "Pass a tuple instead of a list, or a frozen dataclass instead of a dict.",
        ) from None
    return Fixed(value)


def _fixed_key(value: object) -> Hashable:
    if isinstance(value, _FUNCTIONS):
        return (type(value), fingerprint(value, values=True))
    if isinstance(value, slice):
        return (slice, *map(_fixed_key, (value.start, value.stop, value.step)))
    if isinstance(value, tuple):
        return (type(value), *map(_fixed_key, value))
    try:
        hash(value)
    except TypeError:
        raise UnsupportedError(
            f"a {type(value).__name__} in a static argument, or in the object of a method, is not hashable",
            None,
            "Pass what the function needs of it as an argument of its own.",
        ) from None
    # `0.0 == -0.0`, and nan is not itself.
    return (type(value), repr(value) if isinstance(value, float) else value)


def _in_range(value: object, leaf: Leaf, where: str) -> Leaf:
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise UnsupportedError(f"`{where}` does not fit in 64 bits: {value}", None, "Pass a float.")
    return leaf


def _dtype_name(dtype: np.dtype[np.generic], value: object, where: str) -> str:
    """The name of a supported dtype."""
    if dtype.name in DTYPES and dtype.isnative:
        return dtype.name
    kind = "an array" if isinstance(value, np.ndarray) else "a scalar"
    name, remedy = dtype.name, "x.astype(np.float64)"
    if not dtype.isnative and dtype.newbyteorder("=").name in DTYPES:
        name, remedy = f"{dtype.str!r} (not in this machine's byte order)", f"x.astype(np.{dtype.name})"
    elif dtype.kind == "c":
        remedy = "x.real and x.imag as two arguments"
    elif dtype.kind in "mM":
        remedy = "(x - x[0]) / np.timedelta64(1, 's')"
    elif dtype.names is not None:
        remedy = f"x[{dtype.names[0]!r}]"
    raise UnsupportedError(f"`{where}` is {kind} of dtype {name}, which is not supported", None, f"Pass {remedy}.")


def _array(value: np.ndarray[tuple[int, ...], np.dtype[np.generic]], where: str) -> Leaf:
    if type(value) is not np.ndarray and not isinstance(value, np.memmap):
        raise UnsupportedError(
            f"`{where}` is a {type(value).__name__}, whose arithmetic is not that of an array",
            None,
            "Pass x.filled(0.0), and np.ma.getmaskarray(x) for what counts."
            if isinstance(value, np.ma.MaskedArray)
            else "Pass np.asarray(x).",
        )
    name = _dtype_name(value.dtype, value, where)
    return _array_leaf(name, layout_of(value), tuple([extent == 1 for extent in value.shape]))


@functools.lru_cache(maxsize=1024)
def _array_leaf(dtype: str, layout: str, ones: tuple[bool, ...]) -> Leaf:
    return Leaf(Array(dtype, len(ones), layout, ones))


def _node(value: object, where: str) -> Node:
    if isinstance(value, tuple):
        fields = named_fields(value)
        children = tuple([structure_of(each, where=f"{where}[{k}]") for k, each in enumerate(value)])
        return Node("tuple", (), children) if fields is None else Node("namedtuple", fields, children, type(value))
    if isinstance(value, list):
        if len(value) > LONGEST_LIST and any(isinstance(each, int | float | np.generic) for each in value):
            raise UnsupportedError(
                f"`{where}` is a list of {len(value)} numbers; at most {LONGEST_LIST} are taken one by one",
                None,
                "Pass np.array(x).",
            )
        return Node("list", (), tuple([structure_of(each, where=f"{where}[{k}]") for k, each in enumerate(value)]))
    if isinstance(value, dict):
        children = tuple([structure_of(each, where=f"{where}[{key!r}]") for key, each in value.items()])
        return Node("dict", tuple(value), children)
    if dataclasses.is_dataclass(value) or _has_plain_attributes(value):
        return _instance(value, where)
    raise UnsupportedError(
        f"`{where}` is a {type(value).__module__}.{type(value).__qualname__}, which is neither a number, an array nor "
        "a container of them",
        None,
        _as_arrays(value),
    )


def _as_arrays(value: object) -> str:
    """How to pass what is no array itself."""
    ways = ("toarray", "to_numpy", "numpy")
    for way in ways:
        if callable(getattr(value, way, None)):
            return f"Pass x.{way}()."
    if isinstance(value, complex):
        return "Pass x.real and x.imag."
    passed = "Pass np.asarray(x), or put" if hasattr(value, "__array__") or isinstance(value, Iterable) else "Put"
    return f"{passed} its numbers and arrays into a tuple, dict or dataclass."


def _instance(value: object, where: str) -> Node:
    own = attributes_of(value)
    known = [each.name for each in dataclasses.fields(value)] if dataclasses.is_dataclass(value) else list(own)
    children = [structure_of(own[name], where=f"{where}.{name}") for name in known]
    children += [_if_readable(own[name], where=f"{where}.{name}") for name in own if name not in known]
    return Node("dataclass", tuple(own), tuple(children), type(value))


def _if_readable(value: object, where: str) -> Structure:
    """The structure of what was set on a dataclass besides its fields: it may be there for others."""
    try:
        return structure_of(value, where=where)
    except UnsupportedError:
        return Fixed(Opaque(type(value)))


def _has_plain_attributes(value: object) -> bool:
    """Is it an instance of an ordinary class of the user's, which is what its attributes are?"""
    cls = type(value)
    special = any(name in vars(base) for base in cls.__mro__[:-1] for name in ("__getattr__", "__slots__", "__iter__"))
    return hasattr(value, "__dict__") and not special and not _is_of_library(cls)


def _is_of_library(cls: type) -> bool:
    return any(base.__module__.partition(".")[0] in _LIBRARIES for base in cls.__mro__[:-1])


def _unflatten(structure: Structure, leaves: Iterator[object]) -> object:
    match structure:
        case Leaf(type=type_):
            return cast(next(leaves), type_)
        case Fixed(value=value):
            return value
        case Node():
            return make(structure, [_unflatten(child, leaves) for child in structure.children])


def _gradient_structure(structure: Structure, has_gradient: Iterator[bool]) -> Structure:
    match structure:
        case Leaf():
            return structure if next(has_gradient) else Fixed(None)
        case Fixed():
            return Fixed(None)
        case Node():
            children = tuple(_gradient_structure(child, has_gradient) for child in structure.children)
            return dataclasses.replace(structure, children=children)
