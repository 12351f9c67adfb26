"""Products and linear systems, inside loops too; lists where NumPy takes arrays."""

from __future__ import annotations

from tests.fuzz.features import Shape, array, number, statement
from tests.fuzz.loops import enter, trips
from tests.fuzz.statements import changeable
from tests.fuzz.writer import Variable, Writer

LEVEL = 3


@array("einsum", level=LEVEL, weight=1.5)
def einsum(w: Writer, shape: Shape, depth: int) -> str:
    n = w.random.randint(2, 4)
    if len(shape) == 2:
        a, b = shape
        forms = [
            f"np.einsum('ik,kj->ij', {w.operand((a, n))}, {w.operand((n, b))})",
            f"np.einsum('ij,ij->ij', {w.operand(shape)}, {w.operand(shape)})",
            f"np.einsum('i,j->ij', {w.operand((a,))}, {w.operand((b,))})",
            f"np.einsum('ji->ij', {w.operand((b, a))})",
            f"np.einsum('ik,jk,k->ij', {w.operand((a, n))}, {w.operand((b, n))}, {w.operand((n,))})",
        ]
    else:
        (a,) = shape
        forms = [
            f"np.einsum('ij,j->i', {w.operand((a, n))}, {w.operand((n,))})",
            f"np.einsum('ij->i', {w.operand((a, n))})",
            f"np.einsum('i,i->i', {w.operand(shape)}, {w.operand(shape)})",
            f"np.einsum('ij,ij->j', {w.operand((n, a))}, {w.operand((n, a))})",
        ]
    return f"np.tanh({w.choose(forms)})"


@array("linear system", level=LEVEL, weight=1.0, dims=(1, 2))
def solve(w: Writer, shape: Shape, depth: int) -> str:
    n = shape[0]
    matrix = f"({w.operand((n, n))} + 6.0 * np.eye({n}))"
    right = w.operand(shape, depth)
    return w.choose((f"np.linalg.solve({matrix}, {right})", f"np.linalg.inv({matrix}) @ {right}"))


@number("scalar of a matrix", level=LEVEL, weight=0.8)
def of_matrix(w: Writer, depth: int) -> str:
    n = w.random.randint(2, 3)
    x = w.operand((n, n), depth)
    forms = ("np.trace({0})", "np.linalg.det({0} + 3.0 * np.eye({1}))", "np.linalg.norm({0})", "np.einsum('ii', {0})")
    return w.choose(forms).format(x, n)


@statement("linear system in a loop", level=LEVEL, weight=0.8)
def solve_in_loop(w: Writer) -> None:
    enter(w)
    n = w.random.randint(2, 3)
    v, matrix = Variable(w.fresh("v"), "array", (n,), local=True), w.fresh("M")
    w.line(f"{v.name} = {w.array((n,), 1)}")
    w.line(f"{matrix} = {w.operand((n, n), 1)} + 5.0 * np.eye({n})")
    w.scope.append(v)
    text, count = trips(w)
    t = w.fresh("t")
    with w.block(f"for {t} in range({text}):", loop=True):
        w.scope.append(Variable(t, "int", low=0, high=count))
        forms = (
            f"{v.name} = np.linalg.solve({matrix}, {v.name} + {w.operand((n,))})",
            f"{v.name} = np.tanh({matrix} @ {v.name})",
            f"{matrix} = {matrix} + 0.1 * np.outer({v.name}, {v.name})",
            f"{matrix}[0] *= 1.1",
            f"{v.name} = np.einsum('ij,j->i', {matrix}, {v.name}) * 0.1",
        )
        for line in w.random.sample(forms, 2):
            w.line(line)


@array("function of a list", level=LEVEL, weight=1.2)
def of_list(w: Writer, shape: Shape, depth: int) -> str:
    if len(shape) == 2:
        rows = [f"[{', '.join(w.number(0) for _ in range(shape[1]))}]" for _ in range(shape[0])]
        text = f"[{', '.join(rows)}]"
        forms = [f"np.array({text})", f"np.tanh({text})", f"np.asarray({text}) * 2.0", f"np.transpose({text}).T"]
        forms.append(f"np.outer([{', '.join(w.number(0) for _ in range(shape[0]))}], {w.operand(shape[1:])})")
        return w.choose(forms)
    text = f"[{', '.join(w.number(depth if shape[0] < 4 else 0) for _ in range(shape[0]))}]"
    x = w.operand(shape)
    forms = ["np.sin({0})", "np.maximum({0}, {1})", "np.where({1} > 0.0, {0}, {1})", "np.multiply({0}, {1})"]
    forms += ["np.cumsum({0})", "np.ravel({0})", "np.add({1}, {0})", "{1} + {0}", "np.reshape({0}, {2})", "np.abs({0})"]
    return w.choose(forms).format(text, x, shape[0])


@number("number of a list", level=LEVEL, weight=0.8)
def list_to_scalar(w: Writer, depth: int) -> str:
    text = f"[{', '.join(w.number(0) for _ in range(3))}]"
    forms = ("np.sum({0})", "np.mean({0})", "np.max({0})", "np.dot({0}, {0})", "np.vdot({0}, {0})", "np.prod({0})")
    return w.choose((*forms, "np.linalg.norm({0})", "np.append({0}, 0.5)[-2]", "np.std({0})")).format(text)


@statement("sum of products in a loop", level=LEVEL, weight=0.8)
def products_in_loop(w: Writer) -> None:
    enter(w)
    matrix = w.choose(w.variables("array", dims=2))
    i, s = w.fresh("i"), changeable(w).name
    rows, columns = matrix.shape
    with w.block(f"for {i} in range({rows}):", loop=True):
        w.scope.append(Variable(i, "int", low=0, high=rows))
        vector = w.operand((columns,))
        forms = (
            f"{s} += {matrix.name}[{i}] @ {vector}",
            f"{s} += np.sum({matrix.name} @ {vector}) * 0.1",
            f"{s} += np.einsum('j,j', {matrix.name}[{i}], {vector})",
            f"{s} += np.sum(np.tanh(np.outer({matrix.name}[{i}], {vector})))",
            f"{s} = 0.5 * {s} + np.max({matrix.name}.T @ {w.operand((rows,))})",
        )
        w.line(w.choose(forms))
