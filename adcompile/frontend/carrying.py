"""Arrays that a loop carries keep their shape: each trip hands on what it was given, or the loop is unrolled."""

from __future__ import annotations

from adcompile.errors import REFUSED
from adcompile.frontend import shapes
from adcompile.frontend.needs import NeedsStatic
from adcompile.frontend.orders import extents_differ
from adcompile.frontend.specs import Arr, Opt, Spec, Tree, parts_of
from adcompile.frontend.tracer import Tracer
from adcompile.frontend.values import Abstract, ArrayValue, Maybe


def require_shapes(t: Tracer, what: str, spec: Spec, end: Abstract) -> None:
    """Check the shapes of what a trip ends with. `what` names it in messages."""
    match spec, end:
        case Opt(inner=inner), _:
            require_shapes(t, what, inner, end.value if isinstance(end, Maybe) else end)
        case Tree(parts=parts), _:
            for part, value in zip(parts, parts_of(end), strict=False):
                require_shapes(t, what, part, value)
        case Arr(), ArrayValue():
            _require_shape(t, what, spec, end)


def _require_shape(t: Tracer, what: str, spec: Arr, end: ArrayValue) -> None:
    wanted = [have if have is not None else new for have, new in zip(spec.dims, end.dims, strict=True)]
    change = f"from {shapes.spell(wanted)} to {shapes.spell(end.dims)}"
    advice = "Make the number of iterations known (a literal, or `static_argnames`), or keep the shape."
    message = f"{REFUSED}{what} changes its shape in a loop, {change}, which is not supported here\n{advice}"
    for have, new in zip(wanted, end.dims, strict=True):
        pairs = ((have, new), (t.ints.canonical(have), t.ints.canonical(new)))
        if any(t.ints.differ(*pair) for pair in pairs) or extents_differ(t, have, new):
            raise NeedsStatic(
                f"the number of iterations of a loop that changes the shape of {what}",
                None,
                advice="Make it known (a literal, or `static_argnames`) to unroll the loop, or keep the shape:\n"
                "work in an array of the largest shape, or collect the results in one made before the loop.",
            )
        shapes.require_equal(t, have, new, message, [*wanted, *end.dims], "NotImplementedError")
