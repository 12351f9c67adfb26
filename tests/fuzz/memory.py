"""Memory under several names: aliases, stores through views, arguments overwritten, masks, rebinding, lists."""

from __future__ import annotations

from tests.fuzz.expressions import index_of
from tests.fuzz.features import Shape, statement
from tests.fuzz.loops import enter, trips
from tests.fuzz.statements import changeable, part
from tests.fuzz.writer import NotApplicable, Variable, Writer


def store_through(w: Writer, variable: Variable) -> None:
    """A store into an array or a view, in one of many forms."""
    name = variable.name
    target, shape = part(w, variable)
    s, x = w.number(1), w.operand(shape, 1)
    forms = ["{t} = {x}", "{t} += {x}", "{t} *= {s}", "{e} = {s}", "{e} += {s}", "{n} *= np.tanh({s})", "{n}[:] = {s}"]
    w.line(w.choose(forms).format(t=target, x=x, s=s, n=name, e=w.element(variable)))


@statement("alias, then store", level=2, weight=1.5)
def alias(w: Writer) -> None:
    base = w.stored()
    other = w.bind("z", "array", base.shape, local=True)
    w.line(f"{other.name} = {base.name}")
    for variable in (other, base):
        if w.chance(0.7):
            store_through(w, variable)


@statement("store through a view", level=2, weight=2.0)
def view_store(w: Writer) -> None:
    base = w.stored()
    text, shape = part(w, base)
    view = w.bind("w", "array", shape, local=True)
    w.line(f"{view.name} = {text}")
    store_through(w, view)
    if w.chance(0.5):
        store_through(w, base)
        store_through(w, view)


@statement("store through a transpose or reshape", level=2, weight=1.5)
def rearranged_store(w: Writer) -> None:
    base = w.stored(dims=2)
    rows, columns = base.shape
    options: list[tuple[str, Shape]] = [
        (f"{base.name}.T", (columns, rows)),
        (f"np.transpose({base.name})", (columns, rows)),
        (f"{base.name}.T[{w.index(columns)}]", (rows,)),
    ]
    if base.contiguous:
        options += [(f"{base.name}.reshape({size})", (rows * columns,)) for size in (rows * columns, -1)]
    text, shape = w.choose(options)
    view = w.bind("flat" if len(shape) == 1 else "T", "array", shape, local=True)
    w.line(f"{view.name} = {text}")
    store_through(w, view)
    if w.chance(0.4):
        store_through(w, base)


@statement("store through a view of a view", level=2, weight=1.0)
def nested_view_store(w: Writer) -> None:
    base = w.stored()
    first_text, first_shape = part(w, base)
    first = w.bind("w", "array", first_shape, local=True)
    w.line(f"{first.name} = {first_text}")
    second_text, second_shape = part(w, first)
    second = w.bind("v", "array", second_shape, local=True)
    w.line(f"{second.name} = {second_text}")
    store_through(w, second)


@statement("argument overwritten", level=2, weight=2.0)
def overwrite_argument(w: Writer) -> None:
    store_through(w, w.choose([v for v in w.variables("array") if v.argument]))


@statement("swap of elements or rows", level=2, weight=1.0)
def swap_elements(w: Writer) -> None:
    variable = w.stored()
    left, right = w.element(variable), w.element(variable)
    if len(variable.shape) == 2 and w.chance(0.3):
        i, j = w.index(variable.shape[0]), w.index(variable.shape[0])
        w.line(f"{variable.name}[{i}], {variable.name}[{j}] = {variable.name}[{j}].copy(), {variable.name}[{i}].copy()")
    else:
        w.line(f"{left}, {right} = {right}, {w.choose((left, left + ' + ' + w.number(0)))}")


@statement("chained assignment", level=2, weight=1.0)
def chained(w: Writer) -> None:
    if w.chance(0.5):
        first, target = changeable(w), w.stored()
        w.line(f"{first.name} = {w.element(target)} = {w.number()}")
    else:
        shape = w.choose(w.shapes(1))
        text = w.array(shape)
        first, second = w.bind("p", "array", shape, local=True), w.bind("q", "array", shape, local=True)
        w.line(f"{first.name} = {second.name} = {text}")
        store_through(w, first)


@statement("mask store", level=2, weight=1.5)
def mask_store(w: Writer) -> None:
    variable = w.stored()
    name = variable.name
    test = w.choose(
        (f"{name} > {w.number(1)}", f"{w.operand(variable.shape)} < {w.number(1)}", f"np.abs({name}) > 0.5")
    )
    forms = ("{n}[{m}] = {s}", "{n}[{m}] *= {s}", "{n}[{m}] += {s}", "{n}[{m}] = 0.0")
    if w.chance(0.3):
        mask = w.fresh("mask")
        w.line(f"{mask} = {test}")
        test = mask
    w.line(w.choose(forms).format(n=name, m=test, s=w.number(1)))


@statement("integer-array store", level=2, weight=1.5)
def index_store(w: Writer) -> None:
    variable = w.stored()
    count, (size, *tail) = w.choose(w.variables("index", dims=1)).shape[0], variable.shape
    index = index_of(w, count, size)
    value = w.choose((w.operand((count, *tail), 1), w.number(1)))
    w.line(f"{variable.name}[{index}] {w.choose(('=', '=', '+=', '*=', '-='))} {value}")


# -- names bound again


@statement("array rebound", level=2, weight=1.5)
def rebind(w: Writer) -> None:
    variable = w.stored()
    x = w.operand(variable.shape, 1)
    forms = ("{n} = {n} + {x}", "{n} = np.tanh({n} * {x})", "{n} = {n} * 0.5", "{n} = {x} - {n}", "{n} = {n}.copy()")
    w.line(w.choose(forms).format(n=variable.name, x=x))


@statement("array rebound in a loop", level=2, weight=1.5)
def rebind_in_loop(w: Writer) -> None:
    enter(w)
    variable = w.stored()
    text, count = trips(w)
    t = w.fresh("t")
    if w.chance(0.4):
        other = w.bind("z", "array", variable.shape, local=True)
        w.line(f"{other.name} = {variable.name}")
    with w.block(f"for {t} in range({text}):", loop=True):
        w.scope.append(Variable(t, "int", low=0, high=count))
        if w.chance(0.5):
            store_through(w, variable)
        x = w.operand(variable.shape, 1)
        w.line(w.choose(("{n} = {n} + {x}", "{n} = np.sin({n}) * {x}", "{n} = 0.7 * {n}")).format(n=variable.name, x=x))
        if w.chance(0.4):
            store_through(w, variable)


@statement("arrays swapped in a loop", level=2, weight=1.5)
def swap_arrays(w: Writer) -> None:
    enter(w)
    first = w.stored()
    others = [v for v in w.variables("array", first.shape) if v.name != first.name]
    second = w.choose(others) if others else w.make_array(first.shape)
    text, count = trips(w)
    t = w.fresh("t")
    with w.block(f"for {t} in range({text}):", loop=True):
        w.scope.append(Variable(t, "int", low=0, high=count))
        store_through(w, w.choose((first, second)))
        if w.chance(0.5):
            w.body(1)
        w.line(f"{first.name}, {second.name} = {second.name}, {first.name}")
        if w.chance(0.3):
            store_through(w, first)


@statement("array chosen by a condition", level=2, weight=1.0)
def chosen_array(w: Writer) -> None:
    shape = w.choose(w.shapes(1))
    first, second = w.choose(w.variables("array", shape)), w.choose(w.variables("array", shape))
    fresh = w.array(shape, 1)
    test = w.condition()
    z = w.bind("z", "array", shape, local=True)
    w.line(f"{z.name} = {first.name} if {test} else {w.choose((second.name, fresh))}")
    if w.chance(0.5):
        store_through(w, z)


@statement("array rebound in a branch", level=2, weight=1.0)
def rebind_in_branch(w: Writer) -> None:
    if w.depth > 2:
        raise NotApplicable
    variable = w.stored()
    with w.block(f"if {w.condition()}:"):
        same = [v.name for v in w.variables("array", variable.shape) if v.name != variable.name]
        value = w.choose([w.array(variable.shape), *same[:1]])
        w.line(f"{variable.name} = {value}")
        if w.chance(0.4):
            store_through(w, variable)
    if w.chance(0.5):
        store_through(w, variable)


# -- lists, walrus, assert


@statement("list appended to", level=2, weight=1.5)
def list_append(w: Writer) -> None:
    enter(w)
    text, count = trips(w)
    values = w.fresh("values")
    w.line(f"{values} = []")
    i = w.fresh("i")
    with w.block(f"for {i} in range({text}):", loop=True):
        w.scope.append(Variable(i, "int", low=0, high=count))
        if w.chance(0.3):
            w.body(1)
        w.line(f"{values}.append({w.number()})")
    length = count
    if length > 1 and w.chance(0.4):
        w.line(w.choose((f"{changeable(w).name} += {values}.pop()", f"{values}.pop()")))
        length -= 1
    w.scope.append(Variable(values, "list", low=length))
    if w.chance(0.5):
        name, v = changeable(w).name, w.fresh("v")
        w.line(f"for {v} in {values}:")
        w.line(f"    {name} = math.sin({name}) + {v} * {v}")
    else:
        w.line(f"{changeable(w).name} += {values}[{w.index(length)}]")


@statement("list comprehension", level=2, weight=1.0)
def comprehension(w: Writer) -> None:
    array = w.choose(w.variables("array", dims=1))
    v, name = w.fresh("e"), changeable(w).name
    forms = (
        "{s} += sum([math.sin({v}) * {v} for {v} in {x}])",
        "{s} -= sum([{x}[{v}] * {x}[-1 - {v}] for {v} in range({n})])",
        "{s} += [{v} * {v} for {v} in {x}][{i}]",
        "{s} += np.sum(np.array([{v} * {k} for {v} in {x}]))",
    )
    size = array.shape[0]
    text = w.choose(forms).format(s=name, v=v, x=array.name, n=size, i=w.index(size), k=w.number(0))
    w.line(text)


@statement("walrus read later", level=2, weight=1.0)
def walrus_statement(w: Writer) -> None:
    if w.depth > 2:
        raise NotApplicable
    t = w.fresh("t")
    with w.block(f"if ({t} := {w.number()}) > {w.choose(('0.0', '0.5', '-0.3'))}:"):
        w.scope.append(Variable(t, "float"))
        w.body(2)
    w.scope.append(Variable(t, "float"))


@statement("assert", level=2, weight=0.8)
def assertion(w: Writer) -> None:
    s = w.choose(w.variables("float")).name
    w.line(w.choose((f'assert {s} == {s}, f"{{{s}}} is not a number"', f"assert abs({s}) < 1e30")))


@statement("float of an element", level=2, weight=0.8)
def conversion(w: Writer) -> None:
    text = w.element(w.choose(w.variables("array")))
    w.line(f"{w.bind('s', 'float').name} = float({text})")
