"""Small programs over the whole language, each an ordinary function with a way to make its arguments.

Tests parametrise over `PROGRAMS`; `tests/test_corpus.py` says what is held against what.
"""

from tests.corpus import (
    branches,
    broadcasting,
    calls,
    creation,
    float32,
    forms,
    indexing,
    integers,
    linear,
    loops,
    networks,
    reductions,
    scalars,
    stores,
    structure,
    surface,
)
from tests.corpus.registry import PROGRAMS, Program

__all__ = [
    "PROGRAMS",
    "Program",
    "branches",
    "broadcasting",
    "calls",
    "creation",
    "float32",
    "forms",
    "indexing",
    "integers",
    "linear",
    "loops",
    "networks",
    "reductions",
    "scalars",
    "stores",
    "structure",
    "surface",
]
