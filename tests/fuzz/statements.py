"""Statements without a loop of their own: assignments, stores into arrays of the function, branches, early returns."""

from __future__ import annotations

from tests.fuzz.features import Shape, statement
from tests.fuzz.writer import NotApplicable, Variable, Writer

FLOAT_NAMES = "stabcd"


def damped(w: Writer, text: str) -> str:
    """Now and then, a bounded function of a value."""
    return w.choose((f"np.tanh({text})", f"0.5 * np.sin({text})", text, text))


def changeable(w: Writer) -> Variable:
    """A float name that may be assigned again, made here if there is none."""
    found = [v for v in w.variables("float") if not v.fixed]
    return w.choose(found) if found else new_float(w)


def new_float(w: Writer) -> Variable:
    """A new float name."""
    text = w.number()
    variable = Variable(w.fresh(w.choose(FLOAT_NAMES)), "float")
    w.line(f"{variable.name} = {text}")
    w.scope.append(variable)
    return variable


def new_arrays(w: Writer, texts: list[str], shapes: list[Shape]) -> list[Variable]:
    """New array names for several expressions, in one tuple assignment."""
    names = [Variable(w.fresh(w.choose("pqrz")), "array", shape, local=True) for shape in shapes]
    w.line(f"{', '.join(v.name for v in names)} = {', '.join(texts)}")
    w.scope.extend(names)
    return names


def place(w: Writer, variable: Variable) -> str:
    """An element of an array as a target."""
    return w.element(variable)


def part(w: Writer, variable: Variable) -> tuple[str, Shape]:
    """A part of an array as a target, a slice or a row or a column, and its shape."""
    sizes = tuple(w.random.randint(1, size) if w.chance(0.7) else size for size in variable.shape)
    slices = [w.slice(size, count) for size, count in zip(variable.shape, sizes, strict=True)]
    if len(variable.shape) == 1:
        return f"{variable.name}[{slices[0]}]", sizes
    rows, columns = variable.shape
    options: list[tuple[str, Shape]] = [
        (f"{variable.name}[{w.index(rows)}]", (columns,)),
        (f"{variable.name}[{w.index(rows)}, {slices[1]}]", sizes[1:]),
        (f"{variable.name}[{slices[0]}, {w.index(columns)}]", sizes[:1]),
        (f"{variable.name}[{', '.join(slices)}]", sizes),
        (f"{variable.name}[{slices[0]}]", (sizes[0], columns)),
    ]
    return w.choose(options)


@statement("new scalar", weight=2.0)
def assign_scalar(w: Writer) -> None:
    new_float(w)


@statement("scalar update", weight=4.0)
def update_scalar(w: Writer) -> None:
    variable = changeable(w)
    x = w.number(2)
    forms = (
        "{0} += {1}",
        "{0} = 0.5 * {0} + {1}",
        "{0} = math.sin({0}) * {1}",
        "{0} -= 0.3 * {1}",
        "{0} *= np.tanh({1})",
    )
    w.line(w.choose((*forms, "{0} = {1}", "{0} /= 1.0 + ({1}) ** 2")).format(variable.name, x))


@statement("tuple swap of scalars", weight=1.5)
def swap_scalars(w: Writer) -> None:
    first, second = changeable(w), changeable(w)
    if first.name == second.name:
        second = new_float(w)
    values = w.choose(("{1}, {0}", "{1} + 0.1, np.tanh({0})", "{1}, {0} * {1} + {2}", "{2}, {0}"))
    w.line(f"{first.name}, {second.name} = " + values.format(first.name, second.name, damped(w, w.number(1))))


@statement("new array", weight=3.0)
def assign_array(w: Writer) -> None:
    w.make_array(w.choose(w.shapes(w.choose((1, 1, 2)))))


@statement("view for reading", weight=1.5)
def assign_view(w: Writer) -> None:
    base = w.choose(w.variables("array"))
    text, shape = part(w, base)
    w.line(f"{w.bind('w', 'array', shape, local=w.level > 1).name} = {text}")


@statement("array updated in place", weight=2.0)
def update_array(w: Writer) -> None:
    variable = w.stored()
    x, s = w.operand(variable.shape, 1), w.number(1)
    forms = (
        "{0} += {1}",
        "{0} *= {2}",
        "{0} *= np.tanh({1})",
        "{0} /= 1.5 + {1} ** 2",
        "{0} -= 0.5 * {1}",
        "{0} += {2}",
    )
    w.line(
        w.choose((*forms, "{0}[:] = {1}", "{0}[...] = 0.5 * {0} + {2}", "{0}[...] += {1}")).format(variable.name, x, s)
    )


@statement("store of an element", weight=3.0)
def store_element(w: Writer) -> None:
    variable = w.stored()
    w.line(f"{place(w, variable)} {w.choose(('=', '=', '+=', '-=', '*='))} {damped(w, w.number())}")


@statement("store of a slice", weight=3.0)
def store_slice(w: Writer) -> None:
    target, shape = part(w, w.stored())
    value = w.choose((w.array(shape, 2), w.operand(shape, 1), w.number(1)))
    w.line(f"{target} {w.choose(('=', '=', '+=', '*=', '-='))} {damped(w, value)}")


@statement("overlapping slices", weight=2.0)
def store_overlap(w: Writer) -> None:
    variable = w.choose([w.stored(dims=1), w.stored()])
    size, *rest = variable.shape
    if size == 1:
        raise NotApplicable
    count = w.random.randint(max(1, size - 2), size - 1)
    left, right = w.slice(size, count), w.slice(size, count)
    tail, shape = "", (count, *rest)
    if rest and w.chance(0.7):
        tail, shape = w.choose(((", :", shape), (f", {w.index(rest[0])}", (count,))))
    y, source = variable.name, f"{variable.name}[{right}{tail}]"
    forms = ("{1} * 2.0", "{1}", "0.5 * {1} + {2}", "np.tanh({1}) * {2}", "{1} - {2}")
    value = w.choose(forms).format(y, source, w.operand(shape))
    w.line(f"{y}[{left}{tail}] {w.choose(('=', '=', '+=', '-='))} {value}")


@statement("broadcasting store", weight=1.0)
def store_broadcast(w: Writer) -> None:
    variable = w.stored(dims=2)
    rows, columns = variable.shape
    name = variable.name
    options = [
        f"{name}[:] = {w.operand((columns,), 1)}",
        f"{name} += {w.operand((columns,), 1)}",
        f"{name} *= {w.operand((rows,))}[:, None]",
        f"{name}[:, {w.slice(columns, w.random.randint(1, columns))}] -= {w.operand((rows,))}[:, None]",
        f"{name}[{w.slice(rows, w.random.randint(1, rows))}] = {w.operand((columns,), 1)}",
    ]
    w.line(w.choose(options))


@statement("zeros, then one element per line", weight=0.8)
def unrolled_fill(w: Writer) -> None:
    size = w.random.randint(2, 3)
    values = [w.number(2) for _ in range(size)]
    y = w.bind("y", "array", (size,), local=True)
    w.line(f"{y.name} = np.{w.choose(('zeros', 'empty', 'ones'))}({size})")
    for k, value in enumerate(values):
        w.line(f"{y.name}[{k}] = {value}")


@statement("int scalar", weight=0.8)
def assign_int(w: Writer) -> None:
    found = [v for v in w.variables("int") if v.high > v.low and not v.name.startswith("m")]
    arrays = w.variables("array")
    if found and w.chance(0.5):
        source, factor, modulus = w.choose(found), w.random.randint(1, 3), w.random.randint(2, 4)
        name = w.bind("k", "int", low=0, high=modulus).name
        w.line(f"{name} = ({source.name} * {factor} + 1) % {modulus}")
    else:
        array = w.choose(arrays)
        axis = w.random.randrange(len(array.shape))
        size = array.shape[axis]
        spelled = f"len({array.name})" if axis == 0 and w.chance(0.5) else f"{array.name}.shape[{axis}]"
        w.line(f"{w.bind('m', 'int', low=size, high=size + 1).name} = {spelled}")


@statement("new index array", weight=1.0)
def assign_index(w: Writer) -> None:
    size, high = w.random.randint(2, 5), w.random.randint(2, 4)
    values = [w.random.randrange(high) for _ in range(size)]
    options = [f"np.arange({size}) % {high}", f"(np.arange({size}) * 3 + 1) % {high}"]
    if w.level > 1:
        options.append(f"np.array({values})")
    w.line(f"{w.bind('idx', 'index', (size,), low=0, high=high).name} = {w.choose(options)}")


# -- branches


@statement("if", weight=1.5)
def branch(w: Writer) -> None:
    if w.depth > 2:
        raise NotApplicable
    with w.block(f"if {w.condition()}:"):
        w.body()


@statement("if, elif, else", weight=1.5)
def branches(w: Writer) -> None:
    if w.depth > 2:
        raise NotApplicable
    # First the conditions: one may need a line of its own, which cannot stand between the branches.
    headers = [f"if {w.condition()}:", *([f"elif {w.condition()}:"] if w.chance(0.5) else []), "else:"]
    for header in headers:
        with w.block(header):
            w.body(2)


@statement("name bound in both branches", weight=1.0)
def bound_in_branches(w: Writer) -> None:
    if w.depth > 2:
        raise NotApplicable
    shape: Shape = () if w.chance(0.6) else w.choose(w.shapes(1))
    name = w.fresh("r")
    for header in (f"if {w.condition()}:", "else:"):
        with w.block(header):
            w.body(1)
            w.line(f"{name} = {w.array(shape) if shape else w.number()}")
    w.scope.append(Variable(name, "array" if shape else "float", shape, local=w.level > 1))


@statement("early return", weight=0.8)
def early_return(w: Writer) -> None:
    if w.depth > (2 if w.level > 1 else 1) or (w.loops and w.level == 1):
        raise NotApplicable
    unlikely = w.choose(("> 1.2", "< -0.9", "> 0.3"))
    with w.block(f"if {w.number(1)} {unlikely}:"):
        if w.chance(0.5):
            w.body(1)
        write_return(w)


def write_return(w: Writer) -> None:
    """A `return` of what the program returns: numbers and arrays of fixed shapes."""
    values = [returned_array(w, shape) if shape else result_number(w) for shape in w.result]
    w.line(f"return {', '.join(values)}")
    w.sealed = True


def returned_array(w: Writer, shape: Shape) -> str:
    """A new array, or now and then a name or a view."""
    return w.operand(shape) if w.chance(0.3) else w.array(shape)


def result_number(w: Writer) -> str:
    """A float that depends on several of the names in scope, the last ones above all."""
    terms = []
    floats, arrays = w.variables("float"), w.variables("array")
    for chosen in {v.name: v for v in (*floats[-2:], *(w.choose(floats) for _ in floats[:1]))}.values():
        terms.append(f"{w.constant()} * {chosen.name}")
    for chosen in {v.name: v for v in (*arrays[-3:], *(w.choose(arrays) for _ in arrays[:2]))}.values():
        forms = ("np.sum({0} * {0})", "np.sum({0} * {1})", "np.sum(np.sin({0}))", "{2} * {3}", "np.sum({0})")
        weights = w.operand(chosen.shape)
        terms.append(w.choose(forms).format(chosen.name, weights, w.element(chosen), w.constant()))
    whole = [*w.variables("ragged")[-2:], *w.variables("tensor")[-2:]]
    terms += [w.choose(("np.sum({0} * {0})", "np.sum({0})")).format(v.name) for v in whole]
    return " + ".join(terms) if terms else w.number()
