"""The derivative table as expressions: the rule of each scalar operation (`ops.scalar` has them), traced once."""

from __future__ import annotations

from dataclasses import dataclass

from adcompile.ir.primitive import Primitive
from adcompile.ops import library
from adcompile.ops.expression import Expr
from adcompile.ops.scalar import SCALARS


@dataclass(frozen=True, slots=True)
class Rule:
    """One cotangent expression per operand; `singular`: a partial derivative can be infinite."""

    cotangents: tuple[Expr | None, ...]
    singular: bool = False


def _traced(primitive: Primitive) -> Rule:
    assert primitive.rule is not None
    leaves = [Expr(name=f"x{k}") for k in range(primitive.arity)]
    traced = primitive.rule(Expr(name="g"), Expr(name="z"), *leaves)
    cotangents = traced if isinstance(traced, tuple) else (traced,)
    assert len(cotangents) == primitive.arity, primitive
    return Rule(cotangents, primitive.singular)


RULES: dict[Primitive, Rule] = {p: _traced(p) for p in SCALARS.values() if p.rule is not None}
# Operations whose derivative is zero wherever it exists.
NONDIFFERENTIABLE: frozenset[Primitive] = frozenset((*(p for p in SCALARS.values() if p.flat), library.argsort))
