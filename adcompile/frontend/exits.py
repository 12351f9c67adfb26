"""How control leaves a block: by its end, or by `break`, `continue`, `return`, `raise`.

    for v in x:                    the body's outcome: breaks = (v < 0), a bool of the program
        if v < 0: break
        s += v

    for k in (1, 2, 3):            the second trip's outcome: returns = True, ends = True, value = 2
        if k == 2: return k

Where it is known how, the answers are static, and nothing is emitted. Otherwise they are bools that branches join and
loops carry like any other value.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from adcompile.frontend.values import FALSE, NEVER, TRUE, Abstract, Number, Static

Truth = Static | Number


@dataclass(frozen=True, slots=True)
class Outcome:
    """In which ways a block is left, the value that it returns, and whether its end is out of reach (`ends`)."""

    breaks: Truth = FALSE
    continues: Truth = FALSE
    returns: Truth = FALSE
    value: Abstract = NEVER
    ends: bool = False

    def after_trip(self) -> Outcome:
        """What is left of it when `continue` has arrived at the end of the trip."""
        return replace(self, continues=FALSE, ends=self.ends and self.continues == FALSE)

    def after_loop(self) -> Outcome:
        """What is left of it when `break` has arrived behind the loop."""
        return replace(self, breaks=FALSE, ends=self.ends and self.breaks == FALSE)


FALLS = Outcome()
BREAKS = Outcome(breaks=TRUE, ends=True)
CONTINUES = Outcome(continues=TRUE, ends=True)
RAISES = Outcome(ends=True)


@dataclass(frozen=True, slots=True)
class Rest:
    """What comes next where a block is not left, and the names that are live after that."""

    run: Callable[[], Outcome]
    live: frozenset[str] = frozenset()
