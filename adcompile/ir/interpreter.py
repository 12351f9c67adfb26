"""The reference interpreter: what a function in IR means, in the plainest way.

    run(function, (np.arange(3.0), 2))       the tuple of results

It tells a wrong lowering from a wrong adjoint from a wrong printer, so it is simple, not fast. Scalars are NumPy
scalars of their IR dtype, arrays are NumPy arrays, views are NumPy views, and every result is converted to its IR type,
so that a type that promises too little is noticed. Division of floats by zero and overflow of theirs give what NumPy
gives; integers raise as Python's do, and where they leave 64 bits, but for those that are NumPy's (`overflow="wraps"`).
What `empty` leaves open is filled with NaN (or the largest integer), so that reading it is noticed too.

Arguments are used as they are: a function that stores into an argument changes the caller's array.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, assert_never

import numpy as np

from adcompile.errors import raised
from adcompile.ir.nodes import Apply, Const, For, Function, If, Operand, Region, Stmt, Value, While
from adcompile.ir.types import Scalar, Type

Environment = dict[Value, Any]


def run(function: Function, args: Sequence[Any]) -> tuple[Any, ...]:
    """The results of the function. Raises what its `require` statements raise, IndexError for an index out of range."""
    region = function.region
    if len(args) != len(region.params):
        raise TypeError(f"{function.name} takes {len(region.params)} arguments, not {len(args)}")
    with np.errstate(all="ignore"):
        return _run_region(region, [_admit(a, p.type) for a, p in zip(args, region.params, strict=True)], {})


def _admit(argument: Any, type_: Type) -> Any:
    """An argument: arrays must have the promised type, numbers are converted."""
    if isinstance(type_, Scalar):
        return _convert(argument, type_)
    if not isinstance(argument, np.ndarray) or (argument.dtype, argument.ndim) != (type_.dtype, type_.ndim):
        raise TypeError(f"an argument is {argument!r}, not {type_}")
    return argument


def _convert(value: Any, type_: Type) -> Any:
    """A result in its IR type. An array that has it already stays the view it is."""
    if isinstance(type_, Scalar):
        return np.asarray(value).astype(type_.dtype)[()]
    array = np.asarray(value)
    assert array.ndim == type_.ndim, f"{array.ndim} dimensions where {type_} is promised"
    return array.astype(type_.dtype, copy=False)


def _run_region(region: Region, arguments: Sequence[Any], env: Environment) -> tuple[Any, ...]:
    for param, argument in zip(region.params, arguments, strict=True):
        env[param] = _convert(argument, param.type)
    for stmt in region.body:
        values = _run_statement(stmt, env)
        for result, value in zip(stmt.results, values, strict=True):
            env[result] = _convert(value, result.type)
    return tuple(_read(y, env) for y in region.yields)


def _read(operand: Operand, env: Environment) -> Any:
    if isinstance(operand, Const):
        return np.dtype(operand.type.dtype).type(operand.value)
    return env[operand]


def _run_statement(stmt: Stmt, env: Environment) -> tuple[Any, ...]:
    match stmt:
        case Apply():
            return _apply(stmt, [_read(o, env) for o in stmt.operands], env)
        case If(cond, then, orelse):
            return _run_region(then if _read(cond, env) else orelse, (), env)
        case For():
            return _run_for(stmt, env)
        case While(inits, test, body):
            carried, count = tuple(_read(i, env) for i in inits), 0
            while _run_region(test, carried, env)[0]:
                carried, count = _run_region(body, carried, env), count + 1
            return (count, *carried)
        case _:
            assert_never(stmt)


def _run_for(stmt: For, env: Environment) -> tuple[Any, ...]:
    start, stop, step = (int(_read(o, env)) for o in (stmt.start, stmt.stop, stmt.step))
    carried, count = tuple(_read(i, env) for i in stmt.inits), 0
    for index in range(start, stop, step):
        carried, count = _run_region(stmt.body, (index, *carried), env), count + 1
        if stmt.exits:
            leave, *rest = carried
            carried = tuple(rest)
            if leave:
                break
    return (count, *carried) if stmt.exits else carried


def _apply(stmt: Apply, operands: list[Any], env: Environment) -> tuple[Any, ...]:
    """One primitive. Its meaning is its `evaluate`, or the entry of its name below."""
    primitive = stmt.primitive
    if primitive.name in EFFECTS:
        EFFECTS[primitive.name](stmt, operands)
        return ()
    if primitive.routine is not None:
        return _library(stmt, operands)
    (result,) = stmt.results
    if primitive.name in ("select", "cast", "attach", "stop"):
        value = np.where(*operands)[()] if primitive.name == "select" else operands[0]
        shape = np.broadcast_shapes(*map(np.shape, operands))
        value = np.array(np.broadcast_to(value, shape)) if shape else value
    elif is_exact(stmt):
        value = _exact(stmt, operands)
    elif primitive.evaluate is not None:
        value = primitive.evaluate(*operands)
    else:
        extents = tuple(int(_read(d, env)) for d in result.dims)
        value = RESULTS[primitive.name](stmt, operands, extents)
    return (value,)


def is_exact(stmt: Apply) -> bool:
    """Is it arithmetic of Python's integers?"""
    numbers = all(each.type.dtype == "int64" and isinstance(each.type, Scalar) for each in stmt.results)
    return stmt.primitive.exact is not None and numbers and stmt.attrs.overflow != "wraps"


def _exact(stmt: Apply, operands: list[Any]) -> int:
    """What Python computes, if it has 64 bits."""
    assert stmt.primitive.exact is not None
    value = stmt.primitive.exact(*map(int, operands))
    if not -(2**63) <= value < 2**63:
        raise OverflowError(f"`{stmt.primitive.name}` of {operands} leaves 64 bits")
    return value


# -- statements without a result


def _store(_: Apply, operands: list[Any]) -> None:
    array, *indices, value = operands
    array[tuple(indices)] = value


def _assign(_: Apply, operands: list[Any]) -> None:
    operands[0][...] = operands[1]


def _scatter(stmt: Apply, operands: list[Any]) -> None:
    array, value, *rest = operands
    array[_gathered(stmt, rest, value.shape)] = value


def _assign_where(stmt: Apply, operands: list[Any]) -> None:
    array, mask, value = operands
    array[mask] = value[mask] if stmt.attrs.mode == "aligned" else value


def _require(stmt: Apply, operands: list[Any]) -> None:
    if not operands[0]:
        raise raised(stmt.attrs.error, stmt.attrs.message.format(*operands[1:]))


def _grow(_: Apply, operands: list[Any]) -> None:
    array, index = operands
    if index >= len(array):
        array.resize((2 * len(array), *array.shape[1:]), refcheck=False)


def _reserve(_: Apply, operands: list[Any]) -> None:
    array, count = operands
    if count > len(array):
        array.resize(len(array) + count, refcheck=False)


def _append(_: Apply, operands: list[Any]) -> None:
    array, count, value = operands
    _grow(_, [array, count])
    array[count] = value


def _multiply(stmt: Apply, operands: list[Any]) -> None:
    result, *factors = operands
    x, y = (
        o.T if transposed else o for o, transposed in zip(factors, stmt.attrs.transpose or (False, False), strict=True)
    )
    result[...] = x @ y


EFFECTS: dict[str, Callable[[Apply, list[Any]], None]] = {
    "store": _store,
    "grow": _grow,
    "reserve": _reserve,
    "append": _append,
    "assign": _assign,
    "scatter": _scatter,
    "assign_where": _assign_where,
    "require": _require,
    "multiply": _multiply,
}


# -- operations with a result: the statement, its operands, the extents of the result (graph only)


def _allocate(stmt: Apply, shape: tuple[int, ...]) -> Any:
    dtype = np.dtype(stmt.results[0].type.dtype)
    if stmt.attrs.fill == "zeros":
        return np.zeros(shape, dtype)
    unknown = np.nan if dtype.kind == "f" else True if dtype.kind == "b" else np.iinfo(dtype).max
    return np.full(shape, unknown, dtype)


def _reshape(_: Apply, operands: list[Any], __: tuple[int, ...]) -> Any:
    array, *shape = operands
    named = array.reshape(shape)
    assert array.size == 0 or np.shares_memory(array, named), "reshape of an array that is not contiguous"
    return named


def _library(stmt: Apply, operands: list[Any]) -> tuple[Any, ...]:
    evaluate, transpose = stmt.primitive.evaluate, stmt.attrs.transpose or (False,) * len(operands)
    assert evaluate is not None
    found = evaluate(*(o.T if transposed else o for o, transposed in zip(operands, transpose, strict=True)))
    return tuple(found) if len(stmt.results) > 1 else (found,)


def _index(stmt: Apply, operands: list[Any], extents: tuple[int, ...]) -> Any:
    array, *rest = operands
    return array[(*_items(stmt.attrs.items, rest, extents), ...)]  # the ellipsis: a view, even of one element


def _reshape_view(_: Apply, operands: list[Any], extents: tuple[int, ...]) -> Any:
    """A view, or a copy where a last operand says that NumPy makes one."""
    copies = len(operands) > 1 + len(extents) and bool(operands[-1])
    return (operands[0].copy() if copies else operands[0]).reshape(extents)


def _gather(stmt: Apply, operands: list[Any], extents: tuple[int, ...]) -> Any:
    array, *rest = operands
    return np.array(array[_gathered(stmt, rest, extents)])


def _gathered(stmt: Apply, operands: list[Any], extents: tuple[int, ...]) -> tuple[Any, ...]:
    """The index with arrays of ints; the axes that they make together are not among those of slices."""
    front = stmt.attrs.front
    broadcast = max(o.ndim for o in operands if isinstance(o, np.ndarray))
    return _items(stmt.attrs.items, operands, (*extents[:front], *extents[front + broadcast :]))


def _items(items: Sequence[str], operands: list[Any], extents: tuple[int, ...]) -> tuple[Any, ...]:
    """The index as NumPy takes it. `extents` are those of the axes that slices and new axes make."""
    left, axes = iter(operands), iter(extents)
    found: list[Any] = []
    for item in items:
        match item:
            case "new":
                next(axes)
                found.append(None)
            case "slice":
                start, step, extent = int(next(left)), int(next(left)), next(axes)
                stop = start + extent * step
                found.append(slice(start, stop if stop >= 0 else None, step) if extent else slice(0, 0))
            case "int":
                found.append(int(next(left)))
            case _:
                found.append(next(left))
    return tuple(found)


def _full(stmt: Apply, operands: list[Any], extents: tuple[int, ...]) -> Any:
    if stmt.attrs.fill == "value":
        return np.full(extents, operands[0], stmt.results[0].type.dtype)
    return _allocate(stmt, extents)


def _arange(stmt: Apply, operands: list[Any], extents: tuple[int, ...]) -> Any:
    start, step = operands
    return start + np.arange(extents[0], dtype=stmt.results[0].type.dtype) * step


def _sum(stmt: Apply, operands: list[Any], _: tuple[int, ...]) -> Any:
    dtype = stmt.results[0].type.dtype
    # Sums of float32 are accumulated in float64.
    return np.sum(operands[0], axis=stmt.attrs.axes, dtype="float64" if dtype == "float32" else dtype)


def _eye(stmt: Apply, _: list[Any], extents: tuple[int, ...]) -> Any:
    rows, columns = extents
    return np.eye(rows, columns, k=stmt.attrs.k, dtype=stmt.results[0].type.dtype)


Meaning = Callable[[Apply, list[Any], tuple[int, ...]], Any]

RESULTS: dict[str, Meaning] = {
    "alloc": lambda stmt, operands, _: _allocate(stmt, tuple(map(int, operands))),
    "alloc_like": lambda stmt, operands, _: _allocate(stmt, operands[0].shape),
    "reshape": _reshape,
    "row": lambda _, operands, __: operands[0][tuple(operands[1:])],
    "part": lambda _, operands, __: operands[0][operands[1] : operands[1] + operands[2]],
    "stride": lambda stmt, operands, _: operands[0].strides[stmt.attrs.axis] // operands[0].itemsize,
    "dim": lambda stmt, operands, _: operands[0].shape[stmt.attrs.axis],
    "load": lambda _, operands, __: operands[0][tuple(operands[1:])],
    "index": _index,
    "gather": _gather,
    "transpose": lambda stmt, operands, _: operands[0].transpose(stmt.attrs.perm),
    "reshape_view": _reshape_view,
    "broadcast": lambda _, operands, __: np.broadcast_to(operands[0], tuple(map(int, operands[1:]))),
    "full": _full,
    "arange": _arange,
    "eye": _eye,
    "copy": lambda stmt, operands, _: np.array(operands[0], order=stmt.attrs.order),
    "concatenate": lambda stmt, operands, _: np.concatenate(operands, axis=stmt.attrs.axis),
    "diag": lambda stmt, operands, _: np.diag(operands[0], stmt.attrs.k),
    "diagonal": lambda stmt, operands, _: np.diagonal(operands[0], stmt.attrs.k, -2, -1),
    "sum": _sum,
    "max": lambda stmt, operands, _: np.max(operands[0], axis=stmt.attrs.axes),
    "min": lambda stmt, operands, _: np.min(operands[0], axis=stmt.attrs.axes),
    "product": lambda _, operands, __: operands[0] @ operands[1],
    "element": lambda _, operands, __: operands[0][tuple(operands[1:])],
}
