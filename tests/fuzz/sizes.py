"""Names that mean arrays of different sizes: bound in branches, rebound, swapped and resized in loops, and used.

    z = x[1:] if s > 0.5 else np.zeros(2)
    z[0] = s

In scope they are "ragged", with the smallest extents that they may have as their shape. Their sizes are literals, or
depend on the arguments.
"""

from __future__ import annotations

from tests.fuzz.features import Shape, number, operand, statement
from tests.fuzz.loops import enter, trips
from tests.fuzz.memory import store_through
from tests.fuzz.statements import changeable
from tests.fuzz.writer import NotApplicable, Variable, Writer

IN_BRANCHES = "arrays of several sizes in branches"


def size_text(w: Writer, size: int) -> str:
    """An extent, as a literal or computed from what the arguments bring."""
    lengths = [(v.shape[0], f"len({v.name})") for v in w.variables("array")]
    ints = [(v.low, v.name) for v in w.variables("int") if v.high == v.low + 1]
    options = [text for known, text in (*lengths, *ints) if known == size]
    options += [f"{text} - {known - size}" for known, text in lengths if 0 < known - size < 3]
    options += [f"{text} + {size - known}" for known, text in (*lengths, *ints) if 0 < size - known < 3]
    return w.choose(options) if options and w.chance(0.5) else str(size)


def vector(w: Writer, size: int | None = None) -> tuple[str, int]:
    """A name, a view of one, or a new array with one axis, and its size: at least 2."""
    size = size or w.random.randint(2, 5)
    pick = w.random.random()
    if pick < 0.3:
        base = w.choose([v for v in w.variables("array", dims=1) if v.shape[0] >= size])
        return f"{base.name}[{w.slice(base.shape[0], size)}]", size
    if pick < 0.4:
        base = w.choose([v for v in w.variables("array", dims=2) if size in v.shape])
        rows, columns = base.shape
        return f"{base.name}[{w.index(rows)}]" if columns == size else f"{base.name}[:, {w.index(columns)}]", size
    if pick < 0.5:
        chosen = w.choose([v for v in w.variables("array", dims=1) if v.shape[0] > 1])
        return chosen.name, chosen.shape[0]
    return new_vector(w, size_text(w, size)) if pick < 0.8 else w.array((size,), 1), size


def new_vector(w: Writer, size: str) -> str:
    """A new array of so many elements."""
    fresh = ("np.zeros({0})", "np.ones({0}) * {1}", "np.full({0}, {1})", "np.arange({0}) * {1}")
    return w.choose(fresh).format(size, w.number(0))


def vectors(w: Writer, count: int) -> tuple[list[str], int]:
    """Arrays of different sizes, and the smallest size."""
    found: dict[int, str] = {}
    for _ in range(20):
        with w.attempt() as attempt:
            text, size = vector(w)
        if attempt:
            found.setdefault(size, text)
        if len(found) == count:
            return w.random.sample(list(found.values()), count), min(found)
    raise NotApplicable


def ragged(w: Writer, stem: str, shape: Shape) -> Variable:
    """A new name of arrays of several sizes."""
    return w.bind(stem, "ragged", shape)


def store_into(w: Writer, name: str, smallest: int, *, view: bool = True) -> None:
    """A store into an array with one axis and at least this many elements."""
    s, i = w.number(1), w.index(smallest)
    if view and w.chance(0.3):
        _store_through_view(w, name, smallest)
        return
    forms = ["{z}[{i}] = {s}", "{z}[{i}] += {s}", "{z}[{i}] *= {s}", "{z} *= np.tanh({s})", "{z}[:] = {s}"]
    forms += ["{z} += 0.5 * {z}[::-1]", "{z}[::2] *= {s}", "{z}[-1] = {z}[0] * {s}", "{z}[...] = np.sin({z})"]
    if smallest > 1:
        forms += ["{z}[1:] += 0.5 * {z}[:-1]", "{z}[:-1] = {z}[1:] * {s}", "{z}[:{n}] = {x}", "{z}[{n} - 1:] -= {s}"]
    if w.chance(0.15) and w.loops < 2:
        k = w.fresh("k")
        w.line(f"for {k} in range({w.choose(('', '1, '))}len({name})):")
        form = w.choose(("{z}[{k}] = {z}[{k} - 1] + {s}", "{z}[{k}] = np.sin({z}[{k}]) * {s}"))
        w.line("    " + form.format(z=name, k=k, s=s))
        return
    w.line(w.choose(forms).format(z=name, i=i, s=s, n=smallest, x=w.operand((smallest,))))


def _store_through_view(w: Writer, name: str, smallest: int) -> None:
    """A store into a view of such an array."""
    options = [(f"{name}[::-1]", smallest)]
    if smallest > 1:
        options += [(f"{name}[1:]", smallest - 1), (f"{name}[:-1]", smallest - 1), (f"{name}[{-smallest}:]", smallest)]
    text, size = w.choose(options)
    view = ragged(w, "w", (size,))
    w.line(f"{view.name} = {text}")
    store_into(w, view.name, size, view=False)


def store_matrix(w: Writer, name: str, shape: Shape) -> None:
    """A store into a matrix with at least these extents."""
    i, j, s = w.index(shape[0]), w.index(shape[1]), w.number(1)
    forms = ("{z}[{i}, {j}] = {s}", "{z}[{i}] *= {s}", "{z}[:, {j}] += {s}", "{z} *= np.tanh({s})", "{z}[{i}] = {z}[0]")
    w.line(w.choose((*forms, "{z}[{i}, 1:] = {z}[{i}, :-1] * {s}", "{z}[0] += {s}")).format(z=name, i=i, j=j, s=s))


def store_some(w: Writer, variable: Variable) -> None:
    """A store into a name of several sizes, or into some other array."""
    if w.chance(0.2):
        store_through(w, w.stored())
    elif len(variable.shape) == 2:
        store_matrix(w, variable.name, variable.shape)
    else:
        store_into(w, variable.name, variable.shape[0])


def use(w: Writer, variable: Variable) -> None:
    """Stores, now and then, and a read."""
    for _ in range(w.choose((0, 1, 1, 2))):
        store_some(w, variable)
    if w.chance(0.5):
        w.line(f"{changeable(w).name} += {reading(w, variable)}")


def reading(w: Writer, variable: Variable) -> str:
    """A float that depends on all elements or on some."""
    name = variable.name
    forms = ["np.sum({z})", "np.sum({z} * {z})", "0.5 * {z}.sum()", "np.mean(np.sin({z}))", "np.max({z})", "{e} * {e}"]
    if len(variable.shape) == 1:
        forms += ["np.dot({z}, {z}[::-1])", "0.1 * len({z}) * {z}[-1]", "{z}[len({z}) // 2] * {e}"]
    return w.choose(forms).format(z=name, e=w.element(variable))


# -- bound once


@statement(IN_BRANCHES, level=2, weight=1.0)
def in_branches(w: Writer) -> None:
    if w.depth > 2:
        raise NotApplicable
    texts, smallest = vectors(w, w.choose((2, 2, 3)))
    name = w.fresh("z")
    headers = [f"if {w.condition()}:", *(f"elif {w.condition(0)}:" for _ in texts[2:]), "else:"]
    for header, text in zip(headers, texts, strict=True):
        with w.block(header):
            if w.chance(0.3):
                w.body(1)
            w.line(f"{name} = {text}")
            if w.chance(0.3):
                store_into(w, name, smallest)
    variable = Variable(name, "ragged", (smallest,))
    w.scope.append(variable)
    use(w, variable)


@statement("array of another size chosen", level=2, weight=1.0)
def chosen(w: Writer) -> None:
    (first, second), smallest = vectors(w, 2)
    test = w.condition()
    variable = ragged(w, "z", (smallest,))
    w.line(f"{variable.name} = {first} if {test} else {second}")
    use(w, variable)


@statement("array of another size in a branch", level=2, weight=1.0)
def in_branch(w: Writer) -> None:
    if w.depth > 2:
        raise NotApplicable
    (first, second), smallest = vectors(w, 2)
    name = w.fresh("z")
    w.line(f"{name} = {first}")
    variable = Variable(name, "ragged", (smallest,))
    with w.block(f"if {w.condition()}:"):
        w.line(f"{name} = {second}")
        w.scope.append(variable)
        use(w, variable)
    w.scope.append(variable)
    use(w, variable)


@statement("array of several sizes from a helper", level=2, weight=1.0)
def from_helper(w: Writer) -> None:
    array = w.choose([v for v in w.variables("array", dims=1) if v.shape[0] > 2])
    cut = w.random.randint(1, array.shape[0] - 1)
    if 2 * cut == array.shape[0]:
        raise NotApplicable
    first, second = w.choose(((f"v[:{cut}]", f"v[{cut}:]"), (f"v[:{cut}] * p", f"v[{cut}:]")))
    name = w.fresh("part")
    w.preamble += [f"def {name}(v, p):", "    if p > 0.3:", f"        return {first}", f"    return {second}", "", ""]
    x, p = w.choose((array.name, f"{array.name} * 1.5")), w.number(1)
    variable = ragged(w, "z", (min(cut, array.shape[0] - cut),))
    w.line(f"{variable.name} = {name}({x}, {p})")
    use(w, variable)


@statement("matrix of several shapes", level=2, weight=1.0)
def matrices(w: Writer) -> None:
    base = w.stored(dims=2)
    rows, columns = base.shape
    extra = w.random.randint(1, 2)
    wider = f"({size_text(w, rows + extra)}, {size_text(w, columns)})"
    others: list[tuple[str, Shape]] = [(f"np.zeros({wider})", (rows, columns)), (f"{base.name} * 0.5", base.shape)]
    if rows != columns:
        others.append((f"{base.name}.T", (min(base.shape), min(base.shape))))
    if rows > 2:
        others.append((f"{base.name}[1:]", (rows - 1, columns)))
    other, smallest = w.choose(others)
    if min(smallest) < 2:
        raise NotApplicable
    texts = w.random.sample([base.name, other], 2)
    test = w.condition()
    variable = ragged(w, "M", smallest)
    w.line(f"{variable.name} = {texts[0]} if {test} else {texts[1]}")
    use(w, variable)


# -- bound again in a loop


def literals(w: Writer) -> tuple[list[str], int]:
    """Two arrays of different sizes that are known when the function is compiled: new ones, or views of new ones."""
    sizes = w.random.sample(range(2, 6), 2)
    texts = []
    for size in sizes:
        base = w.choose(("", "", w.fresh("b")))
        cut, part = w.choose(((1, "[1:]"), (2, "[1:-1]"), (0, "[::-1]"), (0, "[:]")))
        text = new_vector(w, str(size + cut if base else size))
        if base:
            w.line(f"{base} = {text}")
            w.scope.append(Variable(base, "array", (size + cut,), local=True))
        texts.append(base + part if base else text)
    return texts, min(sizes)


@statement("array of another size bound in a loop", level=2, weight=0.6)
def rebound(w: Writer) -> None:
    enter(w)
    conditional = w.chance(0.6)
    (first, second), smallest = vectors(w, 2) if conditional else literals(w)
    text, count = trips(w)
    if not conditional:
        count = w.random.randint(1, 3)
        text = str(count)
    variable, t = ragged(w, "z", (smallest,)), w.fresh("t")
    w.line(f"{variable.name} = {first}")
    with w.block(f"for {t} in range({text}):", loop=True):
        w.scope.append(Variable(t, "int", low=0, high=count))
        if w.chance(0.5):
            store_some(w, variable)
        if conditional:
            with w.block(f"if {w.condition()}:"):
                w.line(f"{variable.name} = {second}")
        else:
            w.line(f"{variable.name} = {second}")
        use(w, variable)


@statement("arrays of different sizes swapped in a loop", level=2, weight=0.6)
def swapped(w: Writer) -> None:
    enter(w)
    (first, second), smallest = literals(w)
    one, other = ragged(w, "p", (smallest,)), ragged(w, "q", (smallest,))
    w.line(f"{one.name} = {first}")
    w.line(f"{other.name} = {second}")
    t, count = w.fresh("t"), w.random.randint(1, 3)
    with w.block(f"for {t} in range({count}):", loop=True):
        w.scope.append(Variable(t, "int", low=0, high=count))
        use(w, w.choose((one, other)))
        w.line(f"{one.name}, {other.name} = {other.name}, {one.name}")
        if w.chance(0.3):
            store_some(w, one)


@statement("array of a size that depends on the trip", level=2, weight=0.6)
def by_trip(w: Writer) -> None:
    enter(w)
    text, count = trips(w)
    t = w.fresh("t")
    arrays = [v for v in w.variables("array", dims=1) if v.shape[0] >= count]
    with w.block(f"for {t} in range({text}):", loop=True):
        w.scope.append(Variable(t, "int", low=0, high=count))
        array = w.choose(arrays)
        form, smallest = w.choose(
            (
                ("{0}[{1}:]", array.shape[0] - count + 1),
                ("{0}[:{1} + 1]", 1),
                ("{0}[{1}:] * 2.0", 1),
                ("np.ones({1} + 1)", 1),
            )
        )
        variable = ragged(w, "z", (smallest,))
        w.line(f"{variable.name} = {form.format(array.name, t)}")
        use(w, variable)


@statement("size changes in every trip", level=2, weight=1.0)
def resized(w: Writer) -> None:
    enter(w)
    text, size = vector(w, w.random.randint(3, 5))
    variable = ragged(w, "z", (1,))
    w.line(f"{variable.name} = {text}")
    count = w.random.randint(1, min(3, size - 1))
    form = w.choose(("{z}[1:]", "{z}[:-1]", "{z}[1:] * {s}", "np.concatenate(({z}, {z}[:1] * {s}))", "{z}[:-1] + {s}"))
    with w.block(f"for {w.fresh('t')} in range({count}):", loop=True):
        if w.chance(0.4):
            store_some(w, variable)
        w.line(f"{variable.name} = " + form.format(z=variable.name, s=w.number(1)))
        use(w, variable)


# -- used later


@statement("store into an array of several sizes", level=2, weight=1.5)
def store_later(w: Writer) -> None:
    store_some(w, w.choose(w.variables("ragged")))


@number("array of several sizes read", level=2, weight=1.5)
def read_later(w: Writer, depth: int) -> str:
    return reading(w, w.choose(w.variables("ragged")))


@operand("part of an array of several sizes", level=2, weight=1.5)
def part_of(w: Writer, shape: Shape, depth: int) -> str:
    fitting = [v for v in w.variables("ragged") if len(v.shape) == len(shape)]
    found = w.choose([v for v in fitting if all(n >= k for n, k in zip(v.shape, shape, strict=True))])
    if len(shape) == 1:
        return w.choose((f"{found.name}[:{shape[0]}]", f"{found.name}[{-shape[0]}:]"))
    return f"{found.name}[:{shape[0]}, {-shape[1]}:]"
