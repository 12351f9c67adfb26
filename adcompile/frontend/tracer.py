"""The state of one tracing: the emitter, the stack of calls, and what was found outside the function.

Statements, expressions and calls need each other; they meet here, as the fields `evaluate`, `execute` and `call`.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FunctionType
from typing import NamedTuple

import numpy as np

from adcompile.errors import MissingRuleError, UnsupportedError
from adcompile.frontend import lists
from adcompile.frontend.captures import Guard, Reach
from adcompile.frontend.contents import Contents
from adcompile.frontend.exits import Outcome
from adcompile.frontend.liveness import Liveness, liveness
from adcompile.frontend.needs import Growing, NeedsStatic, Remedy
from adcompile.frontend.scope import Frame
from adcompile.frontend.specs import Spec
from adcompile.frontend.structure import Structure
from adcompile.frontend.values import Abstract, Container, UserFunction
from adcompile.frontend.values import Sequence as Items
from adcompile.ir.nodes import Region, Value
from adcompile.location import Location

_TOLD_LINE = (
    IndexError,
    AttributeError,
    np.exceptions.AxisError,
    ValueError,
    TypeError,
    ZeroDivisionError,
    OverflowError,
)


class SourceUsed(NamedTuple):
    """A function that was interpreted: its qualified name, file, and the hash of its source."""

    name: str
    file: str
    source_hash: str


class Capture(NamedTuple):
    """A captured object: where it stands, its structure, its leaves as params, and what it is here."""

    reach: Reach
    structure: Structure
    params: tuple[Value, ...]
    value: Abstract


class Tracer(Contents):
    """An emitter that knows whose code it interprets."""

    def __init__(
        self,
        *,
        evaluate: Callable[[Tracer, ast.expr], Abstract],
        execute: Callable[[Tracer, Sequence[ast.stmt], bool], Outcome],
        call: Callable[[Tracer, Abstract, list[Abstract], dict[str, Abstract]], Abstract],
        boundscheck: bool,
        static: frozenset[Reach],
        remedies: dict[Location, Remedy],
    ) -> None:
        super().__init__(boundscheck=boundscheck)
        self._evaluate, self._execute, self._call = evaluate, execute, call
        self.static, self.remedies = static, remedies
        self.frames: list[Frame] = []
        self.outermost = 0
        self.unnamed: set[Value] = set()
        self.captures: dict[Reach, Capture] = {}
        self.written_out: dict[object, ast.FunctionDef] = {}
        self.held: dict[Reach, Abstract] = {}
        self.capture_of: dict[Value, Reach] = {}
        self.told: Exception | None = None
        self.meant: Exception | None = None
        self.guards: dict[Reach, Guard] = {}
        self.classes: dict[type, Reach] = {}
        self.foreign: dict[int, Abstract] = {}
        self.sources: dict[SourceUsed, None] = {}
        self.loops: dict[tuple[object, ...], dict[str | Container, Spec]] = {}
        self.bound: dict[ast.AST, frozenset[str]] = {}
        self._liveness: dict[ast.AST, Liveness] = {}

    def is_foreign(self, value: Abstract) -> bool:
        """Is it a container or an object that was passed in or captured, so that another name may mean it as well?"""
        return self.foreign.get(id(value)) is value

    @property
    def frame(self) -> Frame:
        """The call being interpreted."""
        return self.frames[-1]

    def evaluate(self, node: ast.expr) -> Abstract:
        """The value of an expression."""
        return self._evaluate(self, node)

    def execute(self, body: Sequence[ast.stmt], *, returns: bool = False) -> Outcome:
        """Interpret a block; with `returns`, the body of a function, which returns None at its end."""
        return self._execute(self, body, returns)

    def call(self, function: Abstract, args: list[Abstract], keywords: dict[str, Abstract]) -> Abstract:
        """Call a function."""
        return self._call(self, function, args, keywords)

    def interpret(self, function: Callable[..., object], *args: Abstract, **keywords: Abstract) -> Abstract:
        """Call a function of `adcompile.compositions`."""
        assert isinstance(function, FunctionType)
        return self._call(self, UserFunction(function, None), list(args), keywords)

    @contextmanager
    def inside_loop(self, node: ast.For | ast.While, region: Region) -> Iterator[None]:
        """If something in the block must be known now and depends on the trip, say so on the exception."""
        try:
            yield
        except NeedsStatic as needs:
            sources = self.builder.sources(needs.operand) if needs.operand is not None else iter(())
            if needs.operand is None or any(source in region.params for source in sources):
                needs.loops.append(node)
            raise

    @contextmanager
    def pointing_at(self, node: ast.AST) -> Iterator[None]:
        """Errors of the block that name no place name this node. In a composition that is left to its caller."""
        frame = self.frame
        outer, frame.node = frame.node, node
        try:
            yield
        except (UnsupportedError, MissingRuleError) as error:
            if error.location is not None or self.frame.source.at is not None:
                raise
            raise type(error)(error.what, self.locate(node), error.advice) from None
        except NeedsStatic as needs:
            if self.frame.source.at is None:
                needs.location = needs.location or self.locate(node)
            raise
        finally:
            frame.node = outer

    @contextmanager
    def naming_line(self, location: Location) -> Iterator[None]:
        """What Python or NumPy would raise here tells the line. `told` is an exception that needs no line any more."""
        try:
            yield
        except _TOLD_LINE as error:
            if error is self.told or type(error) not in _TOLD_LINE:
                raise
            text = str(error)
            if not text.endswith(location.brief):
                text = f"{text} {location.brief}"
            if isinstance(error, np.exceptions.AxisError):
                self.told = np.exceptions.AxisError(text)
                raise self.told from None
            self.told = error
            error.args = (text,)
            raise

    def liveness(self) -> Liveness:
        """The liveness of the function being interpreted."""
        node = self.frame.source.node
        if node not in self._liveness:
            self._liveness[node] = liveness(node)
        return self._liveness[node]

    def new_list(self, items: list[Abstract], site: Location | None = None) -> Abstract:
        """A list made at a place in the source, the current statement if none is given."""
        site = site or self.builder.loc
        remedy = self.remedies.get(site) if site is not None else None
        if isinstance(remedy, Growing):
            return lists.made(self, remedy, items, self.builder.region)
        return Items("list", items, self.builder.region, site)

    def locate(self, node: ast.AST) -> Location:
        """Where a node of the current function stands."""
        return self.frame.source.locate(node)

    def call_site(self) -> Location | None:
        """Where the call stands that is being made: the innermost expression, or else the statement."""
        return self.builder.loc if self.frame.node is None else self.locate(self.frame.node)

    def name(self, value: Abstract, name: str) -> None:
        """The user calls a value by this name. Parts of arguments take the name that the function unpacks them to."""
        named = value.grown.array if isinstance(value, Items) and value.grown else value
        operand = getattr(named, "operand", None) or getattr(named, "value", None)
        if not isinstance(operand, Value):
            return
        if operand in self.unnamed and len(self.frames) == 1:
            self.unnamed.discard(operand)
            operand.hint = name
        operand.hint = operand.hint or name

    def refuse(self, node: ast.AST, what: str, advice: str = "") -> UnsupportedError:
        """The error that points at a node."""
        return UnsupportedError(what, self.locate(node), advice)
