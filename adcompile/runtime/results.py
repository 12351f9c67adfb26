"""What a call returns, as a tree of positions in the flat tuple that the kernel returns.

kernel returns   (value, aux_0, aux_1, x_bar, w_bar)
grad             Picked(3)                          argnums=0
value_and_grad   Node("tuple", (Picked(0), Node("tuple", (Picked(4), Picked(3)))))        argnums=("w", "x")
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from adcompile.build import Build
from adcompile.errors import InternalError
from adcompile.frontend.structure import Fixed, Leaf, Node, Structure, leaves
from adcompile.ir.types import Type, is_float
from adcompile.runtime.trees import cast, gradient_structure, make


@dataclass(frozen=True, slots=True)
class Picked:
    """Result number `index` of the kernel, of this type."""

    index: int
    type: Type


@dataclass(frozen=True, slots=True)
class Group:
    """A container like `node` around other parts."""

    node: Node
    parts: tuple[Result, ...]


Result = Picked | Fixed | Group


def returned(
    build: Build, arguments: Mapping[str, Structure], *, wrt: Sequence[str], bare: bool, with_value: bool
) -> Result:
    """The result of `grad` or, `with_value`, of `value_and_grad`. A `bare` gradient is not in a tuple."""
    value, aux = primal_results(build)
    gradient = gradient_result(build, arguments, wrt=wrt, bare=bare)
    if with_value:
        return group(value if aux is None else group(value, aux), gradient)
    return gradient if aux is None else group(gradient, aux)


def gradient_result(build: Build, arguments: Mapping[str, Structure], *, wrt: Sequence[str], bare: bool) -> Result:
    """The gradient with respect to the parameters `wrt`."""
    found = gradients(build, arguments)
    chosen = [found[name] for name in wrt]
    return chosen[0] if bare else group(*chosen)


def primal_results(build: Build) -> tuple[Result, Result | None]:
    """The value and the auxiliary result: what the kernel returns first."""
    numbers = iter(range(_count(build.result) + _count(build.aux)))
    value = _pick(build.result, numbers)
    return value, None if build.aux is None else _pick(build.aux, numbers)


def gradients(build: Build, arguments: Mapping[str, Structure]) -> dict[str, Result]:
    """The gradient with respect to each parameter; None for leaves that have none."""
    first = _count(build.result) + _count(build.aux)
    place = {position: first + k for k, position in enumerate(build.gradients)}
    found: dict[str, Result] = {}
    position = 0
    for name, structure in arguments.items():
        mine = range(position, position + _count(structure))
        position += len(mine)
        shape = gradient_structure(structure, [each in place for each in mine])
        found[name] = _pick(shape, iter([place[each] for each in mine if each in place]))
    return found


def require_gradients(build: Build, arguments: Mapping[str, Structure], wrt: Sequence[str]) -> None:
    """Raise InternalError unless the program gives a gradient for every float leaf asked for."""
    position = 0
    for name, structure in arguments.items():
        for leaf in leaves(structure):
            if name in wrt and is_float(leaf.type) and position not in build.gradients:
                raise InternalError(f"the program gives no gradient for `{name}`", "pipeline")
            position += 1


def put_together(result: Result, results: Sequence[object]) -> object:
    """What `result` describes, filled from the kernel's results."""
    match result:
        case Picked(index=index, type=type_):
            return cast(results[index], type_)
        case Fixed(value=value):
            return value
        case Group(node=node, parts=parts):
            return make(node, [put_together(part, results) for part in parts])


def group(*parts: Result) -> Group:
    """A tuple of results."""
    return Group(Node("tuple", (), ()), parts)


def _pick(structure: Structure, numbers: Iterator[int]) -> Result:
    match structure:
        case Leaf(type=type_):
            return Picked(next(numbers), type_)
        case Fixed():
            return structure
        case Node(children=children):
            return Group(structure, tuple(_pick(child, numbers) for child in children))


def _count(structure: Structure | None) -> int:
    return 0 if structure is None else sum(1 for _ in leaves(structure))
