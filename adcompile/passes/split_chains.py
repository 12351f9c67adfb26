"""Split chains: expensive functions leave a loop whose trips wait for each other. Rewrites in place.

    (s.1) = for i in range(0, n, 1)             terms = alloc(128)
            carrying (s = 0.0):                 (s.1) = for b in range(0, n, 128) carrying (s.2 = 0.0):
        v: float64 = load(x, i)                     e = b + 128
        t: float64 = exp(v)                         m = minimum(e, n)
        u: float64 = s + t                          for i in range(b, m, 1):
        yield u                                         v: float64 = load(x, i)
                                                        t: float64 = exp(v)
                                                        k = i - b
                                                        store(terms, k, t)
                                                    (s.3) = for j in range(b, m, 1) carrying (s = s.2):
                                                        l = j - b
                                                        w: float64 = load(terms, l)
                                                        u: float64 = s + w
                                                        yield u
                                                    yield s.3

A loop that adds to a float in a fixed order cannot be vectorised, and `exp` for one number takes as long as for four.
The additions keep their order, so the result is the same to the last bit. Rules, cited below:

* chain     the statements that depend on a carried value stay together; the others, the *terms*, run for a block first.
* memory    neither part stores to an array that the other accesses, so that no trip sees a later one's stores.
* crossing  what the chain needs of a term is kept in an array of one block, but for what is read or counted anew.
* worth it  the terms contain a function of analysis, and what is carried is not only sums in an open order
            (`For.sums`), which are vectorised anyway.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from adcompile.facts.aliases import Aliases
from adcompile.ir.builder import Builder
from adcompile.ir.loops import index_of, known_trips, params_of, sums_of, trip_region, yields_of
from adcompile.ir.nodes import Apply, For, Function, Operand, Region, Stmt, Value, integer, is_const, name_of
from adcompile.ir.primitive import Effect, Primitive
from adcompile.ir.types import FLOATS, INT, Array
from adcompile.ir.walk import Substitution, clone_statement, map_operands, regions, substitute
from adcompile.ops import memory, scalar

BLOCK = 128
# A loop of fewer trips is not worth a second one; more values than this to keep are not worth the memory traffic.
FEWEST_TRIPS = 16
MOST_KEPT = 3


def split_chains(function: Function) -> Function:
    """Split the loops whose expensive part does not depend on the trip before."""
    aliases = Aliases(function)
    body: list[Stmt] = []
    for stmt in function.region.body:
        kept: list[Stmt] = []
        split = _visit(stmt, aliases, kept)
        body += [*kept, split]
    function.region.body = body
    return function


def _visit(stmt: Stmt, aliases: Aliases, kept: list[Stmt]) -> Stmt:
    """The statement with its loops split; the arrays of one block, to be made before all loops, go to `kept`."""
    for region in regions(stmt):
        region.body = [_visit(inner, aliases, kept) for inner in region.body]
    if not isinstance(stmt, For) or not _is_eligible(stmt):
        return stmt
    parts = _parts(stmt, aliases)
    return stmt if parts is None else _split(stmt, parts, kept)


def _is_eligible(loop: For) -> bool:
    """Does the loop count up by one, often enough, and carry a float in a fixed order?"""
    if loop.exits or not is_const(loop.step, 1):
        return False
    trips = known_trips(loop)
    if trips is not None and trips < FEWEST_TRIPS:
        return False
    slots = zip(params_of(loop), sums_of(loop), strict=True)
    return any(p.type.dtype in FLOATS and not is_sum for p, is_sum in slots)  # worth it


@dataclass(frozen=True, slots=True)
class _Parts:
    """The statements of a body. `crossing` are results of terms to keep, `again` the terms to repeat in the chain."""

    terms: list[Apply]
    chain: list[Apply]
    crossing: list[Value]
    again: list[Apply]


def _parts(loop: For, aliases: Aliases) -> _Parts | None:
    """The body taken apart, None if that is not possible or not worth it."""
    terms: list[Apply] = []
    chain: list[Apply] = []
    dependent: set[Operand] = set(params_of(loop))
    for stmt in loop.body.body:
        if not isinstance(stmt, Apply) or not _is_movable(stmt):
            return None
        depends = not dependent.isdisjoint(stmt.operands)
        (chain if depends else terms).append(stmt)
        if depends:
            dependent.update(stmt.results)
    if not any(map(_is_expensive, terms)):  # worth it
        return None
    if not _share_nothing(terms, chain, aliases):
        return None
    written = _roots(terms, aliases, memory.store)
    crossing, again = _crossing(loop, terms, chain, aliases, written)
    return None if len(crossing) > MOST_KEPT else _Parts(terms, chain, crossing, again)


def _share_nothing(terms: list[Apply], chain: list[Apply], aliases: Aliases) -> bool:
    """Does neither part store to memory that the other one reads or stores to (memory)?"""
    accesses = (memory.load, memory.store)
    return _roots(chain, aliases, *accesses).isdisjoint(_roots(terms, aliases, memory.store)) and _roots(
        terms, aliases, *accesses
    ).isdisjoint(_roots(chain, aliases, memory.store))


def _roots(part: list[Apply], aliases: Aliases, *primitives: Primitive) -> set[Value]:
    """The arrays that these primitives access."""
    return {aliases.root(stmt.operands[0]) for stmt in part if stmt.primitive in primitives}


def _is_expensive(stmt: Apply) -> bool:
    if stmt.primitive is scalar.pow_:
        return isinstance(stmt.operands[1], Value) and stmt.operands[1].type.dtype in FLOATS
    return stmt.primitive.is_function


def _is_movable(stmt: Apply) -> bool:
    return stmt.primitive.effect is Effect.PURE or stmt.primitive.accesses


def _crossing(
    loop: For, terms: list[Apply], chain: list[Apply], aliases: Aliases, written: set[Value]
) -> tuple[list[Value], list[Apply]]:
    """What the chain needs of the terms: values to keep, and statements to repeat, in their order (crossing)."""
    defined = {result: stmt for stmt in terms for result in stmt.results}
    wanted = [o for stmt in chain for o in stmt.operands] + list(yields_of(loop))
    crossing: dict[Value, None] = {}
    again: set[Apply] = set()
    while wanted:
        operand = wanted.pop()
        stmt = defined.get(operand) if isinstance(operand, Value) else None
        if stmt is None or stmt in again:
            continue
        if _is_cheap(stmt, aliases, written):
            again.add(stmt)
            wanted += stmt.operands
        else:
            assert isinstance(operand, Value)
            crossing[operand] = None
    # In the order of the terms, so that the text does not depend on the search.
    ordered = [result for stmt in terms for result in stmt.results if result in crossing]
    return ordered, [stmt for stmt in terms if stmt in again]


def _is_cheap(stmt: Apply, aliases: Aliases, written: set[Value]) -> bool:
    """Is it quicker to do it again than to keep the result?"""
    if stmt.primitive is memory.load:
        return aliases.root(stmt.operands[0]) not in written
    return isinstance(stmt.results[0].type, Array) or stmt.results[0].type == INT


def _split(loop: For, parts: _Parts, kept: list[Stmt]) -> For:
    """The loop over blocks."""
    index = index_of(loop)
    block = Value(INT, f"{index.hint}0" if index.hint else "", loc=index.loc)
    entering = tuple(Value(p.type, loc=p.loc, **name_of(p)) for p in params_of(loop))
    outer = trip_region(block, entering)
    builder, before = Builder(outer), Builder(Region())
    with before.at(loop.loc):
        arrays = [_array(before, value) for value in parts.crossing]
    kept += before.region.body
    with builder.at(loop.loc):
        end = builder.apply(scalar.add, block, integer(BLOCK), type=INT)
        last = builder.apply(scalar.minimum, end, loop.stop, type=INT)
        builder.for_((block, last, loop.step), (), _terms(parts, index, block, arrays, loop))
        outer.yields = builder.for_((block, last, loop.step), entering, _chain(parts, index, block, arrays, loop))
    return replace(loop, step=integer(BLOCK), body=outer, order_free=False, sums=())


def _array(builder: Builder, value: Value) -> Value:
    type_ = Array(value.type.dtype, 1)
    return builder.apply(memory.alloc, integer(BLOCK), type=type_, hint="terms", dims=(integer(BLOCK),), fill="empty")


def _terms(parts: _Parts, index: Value, block: Value, arrays: list[Value], loop: For) -> Region:
    """The body of the loop that computes the terms of a block."""
    region = trip_region(index)
    region.body += parts.terms
    builder = Builder(region)
    with builder.at(parts.crossing[-1].loc if parts.crossing else loop.loc):
        place = builder.apply(scalar.sub, index, block, type=INT)
        for array, value in zip(arrays, parts.crossing, strict=True):
            builder.effect(memory.store, array, place, value)
    return region


def _chain(parts: _Parts, index: Value, block: Value, arrays: list[Value], loop: For) -> Region:
    """The body of the loop that needs them one after the other."""
    other = Value(INT, index.hint, loc=index.loc)
    region = trip_region(other, params_of(loop))
    builder = Builder(region)
    mapping: Substitution = {index: other}
    with builder.at(loop.loc):
        place = builder.apply(scalar.sub, other, block, type=INT)
        for array, value in zip(arrays, parts.crossing, strict=True):
            mapping[value] = builder.apply(memory.load, array, place, type=value.type)
    region.body += [clone_statement(stmt, mapping) for stmt in parts.again]
    region.body += [map_operands(stmt, lambda o: substitute(o, mapping)) for stmt in parts.chain]
    region.yields = tuple(substitute(y, mapping) for y in yields_of(loop))
    return region
