"""What the user asked for: all that a decorated function holds before its first call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from adcompile.build import Options


@dataclass(frozen=True, slots=True)
class Request:
    """What the user asked for: `wrt` are parameter names, `bare` a gradient that is not in a tuple.

    `pipeline` is the module of that name, which stands above the run time.
    """

    wrt: tuple[str, ...]
    bare: bool
    static: frozenset[str]
    options: Options
    cached: bool
    pipeline: Any
