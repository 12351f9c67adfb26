"""The compositions enter the register: a call is the interpretation of a function of `adcompile/compositions`."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, replace

import numpy as np

from adcompile import compositions
from adcompile.compositions import (
    COMPOSITIONS,
    Composition,
    array_api,
    elementwise,
    missing,
    norms,
    products,
    reductions,
    scans,
    selection,
    series,
    shape,
    solvers,
    sorting,
    spacing,
    special,
)
from adcompile.errors import UnsupportedError
from adcompile.frontend import orders, promote, shapes
from adcompile.frontend.creation import convert
from adcompile.frontend.linear_algebra import call
from adcompile.frontend.memory_orders import Loose, Strided
from adcompile.frontend.polynomials import constant
from adcompile.frontend.specs import parts_of
from adcompile.frontend.surface import Builder, external, function, method, spelled
from adcompile.frontend.tracer import Tracer
from adcompile.frontend.values import Abstract, ArrayValue, Number, Sequence, Static, describe, tuple_of, weak_type
from adcompile.ir.primitive import Primitive
from adcompile.ops import library, scalar
from adcompile.ops.scalar import SCALARS

# Imported for what they enter.
ENTERED = (
    array_api,
    elementwise,
    missing,
    norms,
    products,
    reductions,
    scans,
    selection,
    series,
    shape,
    solvers,
    sorting,
    spacing,
    special,
)

_TRACER = inspect.Parameter("t", inspect.Parameter.POSITIONAL_ONLY)


# What comes from LAPACK, or is computed in another way than by NumPy, lies in memory as that has it.
_OF_ANY_ORDER: set[object] = {module.__name__ for module in (norms, solvers, special)}
_OF_ANY_ORDER |= {products.cross, array_api.cross, sorting.argsort}


@dataclass(frozen=True)
class _Build:
    """The builder of a composition, with its signature."""

    composition: Composition

    @property
    def __signature__(self) -> inspect.Signature:
        given = inspect.signature(self.composition.function)
        return given.replace(parameters=[_TRACER, *given.parameters.values()])

    def __call__(self, t: Tracer, *args: Abstract, **keywords: Abstract) -> Abstract:
        try:
            result = t.interpret(self.composition.function, *args, **keywords)
        except (IndexError, TypeError, np.linalg.LinAlgError) as error:
            # What the text raises, and an axis that is out of bounds, is in NumPy's words; other errors are our own.
            if t.frame.source.at is not None or error is t.meant or "is out of bounds" in str(error):
                raise
            raise self._refusal(*args, *keywords.values()) from None
        inside = (part for x in (*args, *keywords.values()) for part in (x, *parts_of(x)))
        given = [x for x in inside if isinstance(x, ArrayValue)]
        function = self.composition.function
        known = all(map(orders.is_plain_c, given)) and not {function, function.__module__} & _OF_ANY_ORDER
        # Inside a composition, the text of another one decides what is a view.
        return result if known or t.frame.source.at is not None else _loosened(result, given)

    def _refusal(self, *given: Abstract) -> UnsupportedError:
        """For arguments that have fewer axes than the text of the composition takes."""
        names = (*map(spelled, self.composition.callables), ".".join(self.composition.external))
        told = " and ".join(describe(each) for each in given if isinstance(each, ArrayValue | Number))
        return UnsupportedError(
            f"`{next(filter(None, names))}` of {told or 'this'} is not supported",
            None,
            "Pass arrays of as many axes as NumPy documents: `np.atleast_1d(x)` adds one.",
        )


def _loosened(result: Abstract, given: list[ArrayValue]) -> Abstract:
    """New arrays lie as NumPy's own code leaves them: like the arguments or in C order, as it happens to be written."""
    match result:
        case ArrayValue() if result.ndim > 1 and not any(result.buffer is x.buffer for x in given):
            return replace(result, order=Loose())
        case Sequence(kind="tuple", items=items):
            return tuple_of(*(_loosened(each, given) for each in items))
        case _:
            return result


for _each in COMPOSITIONS:
    function(*_each.callables)(_Build(_each))
    method(*_each.methods)(_Build(_each))
    if _each.external:
        external(*_each.external)(_Build(_each))


@function(compositions.partial)
def partial(t: Tracer, value: Abstract, x: Abstract, slope: Abstract) -> Abstract:
    dtype = promote.dtype_of(value)
    operands = (fixed(t, value), x, fixed(t, slope))
    return promote.elementwise(t, scalar.attach, operands, (dtype,) * 3, dtype)


@function(compositions.fixed)
def fixed(t: Tracer, x: Abstract) -> Abstract:
    dtype = promote.dtype_of(x)
    return promote.elementwise(t, scalar.stop, (x,), (dtype,), dtype)


@function(compositions.argsorted)
def argsorted(t: Tracer, line: Abstract) -> Abstract:
    return call(t, library.argsort, line)[0]


@function(compositions.apart)
def apart(t: Tracer, x: Abstract, distance: Abstract) -> Abstract:
    if not isinstance(x, ArrayValue):
        return x
    lies = Strided((constant(shapes.static_int(distance, "a distance")),))
    return replace(x, order=orders.settled(t, replace(x, order=lies)))


@function(compositions.floating)
def floating(t: Tracer, x: Abstract) -> Abstract:
    match x:
        case Static(value=bool() | int() | float() as known) if weak_type(x):
            return Static(float(known))
        case _ if weak_type(x):
            return t.cast(x, "float64", weak=True)
    return x if promote.dtype_of(x) == "float32" else convert(t, x, "float64", weak=False)


def _special(primitive: Primitive) -> Builder:
    return lambda t, x: promote.ufunc(t, primitive, floating(t, x))


for _primitive in SCALARS.values():
    for _name in _primitive.public.special:
        external("scipy.special", _name)(_special(_primitive))
function(compositions.erfc)(_special(scalar.erfc))
