"""Identities of scalar operations. Each is exact: for every input the result is the same number, or NaN for NaN.

fold         1 + 2               3          by the primitive's own `evaluate`
integer      (i + 1) - i         1          linear forms, see `linear`
unit         x * 1.0, x / 1.0    x          also x - 0.0 and x + -0.0; but x + 0.0 is not x for x = -0.0,
                                            except in sums of cotangents, where the sign of a zero means nothing
sign         x - (-a) * b        x + a * b  also (-a) * (-b), -(-x), x + -2.0, x * -1.0; but 0.0 - x is not -x;
                                            (-a) / b is -(a / b), as an adjoint may have a / b too
scale        2.0 * (0.1 * x)     0.2 * x    also x + x; where 0.1 * x is too small for its digits, 0.2 * x is nearer
power        x ** 2              x * x      also x ** 1, x ** 0 and x ** -1
choice       select(True, x, y)  x          also equal arms, and(True, x), not(i < j) for integers
same         i < i               False      for integers
truth        int(b) != 0         b          for a bool b
convert      float64(x)          x          where x is a float64
extent       dim(alloc(n, m))    n          also of alloc_like, reshape and row; of a library call, that of an operand
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from adcompile.ir.attributes import NONE, Attributes
from adcompile.ir.nodes import Apply, Const, Operand, Value
from adcompile.ir.primitive import Primitive
from adcompile.ir.types import FLOATS, SIGNED, UNSIGNED, Array, element
from adcompile.ops import library, memory, scalar
from adcompile.passes.rewriting import Known, Rewrite, Rule, applied, constant, is_exactly, same, to

INTEGERS = (*SIGNED, *UNSIGNED)
LARGEST = 2**63 - 1


def rewrite(stmt: Apply, known: Known) -> Rewrite | None:
    """A simpler equivalent of a scalar operation (or `dim`), or None."""
    # Of whole arrays `x * 1.0` is a new array, not x.
    if len(stmt.results) != 1 or isinstance(stmt.results[0].type, Array):
        return None
    for rule in (_fold, *RULES.get(stmt.primitive, ())):
        found = rule(stmt, known)
        if found is not None:
            return found
    return None


# -- fold


def _fold(stmt: Apply, _: Known) -> Rewrite | None:
    evaluate = stmt.primitive.evaluate
    if not stmt.operands or not isinstance(stmt.operands[0], Const):
        return None
    constants = [o for o in stmt.operands if isinstance(o, Const)]
    if evaluate is None or len(constants) != len(stmt.operands) or not _is_foldable(stmt, constants):
        return None
    with np.errstate(all="ignore"):
        value = evaluate(*(np.dtype(c.type.dtype).type(c.value) for c in constants))
    return constant(stmt, value) if _is_exact(stmt, constants, value) else None


def _is_foldable(stmt: Apply, constants: list[Const]) -> bool:
    """Is the result a number that every machine agrees on?"""
    last = constants[-1]
    if last.type.dtype in INTEGERS:
        if stmt.primitive in (scalar.floordiv, scalar.mod):
            return last.value != 0
        if stmt.primitive is scalar.pow_:
            return last.value >= 0 or constants[0].type.dtype in FLOATS
        if stmt.primitive in (scalar.lshift, scalar.rshift):
            return 0 <= last.value < 31
    to_integer = stmt.results[0].type.dtype in INTEGERS and last.type.dtype in FLOATS
    return not (stmt.primitive is scalar.cast and to_integer and not abs(last.value) < 2**31)


def _is_exact(stmt: Apply, constants: list[Const], value: Any) -> bool:
    """Is it what Python's integers give, if that is what they are?"""
    if stmt.results[0].type.dtype != "int64" or stmt.attrs.overflow == "wraps":
        return True
    exact = stmt.primitive.exact
    return exact is None or exact(*(int(c.value) for c in constants)) == value


# -- integer


def _integer(stmt: Apply, known: Known) -> Rewrite | None:
    form = known.forms.of_result(stmt)
    if form is None or abs(form.const) > LARGEST or any(abs(c) > LARGEST for _, c in form.terms):
        return None
    const = Const(form.const, element(stmt.results[0].type))
    new: tuple[Primitive, tuple[Operand, Operand]]
    match form.terms:
        case ():
            return to(const)
        case ((atom, 1),) if not form.const:
            return to(atom)
        case ((atom, -1),) if not form.const:
            return None if stmt.primitive is scalar.neg else applied(stmt, scalar.neg, atom)
        case ((atom, 1),):
            below = Const(-form.const, const.type)
            new = (scalar.add, (atom, const)) if form.const > 0 else (scalar.sub, (atom, below))
        case ((atom, -1),):
            new = (scalar.sub, (const, atom))
        case ((atom, factor),) if not form.const and stmt.primitive is scalar.mul:
            new = (scalar.mul, (Const(factor, const.type), atom))
        case ((one, 1), (other, 1)) if not form.const:
            new = (scalar.add, (one, other))
        case ((one, 1), (other, -1)) | ((other, -1), (one, 1)) if not form.const:
            new = (scalar.sub, (one, other))
        case _:
            return None
    primitive, operands = new
    unchanged = stmt.primitive is primitive and set(stmt.operands) == set(operands)
    return None if unchanged else applied(stmt, primitive, *operands)


# -- unit


def _unit(stmt: Apply, _: Known) -> Rewrite | None:
    primitive, (x, y) = stmt.primitive, stmt.operands
    if primitive is scalar.add:
        if stmt.attrs.cotangent and (is_exactly(x, 0.0) or is_exactly(y, 0.0)):
            return to(y if is_exactly(x, 0.0) else x)
        zero = -0.0 if x.type.dtype in FLOATS else 0
        return to(x) if is_exactly(y, zero) else to(y) if is_exactly(x, zero) else None
    if primitive is scalar.sub:
        return to(x) if is_exactly(y, 0.0) else None
    if primitive is scalar.mul and is_exactly(x, 1.0):
        return to(y)
    if primitive is scalar.mod:
        return constant(stmt, 0) if is_exactly(y, 1) and y.type.dtype in INTEGERS else None
    if primitive is scalar.floordiv and y.type.dtype in FLOATS:
        return None
    return to(x) if is_exactly(y, 1.0) else None


# -- sign


def _sign(stmt: Apply, known: Known) -> Rewrite | None:
    if stmt.results[0].type.dtype not in FLOATS:
        return None
    primitive, (x, *rest) = stmt.primitive, stmt.operands
    if primitive is scalar.neg:
        found = negated(x, known)
        return Rewrite(found[1], found[0]) if found else None
    (y,) = rest
    if primitive in (scalar.add, scalar.sub) and (found := negated(y, known)):
        opposite = scalar.sub if primitive is scalar.add else scalar.add
        return applied(stmt, opposite, x, found[0], before=found[1])
    if primitive is scalar.add and (found := negated(x, known)):
        return applied(stmt, scalar.sub, y, found[0], before=found[1])
    if primitive is scalar.sub and is_exactly(x, -0.0):
        return applied(stmt, scalar.neg, y)
    if primitive in (scalar.mul, scalar.div):
        return _sign_of_product(stmt, known)
    return None


def _sign_of_product(stmt: Apply, known: Known) -> Rewrite | None:
    x, y = stmt.operands
    if is_exactly(y, -1.0):
        return applied(stmt, scalar.neg, x)
    if is_exactly(x, -1.0) and stmt.primitive is scalar.mul:
        return applied(stmt, scalar.neg, y)
    left, right = known.definition(x, scalar.neg), known.definition(y, scalar.neg)
    minus_x = left.operands[0] if left else _minus(x)
    minus_y = right.operands[0] if right else _minus(y)
    # One sign of the two must be an operation, or `2.0 * -3.0` would turn for ever.
    if minus_x is not None and minus_y is not None and (left or right):
        return applied(stmt, stmt.primitive, minus_x, minus_y)
    if left and stmt.primitive is scalar.div:
        quotient = Value(stmt.results[0].type, loc=stmt.loc)
        divided = Apply(scalar.div, (left.operands[0], y), (quotient,), NONE, stmt.loc)
        return applied(stmt, scalar.neg, quotient, before=(divided,))
    return None


def _minus(operand: Operand) -> Const | None:
    return Const(-operand.value, operand.type) if isinstance(operand, Const) else None


def negated(operand: Operand, known: Known, depth: int = 4) -> tuple[Operand, tuple[Apply, ...]] | None:
    """The float y with operand = -y where y is no longer to write, and statements that compute it.

    In a product of products the sign is looked for `depth` factors deep.
    """
    if isinstance(operand, Const):
        return (Const(-operand.value, operand.type), ()) if operand.value < 0 else None
    definition = known.definitions.get(operand)
    if definition is None:
        return None
    if definition.primitive is scalar.neg:
        return definition.operands[0], ()
    if definition.primitive not in (scalar.mul, scalar.div) or known.uses[operand] > 1 or not depth:
        return None
    x, y = definition.operands
    result = Value(operand.type, loc=operand.loc)
    for position, factor in enumerate((x, y)):
        if found := negated(factor, known, depth - 1):
            factors = (found[0], y) if position == 0 else (x, found[0])
            product = Apply(definition.primitive, factors, (result,), NONE, definition.loc)
            return result, (*found[1], product)
    return None


# -- scale


def _double(stmt: Apply, known: Known) -> Rewrite | None:
    x, y = stmt.operands
    if stmt.results[0].type.dtype not in FLOATS or isinstance(x, Const):
        return None
    two = Const(2.0, element(stmt.results[0].type))
    if x is y and stmt.results[0].type.dtype == "float64":
        return applied(stmt, scalar.mul, two, x)
    one, other = (known.definition(o, scalar.mul) for o in (x, y))
    if one is None or other is None or set(one.operands) != set(other.operands):
        return None
    return applied(stmt, scalar.mul, two, x)


def _scale(stmt: Apply, known: Known) -> Rewrite | None:
    """Where the factor is a power of two, the product of all is rounded once in either order."""
    if stmt.results[0].type.dtype != "float64":
        return None
    for factor, other in (stmt.operands, stmt.operands[::-1]):
        inner = known.definition(other, scalar.mul)
        if not isinstance(factor, Const) or inner is None or known.uses[inner.results[0]] > 1:
            continue
        for second, x in (inner.operands, inner.operands[::-1]):
            if isinstance(second, Const) and _is_scale(float(factor.value), float(second.value)):
                return applied(stmt, scalar.mul, Const(factor.value * second.value, factor.type), x)
    return None


def _is_scale(outer: float, inner: float) -> bool:
    """Is one factor a power of two, is no number too large on the way only, and is the product far from the ends?"""
    if not any(abs(math.frexp(each)[0]) == 0.5 for each in (outer, inner)):
        return False
    return (abs(outer) >= 1.0 or abs(inner) <= 1.0) and 1e-100 < abs(outer * inner) < 1e100


# -- power


def _power(stmt: Apply, _: Known) -> Rewrite | None:
    base, exponent = stmt.operands
    if not isinstance(exponent, Const) or exponent.type.dtype == "bool":
        return None
    real = base.type.dtype in FLOATS
    if exponent.value == 0:
        return constant(stmt, 1)
    if exponent.value == 1:
        return to(base)
    if exponent.value == 2:
        return applied(stmt, scalar.mul, base, base)
    return applied(stmt, scalar.div, Const(1.0, element(base.type)), base) if exponent.value == -1 and real else None


# -- choice


def _select(stmt: Apply, known: Known) -> Rewrite | None:
    cond, x, y = stmt.operands
    if isinstance(cond, Const):
        return to(x if cond.value else y)
    if same(x, y):
        return to(x)
    if x.type.dtype == "bool" and isinstance(x, Const) and isinstance(y, Const):
        return to(cond) if x.value else applied(stmt, scalar.not_, cond)
    if negation := known.definition(cond, scalar.not_):
        return applied(stmt, scalar.select, negation.operands[0], y, x)
    return None


def _logical(stmt: Apply, _: Known) -> Rewrite | None:
    x, y = stmt.operands
    decisive = stmt.primitive is scalar.or_
    for one, other in ((x, y), (y, x)):
        if isinstance(one, Const):
            return constant(stmt, decisive) if bool(one.value) is decisive else to(other)
    return to(x) if same(x, y) else None


def _not(stmt: Apply, known: Known) -> Rewrite | None:
    definition = known.definitions.get(stmt.operands[0]) if isinstance(stmt.operands[0], Value) else None
    if definition is None:
        return None
    if definition.primitive is scalar.not_:
        return to(definition.operands[0])
    # Not for floats: not(x < y) is True for NaN.
    ordered = all(o.type.dtype not in FLOATS for o in definition.operands)
    if definition.primitive.compares and (ordered or definition.primitive in (scalar.eq, scalar.ne)):
        return applied(stmt, scalar.OPPOSITE[definition.primitive], *definition.operands)
    return None


# -- same, convert, extent


def _truth(stmt: Apply, known: Known) -> Rewrite | None:
    """A bool that became an int and is asked whether it is 0."""
    x, y = stmt.operands
    cast = known.definition(x, scalar.cast)
    if cast is None or cast.operands[0].type.dtype != "bool" or not is_exactly(y, 0):
        return None
    if stmt.primitive in (scalar.ne, scalar.gt):
        return to(cast.operands[0])
    return applied(stmt, scalar.not_, cast.operands[0]) if stmt.primitive in (scalar.eq, scalar.le) else None


def _same(stmt: Apply, _: Known) -> Rewrite | None:
    x, y = stmt.operands
    if not same(x, y):
        return None
    if stmt.primitive in (scalar.maximum, scalar.minimum):
        return to(x)
    if x.type.dtype in FLOATS:
        return None
    return constant(stmt, stmt.primitive in (scalar.le, scalar.ge, scalar.eq))


def _convert(stmt: Apply, _: Known) -> Rewrite | None:
    return to(stmt.operands[0]) if stmt.operands[0].type.dtype == stmt.results[0].type.dtype else None


def _extent(stmt: Apply, known: Known) -> Rewrite | None:
    (array,), axis = stmt.operands, stmt.attrs.axis
    assert isinstance(array, Value)
    found: Operand | None = None
    if made := known.definition(array, memory.alloc):
        found = made.operands[axis]
    elif made := known.definition(array, memory.reshape):
        found = made.operands[axis + 1]
    elif made := known.definition(array, memory.alloc_like):
        return Rewrite((Apply(memory.dim, made.operands, stmt.results, stmt.attrs, stmt.loc),))
    elif made := known.definition(array, memory.row):
        whole, *indices = made.operands
        return Rewrite((Apply(memory.dim, (whole,), stmt.results, Attributes(axis=axis + len(indices)), stmt.loc),))
    elif (call := known.definitions.get(array)) and call.primitive.routine is not None:
        places = library.extent_places(call, call.results.index(array), axis)
        if len(places) == 1:
            ((factor, own),) = places
            return Rewrite((Apply(memory.dim, (call.operands[factor],), stmt.results, Attributes(axis=own), stmt.loc),))
    return to(found) if found is not None and found.type.dtype == "int64" else None


RULES: dict[Primitive, tuple[Rule, ...]] = {
    scalar.add: (_unit, _double, _sign, _integer),
    scalar.sub: (_unit, _sign, _integer),
    scalar.mul: (_unit, _sign, _scale, _integer),
    scalar.div: (_unit, _sign),
    scalar.floordiv: (_unit,),
    scalar.mod: (_unit,),
    scalar.neg: (_sign, _integer),
    scalar.pow_: (_power,),
    scalar.select: (_select,),
    scalar.and_: (_logical,),
    scalar.or_: (_logical,),
    scalar.not_: (_not,),
    **dict.fromkeys(scalar.OPPOSITE, (_same, _truth)),
    scalar.maximum: (_same,),
    scalar.minimum: (_same,),
    scalar.cast: (_convert,),
    memory.dim: (_extent,),
}
