"""Small programs over the whole language, each an ordinary function with a way to make its arguments.

Tests parametrise over `PROGRAMS`; `tests/test_corpus.py` says what is held against what.
"""

from tests.corpus import (
    aliases,
    branches,
    broadcasting,
    calls,
    creation,
    exits,
    float32,
    forms,
    indexing,
    integers,
    linear,
    loops,
    mutation,
    networks,
    reductions,
    returns,
    scalars,
    scatter,
    stores,
    structure,
    surface,
    whiles,
)
from tests.corpus.registry import PROGRAMS, Program

__all__ = [
    "PROGRAMS",
    "Program",
    "aliases",
    "branches",
    "broadcasting",
    "calls",
    "creation",
    "exits",
    "float32",
    "forms",
    "indexing",
    "integers",
    "linear",
    "loops",
    "mutation",
    "networks",
    "reductions",
    "returns",
    "scalars",
    "scatter",
    "stores",
    "structure",
    "surface",
    "whiles",
]
