"""What an operation knows statically, a typed field each; `Apply.attrs` holds one record.

    Attributes(axis=1)                      dim, concatenate
    Attributes(fill="empty", once=True)     an array whose elements are each stored once, before they are read

A field that an operation does not have is at its default. Facts that an analysis finds say who finds them and who
relies on them; all others are part of what the operation means.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, Literal

Entry = Literal["int", "slice", "new", "array"]
Overflow = Literal["wraps", "never", "repeated"]


@dataclass(frozen=True, slots=True)
class Attributes:
    """The static part of an operation."""

    axis: int = -1
    """The axis that is asked for, or along which arrays are joined."""
    axes: tuple[int, ...] = ()
    """The axes of a reduction, in order."""
    perm: tuple[int, ...] = ()
    """The order in which `transpose` puts the axes."""
    k: int = 0
    """The diagonal of `eye`, `diag` and `diagonal`."""
    items: tuple[Entry, ...] = ()
    """What stands in a subscript: see `ops.array`."""
    front: int = 0
    """Where the common axes of index arrays stand in the result."""
    mode: Literal["", "fill", "aligned", "packed"] = ""
    """What `assign_where` stores."""
    order: Literal["K", "C", "F"] = "K"
    """The memory order of a copy: "K" keeps that of the original."""
    fill: Literal["", "zeros", "empty", "value", "absent"] = ""
    """What a new array holds."""
    transpose: tuple[bool, ...] = ()
    """Which operands of a product are passed as their transposes."""
    error: str = ""
    """The exception that `require` raises."""
    message: str = ""
    """What it says, with a pair of braces for each further operand; for others, what they say if they fail."""
    overflow: Overflow | None = None
    """Why an operation on int64 is not checked: NumPy's integers wrap, it cannot leave 64 bits, or it was computed
    before. `lowering` and the front end set it, `cse` keeps the surest, `codegen.exactness` relies on it."""
    sure: bool = True
    """A `reshape_view` that is known to be a view in NumPy too. Set by the front end (`layouts`), for `lowering`."""

    # Facts of an array that stand with its allocation
    once: bool = False
    """Each element is stored exactly once, before it is read. Set by `lowering` and `ad`, for `promote`, `ad.expand`,
    `ad.restore` and `write_first`; dropped by passes that store again."""
    every_trip: bool = False
    """A pool of which each trip of a loop has its own part. Set by `lowering.rebinding`, for `ad` and `measure`."""
    pool: int | None = None
    """The number of the group of arrays whose places this pool holds. Set by `lowering.rebinding`, for `ad.reverse`."""
    private: bool = False
    """A row of a pool that belongs to one trip. Set by `lowering.rebinding`, for `ad.activity` and `measure`."""
    saved: bool = False
    """A buffer of residuals. Set by `ad.buffers`, for `interleave`, `measure` and `overwrite`."""
    steady: bool = False
    """What a trip of a loop leaves in it is overwritten or not read by the next. Set by `split_updates`, for
    `hoist_arrays`."""

    # Facts of other operations
    cotangent: bool = False
    """A product or sum of cotangents: a factor of exactly zero makes it zero. Set by `ad.sweep`, for `algebra` and
    `close_sums`."""
    assumed: bool = False
    """A check that the forward sweep has made already, kept for what it tells the ranges. Set by `ad.structured`,
    removed by `decide`."""
    joined: bool = False
    """This array grows by as much as that of the statement before. Set by `grow_together`, for `codegen`."""

    def __repr__(self) -> str:
        return ", ".join(f"{name}={value!r}" for name, value in self.given())

    def given(self) -> list[tuple[str, Any]]:
        """The fields that are not at their defaults, by name."""
        found = ((each.name, getattr(self, each.name), each.default) for each in fields(self))
        return sorted((name, value) for name, value, default in found if value != default)

    def but(self, **changes: Any) -> Attributes:
        """The same with other values of these fields."""
        changed = replace(self, **changes)
        return NONE if changed == NONE else changed


NONE = Attributes()
"""The attributes of what has none: there is only one such record."""
