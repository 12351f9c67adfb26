"""What a long program does again and again becomes a function of its own.

    y = np.empty(n)                       def loss_part(n, x, s):
    for i in range(n):                        y = np.empty(n)
        y[i] = np.tanh(x[i])                  for i in range(n):
    for i in range(n):                            y[i] = np.tanh(x[i])
        s += y[i]                             for i in range(n):
    z = np.empty(m)              ->               s += y[i]
    for i in range(m):                        return y, s
        z[i] = np.tanh(x_1[i])            ...
    for i in range(m):                    y, s = loss_part(n, x, s)
        s += z[i]                         z, s = loss_part(m, x_1, s)

A loop over a list of arrays is unrolled, and so is whatever needs its index now. Numba and LLVM take their time by the
line, and more of it a line where a function is long; a function is compiled once. A call costs some 20 ns, and LLVM
may inline it, so only long programs are changed, where a long stretch with a loop repeats.

* same      Stretches do the same if they are equal up to the names of variables, and come from the same lines of the
            user's. What counts is not a name but a *stay*: from where a variable is written, without a look at what it
            held, to where that happens next. So one stretch may use a name twice where another has two.
* calls     A function of the user's may be called from several lines, which errors in it tell; what stands for all of
            these calls tells the line in the function only.
* inputs    the stays that are read before the stretch writes them; those it may leave as they are, if they are read
            behind it. They are surely bound in front of each stretch.
* outputs   the stays that it writes, if any of the stretches has them read behind it.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from adcompile.codegen.comments import Comments, is_mark
from adcompile.codegen.flow import Flow, Names, assigned, blocks, flow_of, unshared
from adcompile.codegen.promises import check_of, mark_check, marked
from adcompile.location import without_calls

# A program of fewer statements stays in one piece.
LONG = 250
# A stretch of fewer statements is not worth a call, and longer ones are not looked for.
SHORTEST, LONGEST = 6, 40
# One statement of more inside it is not part of a stretch.
LARGEST = 60
FEWEST_PLACES = 3
# What has fewer loops takes no longer than a call.
FEWEST_LOOPS = 1
# How many statements a new function has to save.
WORTHWHILE = 40
MOST_CANDIDATES = 6
MOST_PARTS = 20

Tokens = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Statements in a row of a block, those from `first` to before `last`."""

    block: list[ast.stmt]
    first: int
    last: int

    @property
    def body(self) -> list[ast.stmt]:
        """Its statements."""
        return self.block[self.first : self.last]


@dataclass(frozen=True, slots=True)
class Same:
    """A stretch in a form that can be compared: `tokens` has numbers for stays. `entering` and `leaving` are the names
    of those that are there when it begins and ends; `outputs` are written by it and read behind it."""

    stretch: Stretch
    tokens: Tokens
    entering: dict[int, str]
    leaving: dict[int, str]
    outputs: frozenset[int]
    told: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Repeated:
    """Stretches that do the same, and the stays that enter and leave the function that they become."""

    stretches: tuple[Same, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]

    @property
    def saved(self) -> float:
        """How many statements there are less, about. A call of many arguments counts as several, and the function
        twice: rather a short one than one of twice the length that is called half as often.
        """
        count, size = len(self.stretches), size_of(self.stretches[0].stretch.body)
        passed = len(self.inputs) + len(self.outputs)
        return (count - 2) * size - count * (1 + passed / 8) - passed


def split(function: ast.FunctionDef, comments: Comments) -> list[ast.FunctionDef]:
    """The function in pieces, those that it calls first. Rewrites it in place."""
    parts: list[ast.FunctionDef] = []
    if size_of(function.body) >= LONG:
        unshared(function.body, set())
    while size_of(function.body) >= LONG and len(parts) < MOST_PARTS:
        found = _Search(function, comments).best()
        if found is None:
            break
        parts.append(_separated(found, f"{function.name}_part" + (f"_{len(parts)}" if parts else ""), comments))
    return [*parts, function]


def size_of(block: Sequence[ast.stmt]) -> int:
    """How many statements there are in a block and those inside it."""
    return sum(1 + sum(map(size_of, blocks(stmt))) for stmt in block if not is_mark(stmt))


class _Search:
    """What repeats in a function."""

    def __init__(self, function: ast.FunctionDef, comments: Comments) -> None:
        self.comments = comments
        self.flow = flow_of(function)
        parameters = (each.arg for each in function.args.args)
        self.variables = self.flow.written_by(function.body).union(parameters)
        # The statements of all blocks that a stretch may begin with: where they stand, and their shape; a block ends
        # with None, and what may leave it is None too.
        self.places: list[Stretch | None] = []
        self.sizes: list[int] = []
        self.loops: list[bool] = []
        self._collect(function.body)

    def best(self) -> Repeated | None:
        """The stretches that are most worth a function, None if none are worth one."""
        candidates = sorted(self._candidates(), key=lambda each: -each[0])[:MOST_CANDIDATES]
        found = [repeated for _, length, starts in candidates if (repeated := self._verified(length, starts))]
        best = max(found, key=lambda each: each.saved, default=None)
        return best if best is not None and best.saved >= WORTHWHILE else None

    def _collect(self, block: list[ast.stmt]) -> tuple[int, bool]:
        """Note the statements of a block and those inside it. Returns how many there are, and if one may leave it."""
        begin, total, leaves = 0, 0, False
        found: list[tuple[Stretch | None, int]] = []
        for k, stmt in enumerate(block):
            if is_mark(stmt):
                continue
            inside = [self._collect(inner) for inner in blocks(stmt)]
            size = 1 + sum(count for count, _ in inside)
            ends = isinstance(stmt, ast.Return | ast.Break)
            ends |= isinstance(stmt, ast.If) and any(ends for _, ends in inside)
            found.append((None if ends or size > LARGEST else Stretch(block, begin, k + 1), size))
            begin, total, leaves = k + 1, total + size, leaves or ends
        for place, size in (*found, (None, 0)):
            self.places.append(place)
            self.sizes.append(size)
            self.loops.append(place is not None and _has_loop(place.body[-1]))
        return total, leaves

    def _candidates(self) -> Iterator[tuple[int, int, list[int]]]:
        """Stretches that look the same: what a function for them would save at most, their length, where they begin."""
        shapes: list[Tokens | None] = [None if each is None else self._read(each).tokens for each in self.places]
        groups = _grouped(range(len(shapes)), shapes)
        for length in range(1, LONGEST + 1):
            for starts in groups:
                size = sum(self.sizes[starts[0] : starts[0] + length])
                count = len(_apart(starts, length))
                loops = sum(self.loops[starts[0] : starts[0] + length])
                if (
                    loops >= FEWEST_LOOPS
                    and size >= SHORTEST
                    and count >= FEWEST_PLACES
                    and (count - 2) * size >= WORTHWHILE
                ):
                    yield (count - 2) * size, length, starts
            groups = [longer for starts in groups for longer in _grouped(starts, shapes[length:])]

    def _verified(self, length: int, starts: list[int]) -> Repeated | None:
        """Of the stretches that begin at `starts`, most that do the same."""
        alike: dict[Tokens, list[Same]] = defaultdict(list)
        for start in starts:
            one, other = self.places[start], self.places[start + length - 1]
            assert one is not None and other is not None
            same = self._read(Stretch(one.block, one.first, other.last))
            if self._surely_bound(same):
                alike[same.tokens].append(same)
        found = (_repeated(each) for each in alike.values())
        return max((each for each in found if each is not None), key=lambda each: each.saved, default=None)

    def _surely_bound(self, same: Same) -> bool:
        first = next(stmt for stmt in same.stretch.body if not is_mark(stmt))
        return self.flow.bound[first].issuperset(same.entering.values())

    def _read(self, stretch: Stretch) -> Same:
        reader = _Reader(self.flow, self.variables, self.comments)
        for stmt in stretch.body:
            reader.statement(stmt)
        leaving = {stay: name for name, stay in reader.current.items()}
        alive = self.flow.written_by(stretch.body) & self.flow.alive[stretch.body[-1]]
        outputs = frozenset(reader.current[name] for name in alive)
        return Same(stretch, tuple(reader.tokens), reader.entering, leaving, outputs, tuple(reader.told))


def _grouped(places: Iterable[int], shapes: Sequence[Tokens | None]) -> list[list[int]]:
    """Places of one shape, where there are enough."""
    groups: dict[Tokens, list[int]] = defaultdict(list)
    for place in places:
        if (shape := shapes[place]) is not None:
            groups[shape].append(place)
    return [group for group in groups.values() if len(group) >= FEWEST_PLACES]


def _apart(starts: Iterable[int], length: int) -> list[int]:
    """Of the places where stretches begin, those of stretches that do not overlap."""
    found: list[int] = []
    for start in starts:
        if not found or start >= found[-1] + length:
            found.append(start)
    return found


def _repeated(alike: list[Same]) -> Repeated | None:
    """Stretches of equal tokens as calls of one function, without those that overlap or have no name for a stay."""
    inputs = frozenset().union(*(each.entering for each in alike))
    outputs = frozenset().union(*(each.outputs for each in alike))
    chosen: list[Same] = []
    for each in alike:
        fits = inputs <= each.entering.keys() and outputs <= each.leaving.keys()
        last = chosen[-1].stretch if chosen else None
        if fits and (last is None or last.block is not each.stretch.block or each.stretch.first >= last.last):
            chosen.append(each)
    if len(chosen) < FEWEST_PLACES:
        return None
    return Repeated(tuple(chosen), tuple(sorted(inputs)), tuple(sorted(outputs)))


def _has_loop(stmt: ast.stmt) -> bool:
    return isinstance(stmt, ast.For | ast.While) or any(_has_loop(inner) for block in blocks(stmt) for inner in block)


class _Reader:
    """Reads a stretch from its beginning. `current` are the stays that names stand for where it has come to."""

    def __init__(self, flow: Flow, variables: Names, comments: Comments) -> None:
        self.flow, self.variables, self.comments = flow, variables, comments
        self.tokens: list[object] = []
        self.told: list[str] = []
        self.current: dict[str, int] = {}
        self.entering: dict[int, str] = {}
        self._renewed: set[str] = set()  # names that begin a new stay where they are met next
        self._count = 0

    def statement(self, stmt: ast.stmt) -> None:
        """The next statement of the stretch itself: what it binds for sure begins a new stay."""
        if blocks(stmt):
            flow = self.flow
            surely, read_later = flow.surely[stmt] or frozenset(), flow.alive[stmt]
            new = flow.written[stmt] - flow.exposed[stmt]
            self._renewed |= {name for name in new if name in surely or name not in read_later}
            self._node(stmt)
        elif isinstance(stmt, ast.Assign):
            self.tokens.append(ast.Assign)
            self._node(stmt.value)
            self._renewed |= assigned(stmt.targets[0])
            self._node(stmt.targets[0])
        else:
            self._node(stmt)

    def _stay(self, name: str) -> int:
        if name in self._renewed or name not in self.current:
            if name not in self._renewed:
                self.entering[self._count] = name
            self._renewed.discard(name)
            self.current[name] = self._count
            self._count += 1
        return self.current[name]

    def _node(self, node: ast.AST) -> None:
        if isinstance(node, ast.stmt) and is_mark(node):
            self.tokens.append(self.comments.place(node))
        elif isinstance(node, ast.Name):
            self.tokens += ("name", self._stay(node.id) if node.id in self.variables else node.id)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            self.told.append(node.value)
            self.tokens += (str, without_calls(node.value))
        elif isinstance(node, ast.Constant):
            self.tokens += (type(node.value), repr(node.value))
        else:
            self.tokens.append(type(node))
            for name in node._fields:
                if name != "ctx":
                    self._field(getattr(node, name, None))
            promise, check = marked(node), check_of(node)
            if promise is not None:
                self.tokens.append(tuple(map(self.current.get, promise)) if isinstance(promise, tuple) else promise)
            if check is not None:
                self.told.append(check[1])
                self.tokens += (check[0], without_calls(check[1]))

    def _field(self, value: object) -> None:
        if isinstance(value, ast.AST):
            self._node(value)
        elif isinstance(value, list):
            self.tokens.append(len(value))
            for each in value:
                self._field(each)
        else:
            self.tokens.append(value)


def _separated(found: Repeated, name: str, comments: Comments) -> ast.FunctionDef:
    """The function; the stretches become calls of it."""
    first = found.stretches[0]
    if any(each.told != first.told for each in found.stretches):
        _leave_out_calls(first.stretch.body)
    results = _tuple([first.leaving[stay] for stay in found.outputs])
    head = first.stretch.body[:1]
    head = comments.again(head[0]) if is_mark(head[0]) else head
    body = [*head, *first.stretch.body[1:], *([ast.Return(results)] if results else [])]
    doc = ast.Expr(ast.Constant(f"What is done at {len(found.stretches)} places."))
    parameters = [first.entering[stay] for stay in found.inputs]
    for same in reversed(found.stretches):  # so that places in a block stay what they are
        stretch = same.stretch
        marks = [stmt for stmt in stretch.body[:1] if is_mark(stmt)]
        stretch.block[stretch.first : stretch.last] = [*marks, _call(found, same, name)]
    return definition(name, parameters, [doc, *body])


def _leave_out_calls(body: list[ast.stmt]) -> None:
    """Errors tell the line in a function of the user's, not from where it was called."""
    for node in (each for stmt in body for each in ast.walk(stmt)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = without_calls(node.value)
        if (check := check_of(node)) is not None:
            mark_check(node, (check[0], without_calls(check[1])))


def _call(found: Repeated, same: Same, name: str) -> ast.stmt:
    arguments: list[ast.expr] = [ast.Name(same.entering[stay], ast.Load()) for stay in found.inputs]
    call = ast.Call(ast.Name(name, ast.Load()), arguments, [])
    target = _tuple([same.leaving[stay] for stay in found.outputs])
    return ast.Assign([target], call) if target else ast.Expr(call)


def _tuple(variables: Sequence[str]) -> ast.expr | None:
    """The variables as a target or a result, None if there are none."""
    parts: list[ast.expr] = [ast.Name(each, ast.Load()) for each in variables]
    return ast.Tuple(parts, ast.Load()) if len(parts) > 1 else parts[0] if parts else None


def definition(name: str, parameters: Sequence[str], body: list[ast.stmt]) -> ast.FunctionDef:
    """A function of these parameters."""
    arguments = ast.arguments(
        posonlyargs=[],
        args=[ast.arg(p, None) for p in parameters],
        vararg=None,
        kwonlyargs=[],
        kw_defaults=[],
        kwarg=None,
        defaults=[],
    )
    node = ast.parse("def f(): pass").body[0]  # the fields of a definition differ between versions of Python
    assert isinstance(node, ast.FunctionDef)
    node.name, node.args, node.body = name, arguments, body
    return node
