"""Loops: over ranges of every kind, over arrays, `while`, and loops that leave early."""

from __future__ import annotations

from tests.fuzz.expressions import fits
from tests.fuzz.features import statement
from tests.fuzz.statements import changeable, damped, place, write_return
from tests.fuzz.writer import NotApplicable, Variable, Writer

DEEPEST = 2


def enter(w: Writer) -> None:
    """Is there room for another loop?"""
    if w.loops > DEEPEST or w.depth > 3:
        raise NotApplicable


def trips(w: Writer) -> tuple[str, int]:
    """How many trips, as text and as a number, at least one."""
    arrays = w.variables("array")
    if arrays and w.chance(0.6):
        array = w.choose(arrays)
        return w.choose((f"len({array.name})", f"{array.name}.shape[0]", str(array.shape[0]))), array.shape[0]
    count = w.random.randint(1, 4)
    return str(count), count


def work(w: Writer, most: int = 3) -> None:
    """The body of a loop; it carries a scalar or fills an array more often than not."""
    if w.chance(0.4):
        variable = changeable(w)
        x = w.number(2)
        forms = ("{0} += {1}", "{0} = math.sin({0}) + {1}", "{0} = 0.5 * {0} * {1}", "{0} = np.tanh({0} + {1})")
        w.line(w.choose(forms).format(variable.name, x))
    w.body(most)


@statement("for over a range", weight=2.5)
def for_range(w: Writer) -> None:
    enter(w)
    text, count = trips(w)
    i = w.fresh(w.choose("ijk"))
    with w.block(f"for {i} in range({text}):", loop=True):
        w.scope.append(Variable(i, "int", low=0, high=count))
        work(w)


@statement("for with a step", weight=1.5)
def for_step(w: Writer) -> None:
    enter(w)
    low, high, step = w.random.randint(0, 2), w.random.randint(3, 6), w.choose((2, 3))
    i = w.fresh(w.choose("ijk"))
    with w.block(f"for {i} in range({low}, {high}, {step}):", loop=True):
        w.scope.append(Variable(i, "int", low=low, high=high))
        work(w)


@statement("for backwards", weight=1.5)
def for_backwards(w: Writer) -> None:
    enter(w)
    text, count = trips(w)
    step = w.choose((-1, -1, -2))
    i = w.fresh(w.choose("ijk"))
    with w.block(f"for {i} in range({text} - 1, {w.choose((-1, 0))}, {step}):", loop=True):
        w.scope.append(Variable(i, "int", low=0, high=count))
        work(w)


@statement("zero trips", weight=1.0)
def zero_trips(w: Writer) -> None:
    enter(w)
    i = w.fresh(w.choose("ijk"))
    text, count = trips(w)
    header = w.choose((f"range({text}, 1, 2)" if count > 1 else "range(0)", f"range({count}, {count})", "range(3, 1)"))
    with w.block(f"for {i} in {header}:", loop=True):
        w.scope.append(Variable(i, "int", low=0, high=1))
        work(w, 2)


@statement("bound depends on outer index", weight=1.5)
def triangular(w: Writer) -> None:
    enter(w)
    text, count = trips(w)
    i, j = w.fresh("i"), w.fresh("j")
    with w.block(f"for {i} in range({text}):", loop=True):
        w.scope.append(Variable(i, "int", low=0, high=count))
        if w.chance(0.4):
            w.body(1)
        bounds = w.choose((f"{i}", f"{i}, {text}", f"{i} + 1, {text}", f"{i} - 1, -1, -1", f"0, {count} - {i}, 2"))
        with w.block(f"for {j} in range({bounds}):", loop=True):
            w.scope.append(Variable(j, "int", low=0, high=count))
            work(w, 2)
        if w.chance(0.3):
            w.body(1)


@statement("zeros, then filled in a loop", weight=2.5)
def zeros_then_fill(w: Writer) -> None:
    enter(w)
    size = w.choose(w.shapes(1))[0]
    y = w.bind("y", "array", (size,), local=True)
    i = w.fresh("i")
    w.line(f"{y.name} = np.zeros({size})")
    first = w.choose((0, 1))
    with w.block(f"for {i} in range({first}, {size}):", loop=True):
        w.scope.append(Variable(i, "int", low=first, high=size))
        if w.chance(0.3):
            w.body(1)
        before = f"{y.name}[{i} - 1]"
        x = w.number(2)
        forms = ("{x}", "0.5 * {b} + {x}", "np.sin({b}) + {x}", "np.tanh({b} * {x})")
        w.line(f"{y.name}[{i}] {w.choose(('=', '=', '+='))} {w.choose(forms).format(b=before, x=x)}")


@statement("nested loops over a matrix", weight=2.0)
def matrix_loops(w: Writer) -> None:
    enter(w)
    variable = w.stored(dims=2)
    rows, columns = variable.shape
    i, j = w.fresh("i"), w.fresh("j")
    inset = w.choose((0, 0, 1))
    with w.block(f"for {i} in range({inset}, {variable.name}.shape[0]):", loop=True):
        w.scope.append(Variable(i, "int", low=inset, high=rows))
        with w.block(f"for {j} in range({inset}, {columns}):", loop=True):
            w.scope.append(Variable(j, "int", low=inset, high=columns))
            name = variable.name
            near = w.choose((f"{name}[{i} - 1, {j}]", f"{name}[{i}, {j} - 1]", f"{name}[{i} - 1, {j} - 1]"))
            forms = ("0.5 * {n} + {x}", "{x}", "np.sin({n}) * {x}", "{n} * {x} / (1.0 + {n} * {n})")
            value = w.choose(forms).format(n=near, x=w.number(2))
            w.line(f"{name}[{i}, {j}] {w.choose(('=', '=', '+=', '-='))} {value}")


@statement("repeated in-place sweep", weight=1.5)
def sweeps(w: Writer) -> None:
    enter(w)
    variable = w.stored(dims=1)
    size, y = variable.shape[0], variable.name
    if size < 3:
        raise NotApplicable
    t, i = w.fresh("t"), w.fresh("i")
    with w.block(f"for {t} in range({w.random.randint(1, 3)}):", loop=True):
        w.scope.append(Variable(t, "int", low=0, high=3))
        if w.chance(0.4):
            middle = f"{y}[1:-1]"
            forms = ("{m} = 0.3 * ({y}[:-2] + {y}[2:]) * {x}", "{m} += np.sin({y}[2:]) * {x}", "{m} *= {y}[:-2] * {x}")
            w.line(w.choose(forms).format(m=middle, y=y, x=damped(w, w.number(1))))
        else:
            with w.block(f"for {i} in range(1, {size - 1}):", loop=True):
                w.scope.append(Variable(i, "int", low=1, high=size - 1))
                forms = ("0.5 * ({y}[{i} - 1] + {y}[{i} + 1]) * {x}", "np.tanh({y}[{i} - 1] * {y}[{i}]) + {x}")
                w.line(f"{y}[{i}] = " + w.choose(forms).format(y=y, i=i, x=w.number(1)))
        if w.chance(0.4):
            w.body(1)


@statement("for over an array", weight=1.5)
def for_elements(w: Writer) -> None:
    enter(w)
    array = w.choose(w.variables("array"))
    with w.block(f"for {(v := w.fresh('v'))} in {array.name}:", loop=True):
        if len(array.shape) == 1:
            w.scope.append(Variable(v, "float", fixed=True))
        else:
            w.scope.append(Variable(v, "array", array.shape[1:], local=w.level > 1))
        work(w)


@statement("new array in every trip", weight=1.5)
def array_per_trip(w: Writer) -> None:
    enter(w)
    text, count = trips(w)
    i = w.fresh("i")
    variable = changeable(w)
    with w.block(f"for {i} in range({text}):", loop=True):
        w.scope.append(Variable(i, "int", low=0, high=count))
        made = w.make_array(w.choose(w.shapes(w.choose((1, 1, 2)))))
        w.body(2)
        w.line(f"{variable.name} += 0.2 * np.sum({made.name} * {w.operand(made.shape)}) + {place(w, made)}")


@statement("shape depends on the trip", weight=1.0)
def growing_slices(w: Writer) -> None:
    enter(w)
    array = w.choose(w.variables("array", dims=1))
    i, variable = w.fresh("i"), changeable(w)
    with w.block(f"for {i} in range({array.shape[0]}):", loop=True):
        w.scope.append(Variable(i, "int", low=0, high=array.shape[0]))
        piece = w.choose((f"{array.name}[: {i} + 1]", f"{array.name}[{i}:]", f"{array.name}[:{i}]"))
        if w.chance(0.5):
            piece_name = w.fresh("piece")
            w.line(f"{piece_name} = {piece} * {w.number(1)}")
            piece = piece_name
        forms = ("{0} += np.sum({1})", "{0} += 0.3 * np.sum({1} * {1})", "{0} = np.sin({0}) + np.sum(np.tanh({1}))")
        w.line(w.choose(forms).format(variable.name, piece))


@statement("indexed through an index array", weight=1.5)
def scatter_loop(w: Writer) -> None:
    enter(w)
    index = w.choose(w.variables("index", dims=1))
    target = w.stored(dims=1)
    if not fits(index, target.shape[0]):
        raise NotApplicable
    i = w.fresh("i")
    with w.block(f"for {i} in range({index.shape[0]}):", loop=True):
        w.scope.append(Variable(i, "int", low=0, high=index.shape[0]))
        operator = w.choose(("+=", "+=", "=", "*="))
        w.line(f"{target.name}[{index.name}[{i}]] {operator} {damped(w, w.number(2))}")


# -- loops that leave early


@statement("break", level=2, weight=1.5)
def for_break(w: Writer) -> None:
    _for_with(w, "break")


@statement("continue", level=2, weight=1.5)
def for_continue(w: Writer) -> None:
    _for_with(w, "continue")


@statement("return in a loop", level=2, weight=1.0)
def for_return(w: Writer) -> None:
    _for_with(w, "return")


def _for_with(w: Writer, jump: str) -> None:
    """A loop that a condition leaves, or whose trip it ends."""
    enter(w)
    text, count = trips(w)
    i = w.fresh(w.choose("ijk"))
    header = w.choose((f"range({text})", f"range({text})", f"range({text} - 1, -1, -1)"))
    with w.block(f"for {i} in {header}:", loop=True):
        w.scope.append(Variable(i, "int", low=0, high=count))
        if w.chance(0.8):
            work(w, 2)
        test = f"{i} == {w.random.randint(0, count)}" if w.chance(0.4) else w.condition()
        with w.block(f"if {test}:"):
            if w.chance(0.4):
                w.body(1)
            if jump == "return":
                write_return(w)
            else:
                w.line(jump)
        work(w, 2)


@statement("for with else", level=2, weight=1.0)
def for_else(w: Writer) -> None:
    enter(w)
    text, count = trips(w)
    i = w.fresh("i")
    with w.block(f"for {i} in range({text}):", loop=True):
        w.scope.append(Variable(i, "int", low=0, high=count))
        work(w, 2)
        if w.chance(0.9):
            with w.block(f"if {w.condition()}:"):
                w.line("break")
    with w.block("else:"):
        w.body(2)


@statement("while with a counter", level=2, weight=1.5)
def while_counter(w: Writer) -> None:
    _while(w, data=False)


@statement("while on data", level=2, weight=1.5)
def while_data(w: Writer) -> None:
    _while(w, data=True)


def _while(w: Writer, *, data: bool) -> None:
    enter(w)
    count = w.random.randint(1, 5)
    k = w.fresh("n")
    w.line(f"{k} = 0")
    variable = changeable(w)
    test = f"{k} < {count}"
    if data:
        bound = w.choose(("< 1.5", "> -0.5", "!= 0.0", "> 0.01"))
        test = w.choose(
            (
                f"{variable.name} {bound} and {test}",
                f"{test} and {w.condition()}",
                f"{test} and not {variable.name} > 2.0",
            )
        )
    with w.block(f"while {test}:", loop=True):
        w.scope.append(Variable(k, "int", low=0, high=count))
        work(w, 2)
        if w.chance(0.2):
            with w.block(f"if {w.condition()}:"):
                w.line("break")
        w.line(f"{k} += 1")
    if w.chance(0.2):
        with w.block("else:"):
            w.body(1)


@statement("while True", level=2, weight=1.0)
def while_true(w: Writer) -> None:
    enter(w)
    k = w.fresh("n")
    limit = w.random.randint(1, 4)
    w.line(f"{k} = {w.choose((0, 0, 1))}")
    with w.block("while True:", loop=True):
        w.scope.append(Variable(k, "int", low=0, high=limit + 2))
        if w.chance(0.7):
            work(w, 2)
        w.line(f"{k} += 1")
        with w.block(f"if {k} > {limit}" + (f" or {w.condition()}:" if w.chance(0.6) else ":")):
            if w.chance(0.2) and w.depth < 4:
                write_return(w)
            else:
                w.line("break")
        if w.chance(0.6):
            work(w, 2)


@statement("loop variable after the loop", level=2, weight=1.0)
def variable_after_loop(w: Writer) -> None:
    enter(w)
    text, count = trips(w)
    i = w.fresh("i")
    with w.block(f"for {i} in range({text}):", loop=True):
        w.scope.append(Variable(i, "int", low=0, high=count))
        work(w, 2)
        if w.chance(0.4):
            with w.block(f"if {w.condition()}:"):
                w.line("break")
    w.scope.append(Variable(i, "int", low=0, high=count))
    w.line(f"{changeable(w).name} += {w.number(1)} * {i}")


@statement("name bound in a loop", level=2, weight=1.0)
def bound_in_loop(w: Writer) -> None:
    enter(w)
    text, count = trips(w)
    i, name = w.fresh("i"), w.fresh("last")
    with w.block(f"for {i} in range({text}):", loop=True):
        w.scope.append(Variable(i, "int", low=0, high=count))
        w.body(1)
        w.line(f"{name} = {w.number()}")
        if w.chance(0.3):
            with w.block(f"if {w.condition()}:"):
                w.line("break")
    w.scope.append(Variable(name, "float"))


@statement("zip, enumerate, reversed", level=2, weight=1.5)
def iterators(w: Writer) -> None:
    enter(w)
    array = w.choose(w.variables("array"))
    same = w.choose([v for v in w.variables("array") if v.shape[0] == array.shape[0]])
    i, u, v = w.fresh("i"), w.fresh("u"), w.fresh("v")
    items = [(u, array), (v, same)]
    form = w.choose(("enumerate", "zip", "reversed", "enumerate zip", "reversed range", "reversed zip"))
    header, bound = {
        "enumerate": (f"{i}, {u} in enumerate({array.name})", items[:1]),
        "zip": (f"{u}, {v} in zip({array.name}, {same.name})", items),
        "reversed": (f"{u} in reversed({array.name})", items[:1]),
        "enumerate zip": (f"{i}, ({u}, {v}) in enumerate(zip({array.name}, {same.name}))", items),
        "reversed range": (f"{i} in reversed(range({array.shape[0]}))", []),
        "reversed zip": (f"{u}, {v} in zip({array.name}, {same.name}[::-1])", items),
    }[form]
    with w.block(f"for {header}:", loop=True):
        if f"{i}" in header.split(" in ")[0].replace(",", " ").split():
            w.scope.append(Variable(i, "int", low=0, high=array.shape[0]))
        for name, source in bound:
            kind = "float" if len(source.shape) == 1 else "array"
            w.scope.append(Variable(name, kind, source.shape[1:], local=True, fixed=True))
        work(w)
