"""Arrays with three axes: reduced, broadcast, transposed, multiplied, and stored into.

They are of a kind of their own ("tensor"); the other features see what is taken out of them.
"""

from __future__ import annotations

from tests.fuzz.features import Shape, array, number, operand, statement
from tests.fuzz.loops import enter
from tests.fuzz.writer import NotApplicable, Variable, Writer

LEVEL = 3


def chosen(w: Writer) -> Variable:
    """An array with three axes, made here if there is none."""
    found = w.variables("tensor")
    return w.choose(found) if found else new_tensor(w)


def new_tensor(w: Writer) -> Variable:
    """A new one: zeros, an outer product, or computed from another."""
    matrix = w.choose(w.variables("array", dims=2))
    rows, columns = matrix.shape
    count = w.random.randint(2, 3)
    forms: list[tuple[str, Shape]] = [
        (f"np.zeros(({count}, {rows}, {columns}))", (count, rows, columns)),
        (f"{matrix.name}[:, None, :] * {w.operand((count,))}[None, :, None]", (rows, count, columns)),
        (f"np.stack(({matrix.name}, {matrix.name} * 2.0))", (2, rows, columns)),
        (f"{matrix.name} + np.zeros(({count}, 1, {columns}))", (count, rows, columns)),
        (f"np.ones(({rows}, {count}, {columns}), order='F')", (rows, count, columns)),
    ]
    text, shape = w.choose(forms)
    name = w.fresh(w.choose("TUV"))
    w.line(f"{name} = {text}")
    variable = Variable(name, "tensor", shape, local=True)
    w.scope.append(variable)
    return variable


def part_of(w: Writer, tensor: Variable) -> tuple[str, Shape]:
    """A part as a target or a value, and its shape."""
    a, b, c = tensor.shape
    first, second, third = (w.slice(n, w.random.randint(1, n)) for n in tensor.shape)
    i, j, k = (w.index(n) for n in tensor.shape)
    options: list[tuple[str, Shape]] = [
        (f"[{i}]", (b, c)),
        (f"[:, {j}]", (a, c)),
        (f"[..., {k}]", (a, b)),
        (f"[{i}, :, {k}]", (b,)),
        (f"[{i}, {j}]", (c,)),
        (f"[:, {j}, {k}]", (a,)),
        (f"[{first}, {j}]", (_length(first, a), c)),
        (f"[{i}, {second}, {third}]", (_length(second, b), _length(third, c))),
    ]
    text, shape = w.choose(options)
    if -1 in shape:
        raise NotApplicable
    return f"{tensor.name}{text}", shape


def _length(text: str, size: int) -> int:
    try:
        return len(range(size)[slice(*(int(each) if each else None for each in text.split(":")))])
    except ValueError:  # a slice that moves with a loop
        return -1


@statement("array with three axes", level=LEVEL, weight=1.5)
def assign(w: Writer) -> None:
    new_tensor(w)


@statement("three axes, updated", level=LEVEL, weight=1.5)
def update(w: Writer) -> None:
    tensor = chosen(w)
    _, b, c = tensor.shape
    matrix, row, column = w.operand((b, c), 1), w.operand((c,)), w.operand((b,))
    forms = (
        f"{tensor.name} += {matrix}",
        f"{tensor.name} *= np.tanh({row})",
        f"{tensor.name} -= {column}[:, None]",
        f"{tensor.name} = np.sin({tensor.name}) + {w.number(1)}",
        f"{tensor.name} = {tensor.name} / (1.0 + {tensor.name} ** 2)",
        f"{tensor.name}[{tensor.name} > {w.number(0)}] *= 0.5",
    )
    w.line(w.choose(forms))


@statement("three axes, part stored", level=LEVEL, weight=2.0)
def store(w: Writer) -> None:
    tensor = chosen(w)
    target, shape = part_of(w, tensor)
    value = w.choose((w.operand(shape, 1), w.number(1)))
    w.line(f"{target} {w.choose(('=', '+=', '*='))} {value}")


@statement("three axes transposed, then stored into", level=LEVEL, weight=1.0)
def transposed(w: Writer) -> None:
    tensor = chosen(w)
    axes = w.choose(((2, 1, 0), (1, 0, 2), (0, 2, 1), (2, 0, 1)))
    forms = (f"{tensor.name}.transpose{axes}", f"np.transpose({tensor.name}, {axes})")
    view = Variable(w.fresh("P"), "tensor", tuple(tensor.shape[k] for k in axes), local=True)
    w.line(f"{view.name} = {w.choose(forms)}")
    w.scope.append(view)
    target, shape = part_of(w, view)
    w.line(f"{target} {w.choose(('=', '+='))} {w.operand(shape)}")


@statement("three axes filled in loops", level=LEVEL, weight=1.0)
def filled(w: Writer) -> None:
    enter(w)
    tensor = chosen(w)
    a, b, _ = tensor.shape
    i, j = w.fresh("i"), w.fresh("j")
    with w.block(f"for {i} in range({tensor.name}.shape[0]):", loop=True):
        w.scope.append(Variable(i, "int", low=0, high=a))
        with w.block(f"for {j} in range({b}):", loop=True):
            w.scope.append(Variable(j, "int", low=0, high=b))
            value = w.choose((w.operand(tensor.shape[2:], 1), w.number(1)))
            w.line(f"{tensor.name}[{i}, {j}] {w.choose(('=', '+=', '*='))} {value}")


@number("three axes to a scalar", level=LEVEL, weight=1.0)
def to_scalar(w: Writer, depth: int) -> str:
    tensor = chosen(w)
    forms = ("np.sum({0} * {0})", "{0}.mean()", "np.max({0})", "np.sum(np.tanh({0}))", "{0}[{1}]", "np.std({0})")
    return w.choose(forms).format(tensor.name, ", ".join(w.index(n) for n in tensor.shape))


@array("three axes reduced", level=LEVEL, weight=2.0)
def reduced(w: Writer, shape: Shape, depth: int) -> str:
    names = ("sum", "mean", "max", "min", "std", "prod")
    for tensor in w.variables("tensor"):
        for axes in ((0,), (1,), (2,), (0, 1), (0, 2), (1, 2)):
            left = tuple(n for k, n in enumerate(tensor.shape) if k not in axes)
            if left == shape and w.chance(0.7):
                axis = axes if len(axes) > 1 else w.choose((axes[0], axes[0] - 3))
                name = w.choose(names[:3] if len(axes) > 1 else names)
                return w.choose((f"np.{name}({tensor.name}, axis={axis})", f"{tensor.name}.{name}(axis={axis})"))
    raise NotApplicable


@array("three axes multiplied", level=LEVEL, weight=1.5)
def multiplied(w: Writer, shape: Shape, depth: int) -> str:
    tensor = chosen(w)
    a, b, c = tensor.shape
    forms: list[tuple[str, Shape]] = [
        (f"np.einsum('abc,c->ab', {tensor.name}, {w.operand((c,))})", (a, b)),
        (f"np.einsum('abc,ab->c', {tensor.name}, {w.operand((a, b))})", (c,)),
        (f"({tensor.name} @ {w.operand((c,))})", (a, b)),
        (f"np.tensordot({w.operand((a,))}, {tensor.name}, 1)", (b, c)),
        (f"np.einsum('abc,abc->b', {tensor.name}, {tensor.name})", (b,)),
        (f"np.matmul({tensor.name}, {w.operand((c, b))})[0]", (b, b)),
    ]
    return w.choose([text for text, found in forms if found == shape])


@operand("part of three axes", level=LEVEL, weight=2.0)
def part(w: Writer, shape: Shape, depth: int) -> str:
    found = [part_of(w, tensor) for tensor in w.variables("tensor") for _ in range(6)]
    return w.choose([text for text, its in found if its == shape])
