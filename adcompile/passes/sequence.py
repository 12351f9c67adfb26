"""The passes in the order in which they run, each with its reason and with what it needs to have run before it.

    loops -- BEFORE --> loops -- reverse --> adjoint -- AFTER, LAST, ROOM --> adjoint

A *producer* rewrites the program and leaves what is now constant, equal, loop-invariant or dead; `TIDY` takes that
away, and the next producer finds the plain form that it looks for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from adcompile.ir.nodes import Function
from adcompile.passes.block_sums import block_sums
from adcompile.passes.check_ranges import check_ranges
from adcompile.passes.close_alternations import close_alternations
from adcompile.passes.close_sums import close_sums
from adcompile.passes.contract import contract
from adcompile.passes.cse import merge_common
from adcompile.passes.dce import remove_dead
from adcompile.passes.dead_stores import remove_dead_stores
from adcompile.passes.decide import decide, remove_assumed
from adcompile.passes.elide_copies import elide_copies
from adcompile.passes.fuse import fuse
from adcompile.passes.grow_together import grow_together
from adcompile.passes.hoist import hoist
from adcompile.passes.hoist_arrays import hoist_arrays
from adcompile.passes.interleave import interleave
from adcompile.passes.make_room import make_room
from adcompile.passes.overwrite import overwrite
from adcompile.passes.products_in_place import products_in_place
from adcompile.passes.promote import promote
from adcompile.passes.simplify import simplify
from adcompile.passes.skip_zeros import skip_zeros
from adcompile.passes.split_chains import split_chains
from adcompile.passes.split_updates import split_updates
from adcompile.passes.write_first import write_first


@dataclass(frozen=True, slots=True)
class Step:
    """A pass and why it stands here. `after` names the passes that must have run; `required`: it is never left out."""

    name: str
    run: Callable[[Function], Function]
    why: str
    after: tuple[str, ...] = ()
    required: bool = False


SIMPLIFY = Step("simplify", simplify, "identities, and branches and loops whose condition or bounds are constants")
DECIDE = Step("decide", decide, "conditions that ranges settle become constants, for `simplify` to use")
HOIST = Step("hoist", hoist, "what a loop computes alike in every trip moves in front of it")
CSE = Step("cse", merge_common, "hoisting and rewriting leave equal values side by side")
DCE = Step("dce", remove_dead, "what nothing observable depends on any more goes")
TIDY = (DECIDE, SIMPLIFY, HOIST, CSE, DCE)

# Integers above all: what is known outside a loop decides what the backward sweep can recompute.
BEFORE = (
    Step("simplify", simplify, "lowering leaves index arithmetic with zeros and ones, which ranges would trip over"),
    DECIDE,
    SIMPLIFY,
    Step("close_alternations", close_alternations, "an int that takes two values in turn needs no residual"),
    CSE,
    HOIST,
    CSE,
    Step("check_ranges", check_ranges, "one check in front of a loop lets its body vectorise", ("hoist",)),
    DECIDE,
    SIMPLIFY,
    Step("promote", promote, "a sum in a scalar needs no residual of the element; its index must be plain", ("cse",)),
    CSE,
    DCE,
)
AFTER = (
    Step("final", partial(simplify, final=True), "`attach` and `stop` have told the sweep what they say", (), True),
    DCE,
    CSE,
    *TIDY,
    Step("interleave", interleave, "what a trip saves for its backward trip stays in registers", ("hoist", "dce")),
    Step("close_sums", close_sums, "counters of buffers that `interleave` has freed, and sums of constants"),
    SIMPLIFY,
    HOIST,
    CSE,
    DCE,
    Step("contract", contract, "an axis of which a trip uses its own place only is dropped", ("interleave",)),
    Step("write_first", write_first, "a zero that is only added to is not stored", ("dce",)),
    Step("dead_stores", remove_dead_stores, "restores whose element nothing reads any more", ("write_first",)),
    Step("elide_copies", elide_copies, "a copy whose original is not needed any more", ("dead_stores",)),
    Step("promote", promote, "cotangents that a loop adds to live in scalars", ("write_first", "cse")),
    Step("split_updates", split_updates, "sums into neighbours, one loop a row, vectorise", ("promote",)),
    Step("products_in_place", products_in_place, "a matrix product is written where it is wanted", ("dead_stores",)),
    *TIDY,
    Step("fuse", fuse, "an array between two loops is not materialised", ("split_updates", "hoist")),
    Step("overwrite", overwrite, "an elementwise result takes the place of its operand", ("fuse", "dce")),
    Step("hoist_arrays", hoist_arrays, "an array that every trip makes is made once", ("overwrite",)),
    CSE,
    Step("dead_stores", remove_dead_stores, "stores that `fuse` and `overwrite` have left without a reader", ("fuse",)),
    DCE,
)
LAST = (
    Step("assumed", remove_assumed, "checks of the forward sweep have told the ranges what they say", (), True),
    Step("final", partial(simplify, final=True), "conditions that only those checks used", (), True),
    Step("skip_zeros", skip_zeros, "a backward loop over zeros does not run; loops must be as they stay"),
    Step("block_sums", block_sums, "long sums as accurate as NumPy's; nothing may take the blocks apart again"),
    Step("split_chains", split_chains, "exp and its like leave loops whose trips wait", ("block_sums",)),
    DCE,
)
# After `measure`, which counts what grows.
ROOM = (
    Step("make_room", make_room, "a buffer has room for all trips before the loop starts"),
    Step("grow_together", grow_together, "buffers that are as long as each other share one condition", ("make_room",)),
    DECIDE,
)
STAGES = (BEFORE, AFTER, LAST, ROOM)
OPTIONAL = frozenset(step.name for steps in STAGES for step in steps if not step.required)
"""The names of the passes that can be left out."""
