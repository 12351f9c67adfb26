"""Arrays that are held in containers, given to helpers twice, or bound late: more ways in which names share memory."""

from __future__ import annotations

from tests.fuzz.calls import define
from tests.fuzz.features import statement
from tests.fuzz.loops import enter, trips
from tests.fuzz.memory import store_through
from tests.fuzz.statements import changeable, part
from tests.fuzz.writer import NotApplicable, Variable, Writer

TWICE_BODIES = (
    ("a[1:] += b[:-1] * scale", "b[0] = a[-1]"),
    ("for k in range(len(a)):", "    a[k] = math.tanh(a[k - 1] + b[k])", "    b[-1] *= scale"),
    ("a *= scale", "b[::2] += a[::2]"),
    ("c = b", "b = a * 1.0", "a[:] = b[::-1] + c[0]", "c[1] = scale"),
)


def same_shape(w: Writer, count: int) -> list[Variable]:
    """Arrays with one axis and one size, some of them perhaps the same."""
    chosen = w.choose([v for v in w.variables("array", dims=1) if v.shape[0] > 1])
    return [chosen, *(w.choose(w.variables("array", chosen.shape)) for _ in range(count - 1))]


@statement("arrays in a dict, swapped in a loop", level=2, weight=0.8)
def dict_state(w: Writer) -> None:
    enter(w)
    first, second = same_shape(w, 2)
    state, (size,) = w.fresh("state"), first.shape
    a, b = f'{state}["a"]', f'{state}["b"]'
    w.line(f'{state} = {{"a": {first.name}, "b": {w.choose((second.name, f"{second.name} * 0.5"))}}}')
    text, count = trips(w)
    t = w.fresh("t")
    with w.block(f"for {t} in range({text}):", loop=True):
        w.scope.append(Variable(t, "int", low=0, high=count))
        exchange = w.choose((f"{a}, {b} = {b}, {a}", f"{a}, {b} = {b}, {a} * {w.number(0)}", f"{a} = {b}"))
        change = w.choose((f"{a}[{w.index(size)}] += {w.number(1)}", f"{b} *= np.tanh({w.number(1)})"))
        w.line(exchange)
        w.line(change)
    w.line(f"{changeable(w).name} += np.sum({a} * {b})")


@statement("arrays in a list, chosen by an int", level=2, weight=0.8)
def list_of_arrays(w: Writer) -> None:
    enter(w)
    held = same_shape(w, w.choose((2, 3)))
    rows, count = w.fresh("rows"), w.random.randint(1, 3)
    w.line(f"{rows} = [{', '.join(w.choose((v.name, v.name, f'{v.name} * 1.0')) for v in held)}]")
    t, (size,) = w.fresh("t"), held[0].shape
    with w.block(f"for {t} in range({count}):", loop=True):
        w.scope.append(Variable(t, "int", low=0, high=count))
        row = f"{rows}[{t} % {len(held)}]"
        if w.chance(0.4):
            row = w.fresh("row")
            w.line(f"{row} = {rows}[{w.choose((f'({t} + 1) % {len(held)}', '-1', '0'))}]")
        w.line(f"{row}[{w.index(size)}] {w.choose(('=', '+=', '*='))} {w.number(1)}")
    w.line(f"{changeable(w).name} += np.sum({rows}[0] * {rows}[-1])")


@statement("best of several, in a tuple", level=2, weight=0.8)
def best_tuple(w: Writer) -> None:
    enter(w)
    (array,) = same_shape(w, 1)
    best, size, count = w.fresh("best"), array.shape[0], w.random.randint(1, 3)
    width = w.random.randint(1, size - 1)
    count = min(count, size - width + 1)
    i, v = w.fresh("i"), w.fresh("v")
    w.line(f"{best} = ({array.name}[:{width}], {w.number(0)})")
    with w.block(f"for {i} in range({count}):", loop=True):
        w.scope.append(Variable(i, "int", low=0, high=count))
        w.line(f"{v} = {array.name}[{i} : {i} + {width}]{w.choose(('', ' * 2.0', '.copy()'))}")
        if w.chance(0.4):
            w.line(f"{v}[0] *= {w.number(0)}")
        with w.block(f"if {v}.sum() > {best}[1]:"):
            w.line(f"{best} = ({v}, {v}.sum())")
    w.line(f"{changeable(w).name} += {best}[0] @ {best}[0] + {best}[1]")


@statement("helper given the same memory twice", level=2, weight=0.8)
def given_twice(w: Writer) -> None:
    first, second = same_shape(w, 2)
    name, (size,) = define(w, "mixed", "a, b, scale=0.6", w.choose(TWICE_BODIES)), first.shape
    pairs = [(first.name, second.name), (first.name, first.name)]
    if size > 2:
        pairs.append((f"{first.name}[1:]", f"{first.name}[:-1]"))
    one, other = w.choose(pairs)
    w.line(f"{name}({one}, {other}{w.choose(('', f', {w.number(0)}'))})")


@statement("None until it is bound", level=2, weight=0.8)
def late(w: Writer) -> None:
    enter(w)
    (base,) = same_shape(w, 1)
    name, count = w.fresh("found"), w.random.randint(1, 4)
    w.line(f"{name} = None")
    t = w.fresh("t")
    with w.block(f"for {t} in range({count}):", loop=True):
        w.scope.append(Variable(t, "int", low=0, high=count))
        first = w.choose((base.name, w.array(base.shape, 1)))
        with w.block(f"if {name} is None:"):
            w.line(f"{name} = {first}")
        with w.block("else:"):
            store_through(w, Variable(name, "array", base.shape, local=True))
    w.scope.append(Variable(name, "array", base.shape, local=True))


@statement("store into a row of a loop", level=2, weight=0.8)
def rows_of_loop(w: Writer) -> None:
    enter(w)
    matrix = w.stored(dims=2)
    if min(matrix.shape) < 2:
        raise NotApplicable
    before, row = w.fresh("before"), w.fresh("row")
    w.line(f"{before} = {matrix.name}[{w.index(matrix.shape[0])}]")
    with w.block(f"for {row} in {matrix.name}:", loop=True):
        variable = Variable(row, "array", matrix.shape[1:], local=True)
        w.scope += [variable, Variable(before, "array", matrix.shape[1:], local=True)]
        target, shape = part(w, variable)
        w.line(f"{target} += {w.operand(shape)} * {w.number(0)}")
        if w.chance(0.5):
            w.line(f"{before}[0] = {w.number(1)}")
        w.line(f"{before} = {row}")
    w.scope.append(Variable(before, "array", matrix.shape[1:], local=True))
