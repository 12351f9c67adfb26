"""How long it takes until there is a gradient: in a first process, which compiles, and in a second, which loads.

    python -m benchmarks.compile_times '{"program": "cholesky", "folder": "empty", "clock": "wall"}'

The first process for a folder prints `stages` (our compiler alone) and `whole` (from the decorator to the first
gradient); the second prints `cached`, from the decorator to the gradient, `trivial`, the first call of a one-line
function that Numba has in its cache, and `hand`, the first call of the adjoint by hand: in a process that has compiled
nothing yet, as the first had not. What happens once in a process, such as importing, is done before: with another
gradient, and another function.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import adcompile as ad
from benchmarks.measure import CLOCKS
from benchmarks.programs import by_name

TRIVIAL = """
import numba

@numba.njit(cache=True)
def first(x):
    return x + 1.0

@numba.njit(cache=True)
def second(x):
    return x + 2.0
"""


def warm_up(x):
    return x * x


def main() -> None:
    """Read the order, print the seconds."""
    order = json.loads(sys.argv[1])
    clock = CLOCKS[order["clock"]]
    program = by_name(order["program"])
    args = program.arguments(next(iter(program.sizes)))
    module = Path(order["folder"]) / "trivial_functions.py"
    known = module.exists()
    if not known:
        module.write_text(TRIVIAL)
    sys.path.insert(0, order["folder"])
    import trivial_functions

    trivial_functions.first(1.0)
    ad.value_and_grad(warm_up)(1.0)
    started = clock()
    trivial_functions.second(1.0)
    trivial = clock() - started
    found: dict[str, Any] = {}
    started = clock()
    gradient = ad.value_and_grad(program.function, program.wrt)
    if known:
        gradient(*args)
        found.update(trivial=trivial, cached=clock() - started)
        started = clock()
        program.hand(*args)
        found["hand"] = clock() - started
    else:
        gradient.adjoint_source(*args)
        found["stages"] = clock() - started
        gradient(*args)
        found["whole"] = clock() - started
    print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
