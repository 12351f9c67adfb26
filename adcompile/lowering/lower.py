"""Lowering: array operations of the graph become loop nests, fused where that is legal.

    h = tanh(x @ w + b)        z = matmul(x, w)
    return sum(h)              for i: for j: s = s + tanh(z[i, j] + b[j])

An array that is used once is not made: it stays an expression (`arrays.Node`) and its elements are computed where they
are consumed. It is *made* (a root array and a loop nest that fills it) if

    M1  it is used more than once, or in a loop or branch, or returned, or written to;
    M2  its consumer wants memory (BLAS, a reshape) or would compute an element repeatedly (a broadcast along an
        outer axis, a gather, a maximum);
    M3  memory that it reads is about to be written (it is *pending* until then);
    M4  it is the result of `exp`, `tanh`, ...: expensive, and read again by its own derivative.

Views of memory are never made: they stay (root, index map), so that aliases are one root.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import assert_never

from adcompile.errors import InternalError
from adcompile.ir.attributes import NONE, Attributes
from adcompile.ir.builder import Builder
from adcompile.ir.nodes import Apply, Const, For, Function, If, Operand, Region, Stmt, Value, While, is_const
from adcompile.ir.primitive import Effect
from adcompile.ir.types import Array
from adcompile.ir.walk import operands, regions, statements
from adcompile.lowering.arenas import Arena
from adcompile.lowering.arrays import Elementwise, Memory, Node, View, aligned
from adcompile.lowering.emitter import Emitter
from adcompile.lowering.groups import Shared, memory_of, shared_names
from adcompile.lowering.lifetimes import Lifetimes
from adcompile.lowering.nests import Nest
from adcompile.lowering.operations import LOWERINGS
from adcompile.lowering.pools import Pool
from adcompile.lowering.rebinding import lower_for, lower_if, lower_while
from adcompile.lowering.windows import Windows
from adcompile.ops import memory
from adcompile.ops import scalar as ops


def lower(function: Function, kept: frozenset[int] = frozenset()) -> Function:
    """The function on loops. Its array results are roots of their own, never arguments or shared.

    `kept` are the numbers of pools that get a slot for every trip (`rebinding`).
    """
    region = function.region
    stored, lifetimes = written(region), Lifetimes(region)
    shared = shared_names(region, lifetimes, stored)
    lowering = Lowering(Builder(Region()), uses(region), stored, shared, lifetimes, kept)
    params = tuple(Value(p.type, p.hint, loc=p.loc) for p in region.params)
    lowering.scalars.update(zip(region.params, params, strict=True))
    extents = [stmt for stmt in region.body if isinstance(stmt, Apply) and stmt.primitive.asks_shapes]
    lowering.region(Region(body=[stmt for stmt in region.body if stmt in extents]))
    lowering.copy_written(region.params)
    lowering.region(Region(body=[stmt for stmt in region.body if stmt not in extents]))
    body = lowering.builder.region
    body.yields = tuple(lowering.result(y, params) for y in region.yields)
    lowered = Function(function.name, Region(params, body.body, body.yields))
    _check_arguments_kept(lowered)
    return lowered


def _check_arguments_kept(function: Function) -> None:
    """No statement stores into an argument: what is stored into was copied on entry."""
    bases: dict[Value, Value] = {}
    for stmt in statements(function.region):
        if isinstance(stmt, Apply) and stmt.operands and isinstance(stmt.operands[0], Value):
            base = bases.get(stmt.operands[0], stmt.operands[0])
            if stmt.primitive in (memory.reshape, memory.row):
                bases[stmt.results[0]] = base
            elif stmt.primitive is memory.store and base in function.region.params:
                raise InternalError(f"{function.name} stores into its argument {base.hint}", "lower")


def uses(region: Region) -> Counter[Value]:
    """How often each array is used; a use in a nested region counts twice (rule M1)."""
    found: Counter[Value] = Counter()

    def visit(inner: Region, depth: dict[Value, Region]) -> None:
        homes = dict(depth)
        homes.update(dict.fromkeys(inner.params, inner))
        for stmt in inner.body:
            for operand in operands(stmt):
                if isinstance(operand, Value):
                    found[operand] += 1 if homes.get(operand) is inner and isinstance(stmt, Apply) else 2
            homes.update(dict.fromkeys(stmt.results, inner))
            for nested in regions(stmt):
                visit(nested, homes)
        for operand in inner.yields:
            if isinstance(operand, Value):
                found[operand] += 1 if homes.get(operand) is inner and inner is not region else 2

    visit(region, {})
    return found


def written(region: Region) -> set[Value]:
    """The arrays whose memory is stored to, through views or directly."""
    lifetimes = Lifetimes(region)
    found: set[Value] = set()
    for stmt in statements(region):
        if isinstance(stmt, Apply) and stmt.primitive.effect is Effect.WRITE:
            target = stmt.operands[0]
            assert isinstance(target, Value)
            found.update(lifetimes.stored(target))
    return found


@dataclass(eq=False)
class Lowering:
    """The state: what graph values became."""

    builder: Builder
    uses: Counter[Value]
    written: set[Value]
    shared: dict[Value, Shared]
    lifetimes: Lifetimes
    kept: frozenset[int] = frozenset()
    rebound: int = 0
    scalars: dict[Value, Operand] = field(default_factory=dict)
    nodes: dict[Value, Node] = field(default_factory=dict)
    pending: dict[Value, Node] = field(default_factory=dict)
    returned: list[Value] = field(default_factory=list)
    emitter: Emitter = field(init=False)

    def __post_init__(self) -> None:
        self.emitter = Emitter(self.builder)
        self._outermost = self.builder.region
        self._framed = {each.root for each in self.shared.values() if isinstance(each, Windows)}

    def copy_written(self, params: tuple[Value, ...]) -> None:
        """Arguments that the function stores into are copied on entry: the caller's data never change."""
        for param in params:
            shared = self.shared.get(param)
            if isinstance(shared, Pool | Arena):
                shared.birth(self, param, self._known(param))
            elif param in self.written:
                self.nodes[param] = self.fill_new(self._known(param), param.hint, once=False)

    @property
    def is_outermost(self) -> bool:
        """Do statements go outside loops and branches now?"""
        return self.builder.region is self._outermost

    # -- values ---------------------------------------------------------------------------------------------

    def scalar(self, operand: Operand) -> Operand:
        """What a scalar became."""
        return self.scalars[operand] if isinstance(operand, Value) else operand

    def is_known(self, operand: Operand) -> bool:
        """Has this scalar been computed?"""
        return isinstance(operand, Const) or operand in self.scalars

    def dims(self, value: Operand) -> tuple[Operand, ...]:
        """What the extents of an array became."""
        assert isinstance(value, Value)
        return tuple(map(self.scalar, value.dims))

    def node(self, operand: Operand) -> Node:
        """What an array became, for a consumer that reads each element at most once."""
        assert isinstance(operand, Value)
        self.pending.pop(operand, None)
        return self._known(operand)

    def _known(self, array: Value) -> Node:
        """An argument becomes a node at its first use, when its extents are known."""
        if array not in self.nodes:
            root = self.scalars[array]
            assert isinstance(root, Value)
            self.nodes[array] = Memory(self.dims(array), array.type.dtype, root=root, base=root)
        return self.nodes[array]

    def trivial(self, operand: Operand) -> Node:
        """What an array became, for a consumer that may read elements repeatedly (rule M2)."""
        assert isinstance(operand, Value)
        if not self._known(operand).is_trivial:
            self.make(operand)
        return self.nodes[operand]

    def memory(self, operand: Operand) -> Memory | View:
        """The array as memory: a root, or a view of a root."""
        assert isinstance(operand, Value)
        node = self._known(operand)
        if not (isinstance(node, Memory) or (isinstance(node, View) and isinstance(node.base, Memory))):
            self.make(operand)
        found = self.nodes[operand]
        assert isinstance(found, Memory | View)
        return found

    def whole(self, operand: Operand) -> Memory:
        """The array as a whole contiguous root."""
        node = self.memory(operand)
        if isinstance(node, Memory) and node.root.type.layout == "C":  # type: ignore[union-attr]
            return node
        assert isinstance(operand, Value)
        return self.fill_new(node, operand.hint)

    def is_snapshot(self, view: Value, made: Apply) -> bool:
        """Would a copy do for this view: is the memory behind it not stored to as long as the view is used?"""
        behind = memory_of(view, self.shared, self.lifetimes)

        def stores(target: Operand) -> bool:
            return memory_of(target, self.shared, self.lifetimes) is behind

        return self.lifetimes.is_stable([view], stores, made)

    def takes_over(self, view: Value, made: Apply) -> bool:
        """Would a copy do for this view, as the array behind it is not used any more, by any other name?"""
        names = self.lifetimes.views(self.lifetimes.chain(view)[-1])
        return names.isdisjoint(self.shared) and self.lifetimes.takes_over(view, made)

    def make(self, value: Value) -> None:
        """Compute the array into a root of its own."""
        self.pending.pop(value, None)
        self.nodes[value] = self.fill_new(self.nodes[value], value.hint, once=value not in self.written)

    def fill_new(self, node: Node, hint: str, *, once: bool = True) -> Memory:
        """A new root with the node's elements."""
        with self.builder.at(node.loc):
            made = self.new_root(node.dims, node.dtype, hint=hint, once=once)
            self.fill(made, node)
        return made

    def new_root(
        self,
        dims: tuple[Operand, ...],
        dtype: str,
        *,
        hint: str = "",
        fill: str = "empty",
        once: bool = False,
        attrs: Attributes = NONE,
    ) -> Memory:
        """A new array. `once`: each element is stored exactly once, before it is read."""
        type_ = Array(dtype, len(dims))
        known = attrs.but(fill=fill, once=once)
        root = self.builder.apply(memory.alloc, *dims, type=type_, hint=hint or "temp", attrs=known)
        return Memory(dims, dtype, self.builder.loc, root=root, base=root)

    def fill(self, target: Memory | View, value: Node | Operand, *, order_free: bool = True) -> None:
        """target[...] = value"""
        nodes = (value,) if isinstance(value, Node) else ()
        nest = Nest(self.emitter, target.dims, nodes, order_free)

        def store(index: tuple[Operand, ...]) -> None:
            element = value.at(self.emitter, aligned(value, index)) if isinstance(value, Node) else value
            root, at = self.locate(target, index)
            self.builder.effect(memory.store, root, *at, element)

        nest.run(store)

    def locate(self, target: Memory | View, index: tuple[Operand, ...]) -> tuple[Value, tuple[Operand, ...]]:
        """Root and index of an element."""
        if isinstance(target, Memory):
            return target.root, index
        assert isinstance(target.base, Memory)
        return target.base.root, target.locate(self.emitter, index)

    def define(self, value: Value, node: Node) -> None:
        """Enter what an array became, and make it where rule M1 says so."""
        node.loc = node.loc or self.builder.loc
        if value in self.shared:
            self.shared[value].birth(self, value, node)
            return
        self.nodes[value] = node
        if isinstance(node, Memory) or (isinstance(node, View) and isinstance(node.base, Memory)):
            return
        wants_memory = value in self.written or value in self._framed or is_reused(node)
        if wants_memory or (self.uses[value] > 1 and not node.is_trivial):
            self.make(value)
        elif node.reads:
            self.pending[value] = node

    def before_write(self, base: Value) -> None:
        """Compute what still reads the memory that is about to change (rule M3)."""
        for value, node in list(self.pending.items()):
            if base in node.reads:
                self.make(value)

    # -- statements -----------------------------------------------------------------------------------------

    def region(self, region: Region) -> None:
        """Lower the statements of a region into the open one."""
        for stmt in region.body:
            with self.builder.at(stmt.loc):
                self.statement(stmt)

    def statement(self, stmt: Stmt) -> None:
        if not isinstance(stmt, Apply):
            self.make_arenas(stmt)
        match stmt:
            case Apply():
                self.apply(stmt)
            case If():
                lower_if(self, stmt)
            case For():
                lower_for(self, stmt)
            case While():
                lower_while(self, stmt)
            case _:
                assert_never(stmt)

    def make_arenas(self, stmt: Stmt) -> None:
        """Arenas whose first arrays are born inside a statement are made in front of it."""
        for arena in dict.fromkeys(each for each in self.shared.values() if isinstance(each, Arena)):
            if arena.memory is None and self.lifetimes.region_of(stmt) is arena.home:
                inside = (s for each in regions(stmt) for s in statements(each))
                if not {*arena.members, *arena.roots, *arena.again}.isdisjoint(v for s in inside for v in s.results):
                    arena.make(self)

    def apply(self, stmt: Apply) -> None:
        if stmt.primitive in LOWERINGS:
            LOWERINGS[stmt.primitive](self, stmt)
        elif stmt.primitive.elementwise and isinstance(stmt.results[0].type, Array):
            self.elementwise(stmt)
        else:
            self.copy(stmt)

    def copy(self, stmt: Apply) -> None:
        """A statement that means the same on loops."""
        operands = [self.operand(o) for o in stmt.operands]
        if not stmt.results:
            self.builder.effect(stmt.primitive, *operands, attrs=stmt.attrs)
            return
        result = stmt.results[0]
        self.scalars[result] = self.builder.apply(
            stmt.primitive, *operands, type=result.type, hint=result.hint, attrs=stmt.attrs
        )

    def operand(self, operand: Operand) -> Operand:
        if isinstance(operand, Value) and isinstance(operand.type, Array):
            return self.scalars[operand]
        return self.scalar(operand)

    def elementwise(self, stmt: Apply) -> None:
        result = stmt.results[0]
        dims = self.dims(result)
        operands = tuple(self._elementwise_operand(o, dims) for o in stmt.operands)
        self.define(result, Elementwise(dims, result.type.dtype, primitive=stmt.primitive, operands=operands))

    def _elementwise_operand(self, operand: Operand, dims: tuple[Operand, ...]) -> Node | Operand:
        if not (isinstance(operand, Value) and isinstance(operand.type, Array)):
            return self.scalar(operand)
        own = self.dims(operand)
        repeated = [d for d in range(len(dims)) if _repeats(own, dims, d)]
        trailing = list(range(len(dims) - len(repeated), len(dims)))
        return self.node(operand) if repeated == trailing else self.trivial_or_node(operand)

    def trivial_or_node(self, operand: Value) -> Node:
        """As `trivial`, and no longer pending."""
        self.trivial(operand)
        return self.node(operand)

    def result(self, operand: Operand, params: tuple[Value, ...]) -> Operand:
        """A result of the function: a scalar, or a root that nothing else names."""
        if not (isinstance(operand, Value) and isinstance(operand.type, Array)):
            return self.scalar(operand)
        node = self.memory(operand)
        if isinstance(node, Memory) and node.root is node.base and node.root not in (*params, *self.returned):
            self.returned.append(node.root)
            return node.root
        copy = self.fill_new(node, operand.hint)
        self.returned.append(copy.root)
        return copy.root


def is_reused(node: Node) -> bool:
    """Will the derivative want the elements again (rule M4)? Integer powers are cheap."""
    if not isinstance(node, Elementwise) or not node.primitive.kept:
        return False
    last = node.operands[-1]
    return not (node.primitive is ops.pow_ and isinstance(last, Const) and last.type.dtype == "int64")


def _repeats(own: tuple[Operand, ...], dims: tuple[Operand, ...], axis: int) -> bool:
    """Is the operand's element the same along this axis of the result?"""
    position = axis - (len(dims) - len(own))
    return position < 0 or (is_const(own[position], 1) and not is_const(dims[axis], 1))
