"""What to say when a program runs out of memory: which of its arrays, for which line, how many bytes.

    s_saved = np.empty(n)       # for t in range(n):
    MemoryError: loss_grad: `s_saved` takes 8796093022208 bytes (1099511627776 of float64)
      model.py:14: for t in range(n):

Compiled code only says that an allocation failed. The sizes are computed again from the text of the program and the
arguments, following integers and shapes, and loops that only add up trips; what else depends on the course of a loop
stays unknown.
"""

from __future__ import annotations

import ast
import linecache
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from adcompile.build import Build
from adcompile.location import CALLS
from adcompile.runtime.compile import explain
from adcompile.runtime.integers import MESSAGES
from adcompile.runtime.lines import placed, source_line

# A sum of trips that takes longer is not computed for the sake of a message.
MOST_TRIPS = 1_000_000
# Where a buffer grows, arrays smaller than this are not to blame.
SMALL = 1 << 20

_INTEGER_NODES = (
    *(ast.Expression, ast.Name, ast.Constant, ast.Load, ast.Tuple, ast.Subscript, ast.UnaryOp, ast.USub),
    *(ast.BinOp, ast.Add, ast.Sub, ast.Mult, ast.FloorDiv, ast.Mod),
)
_FUNCTIONS = {"max": max, "min": min, "abs": abs, "len": len, "int": int, "range": range}


def failure(build: Build, error: Exception, taken: Sequence[object]) -> Exception:
    """The error to raise for one that the compiled program raised when it was given `taken`."""
    if is_shortage(error):
        return MemoryError(describe(build, taken))
    match error.args:
        case (str() as message, int() as number) if message in MESSAGES:
            return type(error)(f"{message} {build.promises.checks[number][-1]}".rstrip())
    return placed(build, explain(error))


def is_shortage(error: Exception) -> bool:
    """Did an allocation fail, or is the size of an array beyond what can be counted?"""
    return isinstance(error, MemoryError) or (isinstance(error, ValueError) and "array is too big" in str(error))


def describe(build: Build, taken: Sequence[object]) -> str:
    """The largest array whose size is known, and those that grow."""
    arrays = arrays_of(build, taken)
    known = sorted((each for each in arrays if each.bytes is not None), key=lambda each: -(each.bytes or 0))
    growing = [each for each in arrays if each.grows]
    lines: list[str] = []
    if known and not (growing and (known[0].bytes or 0) < SMALL):
        count = math.prod(known[0].shape or ())
        lines.append(f"`{known[0].name}` takes {known[0].bytes} bytes ({count} of {known[0].dtype})")
        lines.append(_source(build, known[0].line))
        if len(known) > 1:
            lines.append(
                f"  All {len(known)} arrays of known size take {sum(each.bytes or 0 for each in known)} bytes."
            )
    for each in growing:
        lines.append(f"{'  ' if lines else ''}`{each.name}` ({each.dtype}) grows with the iterations of")
        lines.append(_source(build, each.line))
    if not lines:
        return f"{build.entry}: an array could not be allocated; its size is not known before the program runs"
    return f"{build.entry}: " + "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Allocated:
    """An array made in line `line` of the text; `shape` is None if it is not known before the program runs."""

    name: str
    dtype: str
    line: int
    shape: tuple[int, ...] | None
    grows: bool = False

    @property
    def bytes(self) -> int | None:
        """How much memory it takes, if that is known."""
        return None if self.shape is None else math.prod(self.shape) * np.dtype(self.dtype).itemsize

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("no length")
        return self.shape[0]


def arrays_of(build: Build, taken: Sequence[object]) -> list[Allocated]:
    """The arrays that the program makes when it is given `taken`, in the order of its text."""
    tree = ast.parse(build.text)
    functions = {each.name: each for each in tree.body if isinstance(each, ast.FunctionDef)}
    calls = [(build.entry, taken)]
    if build.buffers is not None:
        calls.insert(0, (build.buffers.maker, [taken[position] for position in build.buffers.takes]))
    sizes = _Sizes()
    for name, given in calls:
        function = functions[name]
        sizes.block(function.body, dict(zip([each.arg for each in function.args.args], given, strict=False)))
    # A buffer that grows belongs to the line where it is made first.
    growing = {each.name for each in sizes.found if each.grows}
    first = {each.name: each for each in reversed(sizes.found) if each.name in growing}
    made = [each for each in sizes.found if each.name not in growing]
    return [*made, *(replace(each, shape=None, grows=True) for each in reversed(first.values()))]


@dataclass(slots=True)
class _Sizes:
    """Follows the integers and arrays of a program without running its loops."""

    found: list[Allocated] = field(default_factory=list)

    def block(self, body: Sequence[ast.stmt], known: dict[str, object]) -> None:
        """Note what the statements allocate. `known` is what names stand for, and is brought up to date."""
        for stmt in body:
            match stmt:
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    result = self.value(name, value, known)
                    known.pop(name, None)
                    if result is not None:
                        known[name] = result
                case ast.For() if _is_sum(stmt) and _add_up(stmt, known, MOST_TRIPS) is not None:
                    pass
                case ast.For() | ast.While() | ast.If():
                    for name in _assigned(stmt):
                        known.pop(name, None)
                    for inner in (stmt.body, stmt.orelse):
                        self.block(inner, dict(known))
                case _:
                    for name in _assigned(stmt):
                        known.pop(name, None)

    def value(self, name: str, value: ast.expr, known: dict[str, object]) -> object:
        """What the name stands for after `name = value`; None if that is not known."""
        match value:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="np"), attr=attr), args=[first, *_]):
                return self._made(name, attr, value, first, known)
        return _evaluate(value, known)

    def _made(self, name: str, attr: str, call: ast.Call, first: ast.expr, known: dict[str, object]) -> object:
        if attr == "concatenate":
            old = known.get(name)
            made = Allocated(name, getattr(old, "dtype", "float64"), call.lineno, None, grows=True)
        elif attr in ("empty", "zeros", "ones", "full"):
            shape = _evaluate(first, known)
            shape = (shape,) if isinstance(shape, int) else shape
            made = Allocated(name, _dtype(call) or "float64", call.lineno, _extents(shape))
        elif attr in ("empty_like", "zeros_like"):
            like = _evaluate(first, known)
            made = Allocated(
                name, _dtype(call) or str(getattr(like, "dtype", "float64")), call.lineno, _extents(_shape(like))
            )
        else:
            return None
        self.found.append(made)
        return made


def _is_sum(stmt: ast.stmt) -> bool:
    """Is it a loop over a range, or loops in one another, that only adds up integers?"""
    match stmt:
        case ast.For(ast.Name(), ast.Call(ast.Name("range")), body=[inner]):
            return _is_sum(inner) or isinstance(inner, ast.AugAssign)
    return False


def _add_up(stmt: ast.stmt, known: dict[str, object], left: int) -> int | None:
    """Run such a loop; how many trips are left of those allowed. None, and the sum not known, if that does not do."""
    match stmt:
        case ast.AugAssign(ast.Name(id=name), ast.Add(), value):
            total, more = known.get(name), _evaluate(value, known)
            if isinstance(total, int) and isinstance(more, int):
                known[name] = total + more
                return left
        case ast.For(ast.Name(id=index), bounds, body=[inner]):
            trips = _evaluate(bounds, known)
            before: int | None = left
            for trip in trips if isinstance(trips, range) else ():
                known[index] = trip
                before = _add_up(inner, known, before - 1) if before else None
                if before is None:
                    break
            known.pop(index, None)
            if isinstance(trips, range) and before is not None:
                return before
    for name in _assigned(stmt):
        known.pop(name, None)
    return None


def _assigned(stmt: ast.stmt) -> Iterator[str]:
    for node in ast.walk(stmt):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def _evaluate(value: ast.expr, known: dict[str, object]) -> object:
    """The value of an expression of integers and shapes, None if it is another or not known."""
    for node in ast.walk(value):
        allowed = isinstance(node, _INTEGER_NODES)
        allowed |= isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _FUNCTIONS
        allowed |= isinstance(node, ast.Attribute) and node.attr == "shape"
        if not allowed or (isinstance(node, ast.Name) and node.id not in {*known, *_FUNCTIONS}):
            return None
    try:
        code = compile(ast.Expression(value), "<size>", "eval")
        result: object = eval(code, {"__builtins__": {}, **_FUNCTIONS}, known)
    except Exception:  # what cannot be computed here is only missing from a message
        return None
    return int(result) if isinstance(result, np.integer) else result


def _shape(array: object) -> object:
    return getattr(array, "shape", None)


def _extents(shape: object) -> tuple[int, ...] | None:
    if isinstance(shape, tuple) and all(isinstance(each, int | np.integer) for each in shape):
        return tuple(int(each) for each in shape)
    return None


def _dtype(call: ast.Call) -> str | None:
    """The dtype in the text of a call, as in `np.empty(n, np.int64)`."""
    for given in (*call.args[1:], *(keyword.value for keyword in call.keywords)):
        name = ast.unparse(given).removeprefix("np.").rstrip("_")
        try:
            return np.dtype(name).name
        except TypeError:
            continue
    return None


def _source(build: Build, line: int) -> str:
    """The user's line that a line of the text comes from."""
    at = source_line(build, line)
    if at is None:
        return f"  line {line} of the generated program"
    calls = f" ({at.place})" if CALLS in at.place else ""
    return f"  {at.file}:{at.line}{calls}: {linecache.getline(at.file, at.line).strip()}"
