"""What lists, dicts and objects hold, where branches and loops change it.

    d = {"s": 0.0}
    for v in x:                  the loop carries what d["s"] is, as it carries names
        d["s"] += v

    if c: m.count = n            after the `if`, m.count is joined from both branches

A container has one identity on all paths, so that its aliases stay aliases; only its parts are joined and carried.
Changes are taken back at the end of a branch or trip (`tentative`), and what was held there is put in place where the
paths meet. How many parts there are, and under which keys, must be the same on all paths.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from adcompile.errors import UnsupportedError
from adcompile.frontend import lists
from adcompile.frontend.emitter import Emitter
from adcompile.frontend.needs import NeedsStatic
from adcompile.frontend.values import Abstract, Container, Grown, Mapping, Record, Sequence, tuple_of
from adcompile.ir.nodes import Region
from adcompile.location import Location

Held = dict[Container, Abstract]


@dataclass(slots=True)
class Log:
    """What containers held before the block changed them; those made in it do not count.

    `trip`: the block is a trip of a loop.
    """

    outside: tuple[Region, ...]
    trip: bool
    before: Held = field(default_factory=dict)


class Contents(Emitter):
    """An emitter that knows what containers held."""

    def __init__(self, *, boundscheck: bool = True) -> None:
        super().__init__(boundscheck=boundscheck)
        self._logs: list[Log] = []

    @contextmanager
    def tentative(self, *, trip: bool = False) -> Iterator[Held]:
        """Take back what the block changes. What is given: what the changed containers held at its end."""
        log, held = Log(tuple(self.builder.stack), trip), Held()
        self._logs.append(log)
        try:
            yield held
            held.update({each: contents(each) for each in log.before})
        finally:
            self._logs.pop()
            for each, before in log.before.items():
                self._replace(each, before)

    def changed(self) -> Held:
        """What the containers held that have been changed since the last `tentative` block began."""
        return self._logs[-1].before if self._logs else {}

    @contextmanager
    def changing(self, container: Container) -> Iterator[None]:
        """The block changes the container.

        Raises UnsupportedError for containers that were captured or are one of several, and NeedsStatic if a trip
        changes how many parts there are.
        """
        if container.home is None:
            raise UnsupportedError(
                "this changes a list, dict or object that was passed in or captured, or that may be one of several",
                None,
                "Build a new one in the function.",
            )
        if not self.is_alive(container):
            raise changes_must_be_known()
        self._note(container)
        before = _keys(container)
        items = list(container.items) if isinstance(container, Sequence) and not container.grown else []
        yield
        if _keys(container) != before and any(log.trip and _is_older(container, log) for log in self._logs):
            raise changes_must_be_known(container, items)

    def is_alive(self, container: Container) -> bool:
        """Has the region in which it was made not ended?"""
        return any(container.home is region for region in self.builder.stack)

    def put(self, container: Container, held: Abstract) -> None:
        """Give a container the parts it has from here on."""
        self._note(container)
        self._replace(container, held)

    def _note(self, container: Container) -> None:
        if self._logs and _is_older(container, self._logs[-1]):
            self._logs[-1].before.setdefault(container, contents(container))

    def _replace(self, container: Container, held: Abstract) -> None:
        match container, held:
            case Sequence(grown=Grown()), Sequence(items=[count]):
                lists.set_count(self, container, self.integer(count, "the length of a list"))
            case Sequence(), Sequence(items=items):
                container.items[:] = items
            case Mapping(), Mapping(items=entries):
                container.items.clear()
                container.items.update(entries)
            case Record(), Mapping(items=entries):
                container.fields.clear()
                container.fields.update({str(key): value for key, value in entries.items()})
            case _:
                raise AssertionError


def changes_must_be_known(
    container: Container | None = None, items: list[Abstract] | None = None, where: Location | None = None
) -> NeedsStatic:
    """Paths differ in how many parts a container has: a loop around it is unrolled, or a list grows."""
    needs = NeedsStatic(
        "the number of changes to a list, dict or object",
        None,
        advice="Use names for what changes, or make an array before it (`y = np.zeros(n)`) and store into that.",
    )
    needs.location, needs.remedy = where, lists.remedy(container, items or [])
    return needs


def contents(container: Container) -> Abstract:
    """The parts, as a value that does not change with the container."""
    match container:
        case Sequence(grown=Grown()):
            return tuple_of(lists.length(container))
        case Sequence(items=items):
            return tuple_of(*items)
        case Mapping(items=entries):
            return Mapping(dict(entries))
        case Record(fields=fields):
            return Mapping(dict[object, Abstract](fields.items()))


def hints(container: Container) -> list[str]:
    """Names for the parts."""
    match container:
        case Sequence(grown=Grown()):
            return ["count"]
        case Sequence(items=items):
            return [""] * len(items)
        case Mapping(items=entries):
            return [key if isinstance(key, str) and key.isidentifier() else "" for key in entries]
        case Record(fields=fields):
            return list(fields)


def _is_older(container: Container, log: Log) -> bool:
    return any(container.home is region for region in log.outside)


def _keys(container: Container) -> object:
    match container:
        case Sequence(grown=Grown()):
            return None
        case Sequence(items=items):
            return len(items)
        case Mapping(items=entries):
            return tuple(entries)
        case Record(fields=fields):
            return tuple(fields)
