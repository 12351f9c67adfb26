"""Where lowered code goes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from adcompile.ir.builder import Builder
from adcompile.ir.nodes import Const, Operand, integer, is_const
from adcompile.ir.primitive import Primitive
from adcompile.ir.types import INT
from adcompile.ops import scalar as ops

Index = tuple[Operand, ...]


@dataclass(eq=False)
class Emitter:
    """Where code goes, and which elements of which nodes have been computed in the loops that are open."""

    builder: Builder
    computed: dict[tuple[object, Index], Operand] = field(default_factory=dict)

    def int_op(self, primitive: Primitive, x: Operand, y: Operand, **fields: Any) -> Operand:
        """Integer arithmetic with constants folded."""
        if isinstance(x, Const) and isinstance(y, Const):
            assert primitive.exact is not None
            return integer(primitive.exact(int(x.value), int(y.value)))
        if (primitive is ops.add and is_const(x, 0)) or (primitive is ops.mul and is_const(x, 1)):
            return y
        if (primitive in (ops.add, ops.sub) and is_const(y, 0)) or (primitive is ops.mul and is_const(y, 1)):
            return x
        return self.builder.apply(primitive, x, y, type=INT, **fields)
