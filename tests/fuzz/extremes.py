"""Integers at the ends of int64: in indices, slices, ranges and sizes. Python raises, or gives what is right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from tests.fuzz.features import statement
from tests.fuzz.statements import changeable
from tests.fuzz.writer import Variable, Writer

LEVEL = 3
VALUES = (2**63 - 1, 2**63 - 2, -(2**63), 2**62, 2**31, 2**32 + 1, -(2**62) - 1, -1, 0, 3)
# What a program may raise where plain Python does.
ERRORS = (IndexError, OverflowError, ValueError, ZeroDivisionError, MemoryError)
ARITHMETIC = ("{b} + 2", "{b} - 3", "{b} << 1", "{b} * 2", "-{b}", "~{b}", "{b} // 2 + 1", "{b} % 5", "abs({b})", "{b}")


class Watched(int):
    """An int that tells when a result of its arithmetic has more than 64 bits."""

    left: ClassVar[bool] = False


def _watched(name: str) -> Callable[..., Any]:
    plain = getattr(int, name)

    def compute(*operands: Any) -> Any:
        result = plain(*operands)
        if type(result) is not int:
            return result
        Watched.left |= not -(2**63) <= result < 2**63
        return Watched(result)

    return compute


for _name in ("add", "sub", "mul", "floordiv", "mod", "lshift", "rshift", "pow", "and", "or", "xor"):
    for _side in ("", "r"):
        setattr(Watched, f"__{_side}{_name}__", _watched(f"__{_side}{_name}__"))
for _name in ("neg", "abs", "invert"):
    setattr(Watched, f"__{_name}__", _watched(f"__{_name}__"))


def leaves_64_bits(function: Callable[..., Any], args: Sequence[Any]) -> bool:
    """Does plain Python, on the way, compute an integer that a compiled program has no room for?"""
    Watched.left = False
    function(*(Watched(x) if type(x) is int else x for x in args))
    return Watched.left


def combined(w: Writer) -> str:
    """A sum, product or the like of an extreme integer."""
    return w.choose(ARITHMETIC).format(b=w.choose(w.variables("extreme")).name)


@statement("extreme integer as an index", level=LEVEL, weight=2.0)
def index(w: Writer) -> None:
    target, b = w.choose(w.variables("array", dims=1)), combined(w)
    s, (n,) = changeable(w).name, target.shape
    forms = (
        f"{s} += {target.name}[{b}]",
        f"{s} += np.sum({target.name}[{b}:])",
        f"{s} += np.sum({target.name}[:{b}])",
        f"{s} += np.sum({target.name}[::{b} | 1])",
        f"{s} += {target.name}[min(max({b}, 0), {n - 1})]",
        f"{s} += np.sum({target.name}[np.array([{b}, 0])])",
        f"{s} += {target.name}[({b}) % {n}]",
    )
    w.line(w.choose(forms))


@statement("extreme integer stored at", level=LEVEL, weight=2.0)
def stored_at(w: Writer) -> None:
    target, b = w.stored(dims=1), combined(w)
    forms = ("{y}[{b}] = {s}", "{y}[{b}:] = {s}", "{y}.reshape(-1)[{b}] += {s}", "{y}[:{b}] *= {s}")
    w.line(w.choose(forms).format(y=target.name, b=b, s=w.number(0)))


@statement("extreme integer bounds a loop", level=LEVEL, weight=2.0)
def bounds_of_loop(w: Writer) -> None:
    b, i = w.choose(w.variables("extreme")).name, w.fresh("i")
    s = changeable(w)
    bounds = ((b, f"{b} + 3"), (f"{b} - 2", b), (f"{b} + 2", f"{b} - 1", "-1"), (b, f"{b} + {b}", f"{b} | 1"))
    with w.block(f"for {i} in range({', '.join(w.choose(bounds))}):", loop=True):
        w.scope.append(Variable(i, "int", low=0, high=0))
        w.line(f"{s.name} = 0.5 * {s.name} + ({i} - {b}) * {w.number(0)}")
        with w.block(f"if {s.name} > 100.0:"):
            w.line("break")


@statement("extreme integer in arithmetic", level=LEVEL, weight=2.5)
def arithmetic(w: Writer) -> None:
    b, s = combined(w), changeable(w).name
    forms = (
        "{s} += 1e-19 * ({b})",
        "{s} += ({b}) % 7",
        "{s} = {s} if ({b}) > 5 else {s} * 2.0",
        "{s} += 1.0 / (1.0 + float({b}) ** 2)",
        "{s} += np.tanh(({b}) // 3)",
        "{s} += len(range(min({b}, 9))) * 0.1",
    )
    w.line(w.choose(forms).format(b=b, s=s))
