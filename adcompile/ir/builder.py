"""Building regions statement by statement.

    b = Builder()
    with b.into(Region()) as body:
        y = b.apply(ops.mul, x, x, type=FLOAT)

The builder appends to the innermost open region and stamps statements with the current location.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from adcompile.ir.attributes import NONE, Attributes
from adcompile.ir.loops import give_results, params_of
from adcompile.ir.nodes import UNNAMED, Apply, For, If, Name, Operand, Region, Role, Stmt, Value, While, name_of
from adcompile.ir.types import INT, Type, element
from adcompile.location import Location

if TYPE_CHECKING:
    from adcompile.ir.primitive import Primitive


class Builder:
    """Appends statements to the innermost open region."""

    def __init__(self, region: Region | None = None) -> None:
        self.stack: list[Region] = [region or Region()]
        self.loc: Location | None = None

    @property
    def region(self) -> Region:
        """The region that statements go to."""
        return self.stack[-1]

    @contextmanager
    def into(self, region: Region) -> Iterator[Region]:
        """Open a region; statements go there until the block ends."""
        self.stack.append(region)
        try:
            yield region
        finally:
            self.stack.pop()

    @contextmanager
    def at(self, loc: Location | None) -> Iterator[None]:
        """Stamp the statements of the block with a location."""
        outer, self.loc = self.loc, loc or self.loc
        try:
            yield
        finally:
            self.loc = outer

    def append(self, stmt: Stmt) -> None:
        """Append a finished statement."""
        self.region.body.append(stmt)

    def apply(
        self,
        primitive: Primitive,
        *operands: Operand,
        type: Type,
        hint: str = "",
        dims: tuple[Operand, ...] = (),
        role: Role = Role.PRIMAL,
        of: Value | None = None,
        attrs: Attributes = NONE,
        **fields: Any,
    ) -> Value:
        """Append a primitive with one result and return that. `fields` are those of its attributes that change."""
        result = Value(type, hint, dims, self.loc, role, of)
        self.append(Apply(primitive, operands, (result,), attrs.but(**fields) if fields else attrs, self.loc))
        return result

    def effect(self, primitive: Primitive, *operands: Operand, attrs: Attributes = NONE, **fields: Any) -> None:
        """Append a primitive without a result."""
        self.append(Apply(primitive, operands, (), attrs.but(**fields) if fields else attrs, self.loc))

    def if_(
        self, cond: Operand, then: Region, orelse: Region, hints: Sequence[str] = (), *, names: Sequence[Name] = ()
    ) -> tuple[Value, ...]:
        """Append an `If` over two finished regions. Its results are called as `hints` or `names` say."""
        names = names or [{"hint": hint, "role": Role.PRIMAL, "of": None} for hint in hints]
        results = tuple(
            Value(element(y.type) if not isinstance(y, Value) else y.type, loc=self.loc, **name)
            for y, name in zip(then.yields, names or [UNNAMED] * len(then.yields), strict=True)
        )
        self.append(If(cond, then, orelse, results, self.loc))
        return results

    def for_(
        self,
        bounds: tuple[Operand, Operand, Operand],
        inits: tuple[Operand, ...],
        body: Region,
        *,
        order_free: bool = False,
        sums: tuple[bool, ...] = (),
        exits: bool = False,
        backward: bool = False,
    ) -> tuple[Value, ...]:
        """Append a `For` over a finished body."""
        loop = For(*bounds, inits, body, (), self.loc, order_free, sums, exits, backward)
        results = [Value(p.type, loc=self.loc, **name_of(p)) for p in params_of(loop)]
        give_results(loop, results, Value(INT, loc=self.loc) if exits else None)
        self.append(loop)
        return loop.results

    def while_(self, inits: tuple[Operand, ...], test: Region, body: Region, trips: Value) -> tuple[Value, ...]:
        """Append a `While` over a finished test and body; `trips` becomes its first result."""
        loop = While(inits, test, body, (), self.loc)
        give_results(loop, [Value(p.type, p.hint) for p in params_of(loop)], trips)
        self.append(loop)
        return loop.results
