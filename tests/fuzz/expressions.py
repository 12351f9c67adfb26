"""Forms of expressions: floats, conditions, new arrays of a wanted shape, and parts of arrays that are read.

Every value stays of moderate size: denominators are at least one, roots and logarithms are of what is positive.
"""

from __future__ import annotations

from tests.fuzz.features import Shape, array, condition, number, operand
from tests.fuzz.writer import NotApplicable, Variable, Writer

# -- floats


@number("scalar", weight=4.0)
def scalar(w: Writer, depth: int) -> str:
    return w.simple_number()


@number("arithmetic", weight=4.0)
def arithmetic(w: Writer, depth: int) -> str:
    left, right = w.number(depth), w.number(depth)
    forms = ("({} + {})", "({} - {})", "{} * {}", "{} * {}", "{} / (1.0 + ({}) ** 2)", "(0.5 * {} - {})")
    return w.choose(forms).format(left, right)


@number("math function", weight=2.0)
def math_function(w: Writer, depth: int) -> str:
    x = w.number(depth)
    form = w.choose(("sin({})", "cos({})", "tanh({})", "atan({})", "sqrt(1.0 + ({}) ** 2)", "exp(-(({}) ** 2))"))
    return "math." + form.format(x)


@number("np function of a scalar", weight=1.0)
def np_function(w: Writer, depth: int) -> str:
    x = w.number(depth)
    form = w.choose(("sin({})", "tanh({})", "log1p(({}) ** 2)", "abs({})", "maximum({}, 0.1)", "sqrt(({}) ** 2 + 0.5)"))
    return "np." + form.format(x)


@number("sum to a scalar", weight=2.0)
def full_sum(w: Writer, depth: int) -> str:
    x = w.operand(w.choose(w.shapes(w.choose((1, 1, 2)))), depth)
    return w.choose(("np.sum({})", "{}.sum()", "0.3 * np.mean({})")).format(x)


@number("largest element", weight=1.0)
def extreme(w: Writer, depth: int) -> str:
    x = w.operand(w.choose(w.shapes(w.choose((1, 2)))), depth)
    return w.choose(("np.max({})", "{}.min()", "np.min({})")).format(x)


@number("inner product", weight=1.0)
def inner(w: Writer, depth: int) -> str:
    shape = w.choose(w.shapes(1))
    x, y = w.operand(shape, depth), w.operand(shape, depth)
    return w.choose(("np.dot({}, {})", "({} @ {})")).format(x, y)


@number("conditional expression", weight=1.0)
def conditional(w: Writer, depth: int) -> str:
    return f"({w.number(min(depth, 1))} if {w.condition(0)} else {w.number(0)})"


@number("int in a float", weight=1.0)
def from_int(w: Writer, depth: int) -> str:
    chosen = w.choose(w.variables("int"))
    name, x = chosen.name, w.number(depth)
    forms = ["{1} * {0}", "{1} / (1 + {0} * {0})", "({1} + 0.1 * {0})", "{1} * ({0} % 3)", "{1} * ({0} // 2)"]
    return w.choose(forms).format(name, x)


@number("min or max of scalars", weight=0.7)
def builtin_extreme(w: Writer, depth: int) -> str:
    return f"{w.choose(('min', 'max', 'np.minimum', 'np.maximum'))}({w.number(depth)}, {w.number(depth)})"


@number("element of a list", level=2, weight=1.5)
def list_element(w: Writer, depth: int) -> str:
    chosen = w.choose([v for v in w.variables("list") if v.low > 0])
    return f"{chosen.name}[{w.index(chosen.low)}]"


# -- conditions


@condition("comparison", weight=4.0)
def comparison(w: Writer, depth: int) -> str:
    nested = 1 if depth >= 0 else 0
    return f"{w.number(nested)} {w.choose(('<', '>', '<=', '>='))} {w.number(0)}"


@condition("parity of an int", weight=2.0)
def parity(w: Writer, depth: int) -> str:
    name = w.choose(w.variables("int")).name
    return w.choose(("{} % 2 == 0", "{} % 2", "{} > 1", "{} != 2", "{} % 3 == 1")).format(name)


@condition("chained comparison", weight=1.0)
def chain(w: Writer, depth: int) -> str:
    return f"{w.choose(('-0.5', '-1.0', '0.0'))} < {w.number(1 if depth >= 0 else 0)} < {w.choose(('0.7', '1.5'))}"


@condition("and, or, not", weight=1.5)
def logical(w: Writer, depth: int) -> str:
    if depth < 0:
        negated = w.choose(("not {}", "not ({})"))
        return negated.format(comparison(w, depth))
    left, right = w.condition(depth), w.condition(depth)
    return w.choose(("({} and {})", "({} or {})", "(not ({}) and {})")).format(left, right)


@condition("walrus", level=2, weight=0.5)
def walrus(w: Writer, depth: int) -> str:
    variable = w.fresh("t")
    return f"({variable} := {w.number(1 if depth >= 0 else 0)}) > 0.1 * {w.number(0)}"


# -- new arrays


@array("function of an array", weight=4.0)
def unary(w: Writer, shape: Shape, depth: int) -> str:
    x = w.operand(shape, depth)
    forms = ("np.sin({})", "np.tanh({})", "np.exp(-({} ** 2))", "np.abs({})", "(-{})", "np.sqrt(1.0 + {0} * {0})")
    return w.choose((*forms, "np.arctan({})", "{} ** 2", "np.log1p({0} * {0})")).format(x)


@array("arithmetic of arrays", weight=6.0)
def binary(w: Writer, shape: Shape, depth: int) -> str:
    x, y = w.operand(shape, depth), w.operand(shape, depth)
    forms = ("{} + {}", "{} - {}", "{} * {}", "{} / (1.0 + {} ** 2)", "np.maximum({}, {})", "0.5 * {} - {}")
    return w.choose(forms).format(x, y)


@array("scalar with array", weight=4.0)
def with_scalar(w: Writer, shape: Shape, depth: int) -> str:
    x, s = w.operand(shape, depth), w.number(depth)
    return w.choose(("{1} * {0}", "{0} + {1}", "{0} * {1}", "{1} - {0}", "{1} / (1.5 + {0} ** 2)")).format(x, s)


@array("copy", weight=1.0)
def copied(w: Writer, shape: Shape, depth: int) -> str:
    x = w.operand(shape)
    return w.choose(("{} * 1.0", "{}.copy()", "np.array({})", "+{}", "{} + 0.0")).format(x)


@array("broadcasting", weight=2.0, dims=(2,))
def broadcasting(w: Writer, shape: Shape, depth: int) -> str:
    rows, columns = shape
    column = w.operand((rows,), depth)
    row, matrix = w.operand((columns,), depth), w.operand(shape, depth)
    forms = ("{m} * {r}", "{m} + {c}[:, None]", "{c}[:, None] * {r}", "np.outer({c}, {r})", "{r} - {c}.reshape(-1, 1)")
    return w.choose(forms).format(m=matrix, r=row, c=column)


@array("where", weight=2.0)
def where(w: Writer, shape: Shape, depth: int) -> str:
    x, y, z = (w.operand(shape, depth - 1) for _ in range(3))
    test = w.choose((f"{x} > {y}", f"{x} < {w.constant()}", f"{x} * {y} >= 0.1"))
    return f"np.where({test}, {y}, {w.choose((z, w.number(0), '0.0'))})"


@array("gather", weight=2.0, dims=(1, 2))
def gather(w: Writer, shape: Shape, depth: int) -> str:
    base = w.choose([v for v in w.variables("array", dims=len(shape)) if v.shape[1:] == shape[1:]])
    return f"{base.name}[{index_of(w, shape[0], base.shape[0])}]"


@array("gather in columns", weight=1.0, dims=(1,))
def gather_columns(w: Writer, shape: Shape, depth: int) -> str:
    base = w.choose(w.variables("array", dims=2))
    return f"{base.name}[{w.index(base.shape[0])}, {index_of(w, shape[0], base.shape[1])}]"


def index_of(w: Writer, count: int, size: int) -> str:
    """An index array with `count` elements for an axis of `size`: a name, or at level 2 an array written out."""
    found = [v.name for v in w.variables("index", (count,)) if fits(v, size)]
    if w.level > 1:
        found.append(f"np.array({[w.random.randrange(-size, size) for _ in range(count)]})")
    return w.choose(found)


@array("matmul", weight=3.0)
def matmul(w: Writer, shape: Shape, depth: int) -> str:
    inner = w.random.randint(2, 5)
    matrices = w.variables("array", dims=2)
    if matrices and w.chance(0.8):
        inner = w.choose([*w.choose(matrices).shape])
    if len(shape) == 2:
        left, right = _matrix(w, (shape[0], inner)), _matrix(w, (inner, shape[1]))
    elif w.chance(0.5):
        left, right = _matrix(w, (shape[0], inner)), w.operand((inner,))
    else:
        left, right = w.operand((inner,)), _matrix(w, (inner, shape[0]))
    text = w.choose(("({} @ {})", "np.dot({}, {})")).format(left, right)
    return f"np.tanh({text})" if w.chance(0.5) else f"0.3 * {text}"


def _matrix(w: Writer, shape: Shape) -> str:
    """A matrix in some layout: as it is, the transpose of another, or a computed one."""
    flipped = w.variables("array", shape[::-1])
    if flipped and w.chance(0.5):
        return f"{w.choose(flipped).name}.T"
    return w.operand(shape, w.choose((0, 0, 1)))


@array("reduction along an axis", weight=2.0, dims=(1,))
def reduction(w: Writer, shape: Shape, depth: int) -> str:
    others = [v.shape for v in w.variables("array", dims=2) if shape[0] in v.shape]
    full = w.choose(others) if others else (*shape, w.random.randint(2, 4))
    axis = 1 if full[0] == shape[0] else 0
    x = w.operand(full, depth)
    name = w.choose(("sum", "mean", "max", "min", "sum"))
    axis_text = w.choose((f"axis={axis}", f"axis={axis - 2}"))
    return w.choose((f"np.{name}({x}, {axis_text})", f"({x}).{name}({axis_text})"))


@array("keepdims", weight=1.5, dims=(2,))
def keepdims(w: Writer, shape: Shape, depth: int) -> str:
    x = w.operand(shape)
    name, axis = w.choose(("sum", "mean", "max")), w.choose((0, 1, -1))
    return w.choose(("{0} - {0}.{1}(axis={2}, keepdims=True)", "{0} * np.{1}({0}, axis={2}, keepdims=True)")).format(
        x, name, axis
    )


@array("creation", weight=1.5)
def creation(w: Writer, shape: Shape, depth: int) -> str:
    text = str(shape[0]) if len(shape) == 1 else str(shape)
    forms = [f"np.full({text}, {w.number(0)})", f"np.ones({text}) * {w.number(0)}", f"np.zeros({text})"]
    if len(shape) == 1:
        forms += [f"np.linspace({w.number(0)}, {w.constant()}, {text})", f"np.arange({text}) * {w.number(0)}"]
    elif shape[0] == shape[1]:
        forms += [f"np.eye({shape[0]}) * {w.number(0)}", f"np.diag({w.operand(shape[:1])})"]
    return w.choose(forms)


@array("concatenate or stack", weight=1.2)
def joined(w: Writer, shape: Shape, depth: int) -> str:
    if len(shape) == 2 and w.chance(0.4):
        rows = [w.operand(shape[1:]) for _ in range(shape[0])]
        return f"np.stack(({', '.join(rows)},))"
    if shape[0] < 2:
        raise NotApplicable
    cut = w.random.randint(1, shape[0] - 1)
    first, second = w.operand((cut, *shape[1:]), depth), w.operand((shape[0] - cut, *shape[1:]), depth)
    return f"np.concatenate(({first}, {second}))"


@array("clip or flip", weight=0.8)
def clipped(w: Writer, shape: Shape, depth: int) -> str:
    x = w.operand(shape, depth)
    return w.choose(("np.clip({}, -0.6, 0.9)", "np.flip({}) * 1.1", "({}).clip(-1.0, 0.4)")).format(x)


@array("ints in an array", weight=0.8, dims=(1,))
def from_index(w: Writer, shape: Shape, depth: int) -> str:
    names = [v.name for v in w.variables("index", shape)]
    index = w.choose([*names, f"np.arange({shape[0]})"])
    return f"{w.operand(shape, depth)} * {w.choose((index, f'({index} % 2)'))}"


# -- parts of arrays


def fits(index: Variable, size: int) -> bool:
    """Are the elements of an index array valid indices into this many elements?"""
    return -size <= index.low and index.high <= size


@operand("name", weight=6.0)
def name(w: Writer, shape: Shape, depth: int) -> str:
    return w.choose(w.variables("array", shape)).name


@operand("slice", weight=4.0)
def sliced(w: Writer, shape: Shape, depth: int) -> str:
    bases = w.variables("array", dims=len(shape))
    base = w.choose([v for v in bases if all(k <= n for k, n in zip(shape, v.shape, strict=True))])
    if len(shape) == 2 and base.shape[1] == shape[1] and w.chance(0.3):
        return f"{base.name}[{w.slice(base.shape[0], shape[0])}]"
    return f"{base.name}[{', '.join(w.slice(n, k) for n, k in zip(base.shape, shape, strict=True))}]"


@operand("row or column", weight=3.0)
def row_or_column(w: Writer, shape: Shape, depth: int) -> str:
    if len(shape) != 1:
        return sliced(w, shape, depth)
    base = w.choose([v for v in w.variables("array", dims=2) if shape[0] <= max(v.shape)])
    rows, columns = base.shape
    if columns >= shape[0] and (rows < shape[0] or w.chance(0.5)):
        part = w.slice(columns, shape[0])
        at = w.index(rows)
        return f"{base.name}[{at}]" if part == ":" and w.chance(0.7) else f"{base.name}[{at}, {part}]"
    return f"{base.name}[{w.slice(rows, shape[0])}, {w.index(columns)}]"


@operand("transpose or reshape", weight=2.0)
def rearranged(w: Writer, shape: Shape, depth: int) -> str:
    if len(shape) == 2:
        options = [f"{v.name}.T" for v in w.variables("array", shape[::-1])]
        options += [f"np.transpose({v.name})" for v in w.variables("array", shape[::-1])]
        options += [f"{v.name}.reshape({shape})" for v in w.variables("array") if _size(v) == shape[0] * shape[1]]
    else:
        options = [f"{v.name}.reshape(-1)" for v in w.variables("array", dims=2) if _size(v) == shape[0]]
        longer = [v for v in w.variables("array", dims=2) if _size(v) > shape[0]]
        options += [f"{v.name}.reshape({_size(v)})[{w.slice(_size(v), shape[0])}]" for v in longer]
    return w.choose(options)


@operand("computed", weight=1.0)
def computed(w: Writer, shape: Shape, depth: int) -> str:
    if w.chance(0.4):
        return f"np.full({shape if len(shape) > 1 else shape[0]}, {w.simple_number()})"
    return f"({w.simple_number()} + np.zeros({shape if len(shape) > 1 else shape[0]}))"


def _size(variable: Variable) -> int:
    size = 1
    for extent in variable.shape:
        size *= extent
    return size
