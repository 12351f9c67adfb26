"""A stand-in for `pipeline.build`: programs written by hand, so that the run time is tested on its own."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from adcompile import pipeline
from adcompile.frontend.structure import Leaf, leaves
from adcompile.ir.types import Scalar, is_float
from adcompile.pipeline import Build, SourceLine
from adcompile.runtime.cache import MEMORY


class Handwritten:
    """`programs[name]` makes the build for the function of that name; `built` counts calls."""

    def __init__(self):
        self.programs = {}
        self.built = []

    def build(self, function, arguments, options):
        self.built.append(options.mode)
        return self.programs[function.__name__](function, arguments, options)

    def add(self, name, text, *, primal=None, vjp=None, result=None, captures=(), guards=(), aux=None):
        """A program by its text, for each mode. All but the name may be functions of `(function, arguments)`."""

        def make(function, arguments, options):
            def now(given):
                return given(function, arguments) if callable(given) else given

            return Build(
                text=textwrap.dedent(now({"grad": text, "primal": primal, "vjp": vjp}[options.mode])),
                entry="entry",
                source_map=(SourceLine(2, function.__code__.co_filename, function.__code__.co_firstlineno),),
                captures=tuple(now(captures)),
                guards=tuple(now(guards)),
                dependencies=(),
                result=now(result) if result is not None else Leaf(Scalar("float64", weak=True)),
                aux=now(aux),
                gradients=positions(arguments, options.wrt) if options.mode != "primal" else (),
            )

        self.programs[name] = make


def program(text, **fields):
    """A build of which only the text matters."""
    nothing = dict.fromkeys(("source_map", "captures", "guards", "dependencies", "gradients"), ())
    return Build(text=text, entry="f", result=Leaf(Scalar("float64")), aux=None, **nothing, **fields)


def positions(arguments, wrt):
    found, position = [], 0
    for name, structure in arguments.items():
        for leaf in leaves(structure):
            if name in wrt and is_float(leaf.type):
                found.append(position)
            position += 1
    return tuple(found)


def install(monkeypatch, tmp_path) -> Iterator[Handwritten]:
    """Programs written by hand in place of the pipeline, and a cache folder for one test: the body of a fixture."""
    monkeypatch.setenv("ADCOMPILE_CACHE_DIR", str(tmp_path / "cache"))
    MEMORY.clear()
    made = Handwritten()
    monkeypatch.setattr(pipeline, "build", made.build)
    yield made
    MEMORY.clear()
