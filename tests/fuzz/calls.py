"""Helper functions: of the module, nested, lambdas, with defaults, and those that write into what they are given."""

from __future__ import annotations

from tests.fuzz.features import number, statement
from tests.fuzz.loops import enter
from tests.fuzz.statements import changeable
from tests.fuzz.writer import NotApplicable, Writer

SCALAR_BODIES = (
    ("return math.sin(p) * scale + q",),
    ("if p > q:", "    return p * scale", "return q - 0.5 * p"),
    ("r = p * scale", "for k in range(3):", "    r = 0.5 * r + math.tanh(q + k)", "return r"),
    ("p = p + q", "q = p * q / (1.0 + p * p)", "return p - scale * q"),
    ("return (p if q > 0.2 else scale * q) * 0.7",),
)
LEAVING_BODIES = (
    ("for k in range(4):", "    p = math.sin(p) + q", "    if p > 0.4:", "        return p * scale", "return q * p"),
    ("n = 0", "while p * p < 1.5 and n < 5:", "    p = 1.2 * p + 0.3 * q", "    n += 1", "return scale * p + 0.1 * n"),
    ("for k in range(3):", "    if k == 1:", "        continue", "    p = math.tanh(p + q) * scale", "return p"),
)
ARRAY_BODIES = (
    ("return np.sin(v) * scale",),
    ("out = np.zeros(len(v))", "for k in range(len(v)):", "    out[k] = v[k] * scale + out[k - 1]", "return out"),
    ("out = v * 1.0", "out[1:] = out[:-1] * scale", "return out"),
    ("return v / (1.0 + np.sum(v * v)) + scale",),
)
WRITING_BODIES = (
    ("v[0] = v[-1] * scale",),
    ("for k in range(len(v)):", "    v[k] = math.sin(v[k]) + scale"),
    ("v *= 0.5", "v[1:] += v[:-1] * scale"),
    ("w = v[::-1]", "w[0] = scale", "w[1:] *= scale"),
    ("v[:] = np.tanh(v) * scale",),
    ("v += scale", "v = v * 2.0", "v[0] = 3.0"),
)


def define(w: Writer, stem: str, signature: str, body: tuple[str, ...]) -> str:
    """A function of the module; its name."""
    name = w.fresh(stem)
    w.preamble += [f"def {name}({signature}):", *(f"    {line}" for line in body), "", ""]
    return name


@number("call of a helper", weight=1.5)
def call_scalar(w: Writer, depth: int) -> str:
    return _call(w, depth, SCALAR_BODIES)


@number("call of a helper that leaves a loop", level=2, weight=0.5)
def call_leaving(w: Writer, depth: int) -> str:
    return _call(w, depth, LEAVING_BODIES)


def _call(w: Writer, depth: int, bodies: tuple[tuple[str, ...], ...]) -> str:
    name = define(w, "helper", "p, q=0.3, scale=1.5", w.choose(bodies))
    p, q = w.number(depth), w.number(0)
    return w.choose((f"{name}({p})", f"{name}({p}, {q})", f"{name}({p}, scale=0.7)", f"{name}({p}, scale=0.6, q={q})"))


@statement("array through a helper", weight=1.0)
def call_array(w: Writer) -> None:
    shape = w.choose(w.shapes(1))
    name = define(w, "transform", "v, scale=0.8", w.choose(ARRAY_BODIES))
    x, s = w.operand(shape), w.number(0)
    result = w.bind("z", "array", shape, local=True)
    w.line(f"{result.name} = {name}({x}{w.choose(('', f', {s}', f', scale={s}'))})")


@statement("closure", weight=1.0)
def closure(w: Writer) -> None:
    free = w.simple_number()
    name, result = w.fresh("inner"), w.fresh("s")
    captured = [v for v in w.variables("float") if not v.fixed]
    if captured and w.chance(0.7):
        free = w.choose(captured).name
    body = w.choose(("u * {0} + 0.2", "np.tanh(u + {0})", "u * u - {0} * u")).format(free)
    if w.chance(0.4):
        w.line(f"{name} = lambda u: {body}")
    else:
        with w.block(f"def {name}(u{w.choose(('', ', bias=0.1'))}):"):
            w.line(f"return {body}")
    if w.chance(0.3) and w.level > 1 and free.isidentifier():
        w.line(f"{free} = {w.number(1)}")
    w.line(f"{result} = {name}({w.number(1)}) + {name}({w.number(0)})")
    w.scope.append(type(changeable(w))(result, "float"))


@statement("tuple from a helper", weight=1.0)
def call_tuple(w: Writer) -> None:
    name = define(w, "both", "p, q", ("return p * q, math.sin(p) - q",))
    first, second = changeable(w), w.number(1)
    other = w.fresh("b")
    w.line(f"{first.name}, {other} = {name}({first.name}, {second})")
    w.scope.append(type(first)(other, "float"))


@statement("helper that writes into its argument", level=2, weight=1.5)
def call_writing(w: Writer) -> None:
    variable = w.stored(dims=1) if w.chance(0.7) else w.stored(dims=2)
    name = define(w, "change", "v, scale=0.6", w.choose(WRITING_BODIES))
    target = variable.name
    if len(variable.shape) == 2:
        if variable.shape[1] < 2:
            raise NotApplicable
        row = w.index(variable.shape[0])
        target = w.choose((f"{target}[{row}]", f"{target}[:, {w.index(variable.shape[1])}]"))
    w.line(f"{name}({target}{w.choose(('', f', {w.number(0)}'))})")


@statement("closure that writes", level=2, weight=1.0)
def writing_closure(w: Writer) -> None:
    variable = w.stored(dims=1)
    name = w.fresh("put")
    form = w.choose(("{y}[at] = by * {y}[at - 1]", "{y}[at] += np.sin(by)", "{y}[at:] *= by"))
    with w.block(f"def {name}(at, by):"):
        w.line(form.format(y=variable.name))
    for _ in range(w.random.randint(1, 2)):
        w.line(f"{name}({w.random.randrange(variable.shape[0])}, {w.number(1)})")


@statement("starred or keyword-only parameters", level=2, weight=0.8)
def starred(w: Writer) -> None:
    variable = changeable(w)
    x, y, z = w.number(1), w.number(0), w.number(0)
    if w.chance(0.5):
        name = define(w, "total", "*terms", ("r = 0.0", "for t in terms:", "    r = 0.5 * r + t * t", "return r"))
        w.line(f"{variable.name} += {name}({x}, {y}, {z})")
    else:
        name = define(w, "mix", "p, *, weight=0.3, other=1.0", ("return weight * p + (1.0 - weight) * other",))
        w.line(f"{variable.name} += {name}({x}, weight={y}, other={z})")


@statement("recursion of fixed depth", level=2, weight=0.7)
def recursion(w: Writer) -> None:
    name = w.fresh("nest")
    body = ("if depth == 0:", "    return math.sin(p)", f"return 0.6 * {name}(p * 1.1, depth - 1) + p")
    w.preamble += [f"def {name}(p, depth):", *(f"    {line}" for line in body), "", ""]
    w.line(f"{changeable(w).name} += {name}({w.number(1)}, {w.random.randint(0, 3)})")


@statement("function as an argument", level=2, weight=0.8)
def higher_order(w: Writer) -> None:
    enter(w)
    name = define(w, "twice", "g, p", ("return g(g(p) * 0.7)",))
    function = w.choose(("math.sin", "np.tanh", "lambda t: t * t / (1.0 + t * t)"))
    w.line(f"{changeable(w).name} += {name}({function}, {w.number(1)})")


@statement("tuples, dicts and lists of values", level=2, weight=1.0)
def containers(w: Writer) -> None:
    name = w.fresh("parts")
    x, y = w.number(1), w.operand(w.choose(w.shapes(1)))
    variable = changeable(w)
    forms = (
        ('{n} = {{"x": {x}, "y": {y}}}', '{s} += {n}["x"] * np.sum({n}["y"])'),
        ("{n} = ({x}, {y})", "{s} += {n}[0] * np.sum({n}[1])"),
        ("{n} = [{x}, 2.0, {s}]", "{s} = {n}[0] * {n}[-1] + len({n})"),
        ("{n} = [{x}, {x}]\n{n}[1] = {s} * {n}[0]", "{s} = {n}[1] - {n}[0]"),
    )
    first, second = w.choose(forms)
    for line in (*first.split("\n"), second):
        w.line(line.format(n=name, x=x, y=y, s=variable.name))
