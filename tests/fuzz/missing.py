"""Values that are not chosen: missing data, what overflows or divides by zero on a side that is not taken."""

from __future__ import annotations

from tests.fuzz.features import Shape, array, number, statement
from tests.fuzz.loops import enter
from tests.fuzz.statements import changeable
from tests.fuzz.writer import Variable, Writer

LEVEL = 3
# Every third element is missing, from the second on.
PERIOD, FIRST = 3, 1


def data(w: Writer) -> Variable:
    """The argument with missing elements."""
    return w.choose(w.variables("missing"))


@number("missing left out", level=LEVEL, weight=1.5)
def left_out(w: Writer, depth: int) -> str:
    d, a = data(w).name, w.number(depth)
    forms = (
        "np.nansum({d} * {a})",
        "np.nanmean(({d} - {a}) ** 2)",
        "np.nanmax({d} * {a})",
        "np.nanvar({d} * {a})",
        "np.sum(({d}[~np.isnan({d})] - {a}) ** 2)",
        "np.sum((({d} - {a}) ** 2)[~np.isnan({d})])",
        "np.sum(np.where(np.isnan({d}), 0.0, np.sin({d} * {a})))",
        "np.sum(np.nan_to_num({d} * {a}))",
        "np.sum(np.fmax({d} * {a}, 0.1))",
        "np.sum({d} * {a}, where=~np.isnan({d}))",
        "np.sum(({d} * {a})[::3])",
        "np.sum(np.sort({d} * {a})[:2])",
        "np.nanmin(np.exp({d} * {a}))",
    )
    return w.choose(forms).format(d=d, a=f"({a})")


@array("missing replaced", level=LEVEL, weight=6.0, dims=(1,))
def replaced(w: Writer, shape: Shape, depth: int) -> str:
    d = w.choose(w.variables("missing", shape)).name
    x, s = w.operand(shape, depth), w.number(0)
    forms = (
        "np.where(np.isnan({d}), {x}, {d})",
        "np.where(np.isnan({d}), {s}, {d} * {x})",
        "np.nan_to_num({d} * {x})",
        "np.fmin({d}, {x})",
        "np.where({d} > {s}, {d} * {s}, {x})",
    )
    return w.choose(forms).format(d=d, x=x, s=s)


@statement("missing skipped in a loop", level=LEVEL, weight=1.2)
def skipped(w: Writer) -> None:
    enter(w)
    d, s = data(w).name, changeable(w).name
    i, r = w.fresh("i"), w.fresh("r")
    a = w.number(1)
    with w.block(f"for {i} in range(len({d})):", loop=True):
        w.line(f"{r} = ({d}[{i}] - {a}) ** 2")
        if w.chance(0.5):
            with w.block(f"if np.isnan({r}):"):
                w.line(w.choose(("continue", f"{r} = {w.number(0)}")))
            w.line(f"{s} += {r}")
        else:
            with w.block(f"if not np.isnan({r}):"):
                w.line(f"{s} += np.tanh({r})")


@statement("missing stored over", level=LEVEL, weight=1.2)
def stored_over(w: Writer) -> None:
    d = data(w)
    r = Variable(w.fresh("r"), "array", d.shape, local=True)
    forms = ("{d} * {a}", "np.exp({d}) + {a}", "({d} - {a}) ** 2")
    w.line(f"{r.name} = {w.choose(forms).format(d=d.name, a=w.number(1))}")
    w.line(w.choose((f"{r.name}[np.isnan({r.name})] = {w.number(1)}", f"{r.name}[{FIRST}::{PERIOD}] = {w.number(1)}")))
    w.scope.append(r)


@array("overflow not taken", level=LEVEL, weight=1.5)
def overflow(w: Writer, shape: Shape, depth: int) -> str:
    x, y = w.operand(shape, depth), w.operand(shape)
    forms = (
        "np.where({x} < 0.02, np.log1p(np.exp(900.0 * {x})), {y})",
        "np.clip(np.exp(900.0 * {x}), 0.0, 3.0)",
        "np.minimum(1.0 / np.floor(np.abs({x})), 2.0)",
        "np.where({x} > 0.0, np.sqrt({x}), {y})",
        "np.where({x} > 0.1, np.log({x}), 0.0) * {y}",
        "np.where(np.floor({x}) != 0.0, {y} / np.floor({x}), {y})",
        "np.maximum(-np.exp(-900.0 * {x}), {y})",
    )
    return w.choose(forms).format(x=x, y=y)


@statement("overflow stored over", level=LEVEL, weight=1.0)
def overflow_stored_over(w: Writer) -> None:
    (n,) = shape = w.choose(w.shapes(1))
    x, r = w.operand(shape, 1), Variable(w.fresh("r"), "array", shape, local=True)
    k = w.random.randrange(n)
    forms = ("{y} / ({x} - ({x})[{k}])", "np.log({x} - ({x})[{k}]) * {y}", "np.exp({y} ** 2 / ({x} - ({x})[{k}]) ** 2)")
    w.line(f"{r.name} = {w.choose(forms).format(x=x, y=w.operand(shape), k=k)}")
    w.line(f"{r.name}[~(np.abs({r.name}) < 5.0)] = {w.number(1)}")
    w.scope.append(r)


@statement("overflow before a branch", level=LEVEL, weight=1.0)
def before_branch(w: Writer) -> None:
    s, large = changeable(w).name, w.fresh("large")
    x = w.number(1)
    w.line(f"{large} = {w.choose(('np.exp(900.0 * ({}))', '1.0 / np.floor(({}) ** 2)', 'np.log(({}))')).format(x)}")
    with w.block(f"if abs({large}) < 5.0:"):
        w.line(f"{s} += {large}")
    if w.chance(0.5):
        w.line(f"{s} = {s} * 0.5 if not np.isfinite({large}) else {s} + np.tanh({large})")
