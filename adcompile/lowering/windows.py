"""Windows: array names that may mean different views of one array.

    a, b = y[:h], y[h:]                    a is y from 0, b is y from h
    for t in range(T):                     for t, carrying the offsets p = 0, q = h:
        a[...] = f(b)                          y[p + i] = f(y[q + i])
        a, b = b, a                            yield q, p

A name is carried and joined as the ints that tell one view from another: the index of an axis that all of them fix,
the first index and the step of an axis that they run through. What is the same constant for all is not carried. The
views must fix the same axes and run through the others in the same order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from adcompile.errors import InternalError, UnsupportedError
from adcompile.ir.nodes import Apply, Const, Operand, Value, integer
from adcompile.lowering.arrays import Memory, Node, View
from adcompile.lowering.maps import Axis, Fixed, Map
from adcompile.ops import array

if TYPE_CHECKING:
    from adcompile.lowering.lower import Lowering


@dataclass(frozen=True, slots=True)
class Run:
    """An axis of the root through which axis `axis` of the views runs; first index and step if the same for all."""

    axis: int
    first: int | None = 0
    step: int | None = 1


Template = tuple[Run | None, ...]
"""For every axis of the root: a run, or None where the views fix the index."""


def identity(rank: int) -> Template:
    """The root itself."""
    return tuple(Run(axis) for axis in range(rank))


def through(base: Template, stmt: Apply) -> Template:
    """The template of a view of a view: `stmt` is an `index` or a `transpose`."""
    runs = _index_runs(stmt) if stmt.primitive is array.index else _transpose_runs(stmt)
    return tuple(None if entry is None else _composed(entry, runs[entry.axis]) for entry in base)


def _composed(outer: Run, inner: Run | None) -> Run | None:
    if inner is None:
        return None
    known = None not in (outer.first, outer.step, inner.first)
    first = outer.first + outer.step * inner.first if known else None  # type: ignore[operator]
    step = outer.step * inner.step if outer.step is not None and inner.step is not None else None
    return Run(inner.axis, first, step)


def _index_runs(stmt: Apply) -> list[Run | None]:
    found: list[Run | None] = []
    given = iter(stmt.operands[1:])
    position = 0
    for item in stmt.attrs.items:
        if item == "int":
            next(given)
            found.append(None)
            continue
        if item == "slice":
            found.append(Run(position, _constant(next(given)), _constant(next(given))))
        position += 1
    return found


def _transpose_runs(stmt: Apply) -> list[Run | None]:
    perm = stmt.attrs.perm
    return [Run(perm.index(axis)) for axis in range(len(perm))]


def _constant(operand: Operand) -> int | None:
    return int(operand.value) if isinstance(operand, Const) else None


def merged(one: Template, other: Template) -> Template | None:
    """The template of both kinds of view, or None if there is none."""
    found: list[Run | None] = []
    for p, q in zip(one, other, strict=True):
        if p is None or q is None:
            if p is not q:
                return None
            found.append(None)
            continue
        if p.axis != q.axis:
            return None
        first = p.first if p.first == q.first else None
        found.append(Run(p.axis, first, p.step if p.step == q.step else None))
    return tuple(found)


@dataclass(eq=False)
class Windows:
    """The names of one class, and the array they are views of."""

    members: tuple[Value, ...]
    root: Value
    template: Template

    def hints(self, _: Value) -> list[str]:
        """A name for each int that is carried."""
        found: list[str] = []
        for entry in self.template:
            if entry is None:
                found.append("at")
            else:
                found += ["first"] * (entry.first is None) + ["step"] * (entry.step is None)
        return found

    def carried(self, state: Lowering, value: Value) -> tuple[Operand, ...]:
        """The ints that a view is carried as. Raises UnsupportedError if the root has no memory of its own."""
        if isinstance(state.node(self.root), View):
            raise UnsupportedError(
                "a name means views of a reshaped array here, which is one of several arrays for another name",
                self.root.loc,
                "Use a copy (`.copy()`) of the reshaped array here, or of the array for the other name.",
            )
        found: list[Operand] = []
        for entry, mapping in zip(self.template, _maps(state.node(value)), strict=True):
            if entry is None and isinstance(mapping, Fixed):
                found.append(mapping.index)
            elif entry is not None and isinstance(mapping, Axis) and mapping.axis == entry.axis:
                found += [mapping.offset] * (entry.first is None) + [mapping.step] * (entry.step is None)
            else:
                raise InternalError("a view does not fit its window", "lower")
        return tuple(found)

    def enter(self, state: Lowering, value: Value, ints: tuple[Operand, ...]) -> None:
        """The name means the view that the ints tell."""
        root, given, dims = self.memory(state), iter(ints), state.dims(value)
        if self.template == identity(len(root.dims)) and dims == root.dims:
            state.nodes[value] = root
            return
        maps: list[Map] = []
        for entry in self.template:
            if entry is None:
                maps.append(Fixed(next(given)))
            else:
                first = next(given) if entry.first is None else integer(entry.first)
                maps.append(Axis(entry.axis, first, next(given) if entry.step is None else integer(entry.step)))
        state.nodes[value] = View(dims, root.dtype, base=root, maps=tuple(maps))

    def birth(self, state: Lowering, value: Value, node: Node | None) -> None:
        """The name means the view that the function made, or nothing (None). The root becomes memory."""
        if node is None:
            self.enter(state, value, tuple(integer(0) for _ in self.hints(value)))
        else:
            state.nodes[value] = node
            if value is self.root and not isinstance(node, Memory):
                state.make(value)

    def memory(self, state: Lowering) -> Memory:
        """The root."""
        root = state.memory(self.root)
        assert isinstance(root, Memory)
        return root


def _maps(node: Node) -> tuple[Map, ...]:
    if isinstance(node, Memory):
        return tuple(Axis(k) for k in range(len(node.dims)))
    assert isinstance(node, View)
    return node.maps
