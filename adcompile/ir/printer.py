"""The text of a function's IR, for people and for messages. It reads like Python and is deterministic.

    def norm(x: float64[:]) -> float64:
        n: int64 = dim(x) {axis=0}
        (s.1: float64) = for i: int64 in range(0, n, 1) carrying (s: float64 = 0.0):  # order free, sums (1,)
            v4: float64 = load(x, i)
            v5: float64 = v4 * v4
            v6: float64 = s + v5
            yield v6
        v8: float64 = np.sqrt(s.1)
        return v8

A value keeps the user's name (`s`); further values of that name are numbered (`s.1`), values without one are `v4`.
Where the extents of an array are known, they stand in its type: `float64[n, 1]`.
"""

from __future__ import annotations

from typing import assert_never

from adcompile.ir.attributes import NONE
from adcompile.ir.nodes import Apply, Const, For, Function, If, Operand, Region, Stmt, Value, While
from adcompile.ir.types import BOOL, FLOAT, INT, Array
from adcompile.ir.walk import regions

INDENT = "    "


class Names:
    """Unique names of values, numbered in the order in which they are defined."""

    def __init__(self, function: Function) -> None:
        self._names: dict[Value, str] = {}
        self._taken: set[str] = set()
        self._last: dict[str, int] = {}
        self._name_region(function.region)

    def of(self, operand: Operand) -> str:
        """The name of a value (a new one if it is defined nowhere), the text of a constant."""
        if isinstance(operand, Const):
            return format_constant(operand)
        return self._names.get(operand) or self._name(operand)

    def _name_region(self, region: Region) -> None:
        for param in region.params:
            self.of(param)
        for stmt in region.body:
            for inner in regions(stmt):
                self._name_region(inner)
            for result in stmt.results:
                self.of(result)

    def _name(self, value: Value) -> str:
        stem = value.hint or "v"
        name = value.hint or f"v{len(self._names)}"
        while name in self._taken:
            self._last[stem] = self._last.get(stem, 0) + 1
            name = f"{stem}.{self._last[stem]}"
        self._taken.add(name)
        self._names[value] = name
        return name


def format_function(function: Function) -> str:
    """The IR of a function as text."""
    names = Names(function)
    region = function.region
    params = ", ".join(format_definition(p, names) for p in region.params)
    results = ", ".join(str(y.type) for y in region.yields)
    lines = [f"def {function.name}({params}) -> {results or 'nothing'}:", *_format_body(region, names, "return")]
    return "\n".join(lines)


def format_statement(stmt: Stmt, names: Names) -> str:
    """The first line of a statement, for messages."""
    return _format_lines(stmt, names)[0]


def format_constant(constant: Const) -> str:
    """`1.0`, `1`, `True`; the type is written unless the number says it: `float32(1.0)`."""
    plain = (constant.type.dtype, type(constant.value))
    if plain in ((FLOAT.dtype, float), (INT.dtype, int), (BOOL.dtype, bool)):
        return repr(constant.value)
    return f"{constant.type.dtype}({constant.value!r})"


def format_definition(value: Value, names: Names) -> str:
    """`name: type`, with the extents of an array if it has any."""
    type_ = str(value.type)
    if isinstance(value.type, Array) and value.dims:
        layout = "" if value.type.layout == "C" else f" {value.type.layout}"
        type_ = f"{value.type.dtype}[{', '.join(map(names.of, value.dims))}]{layout}"
    return f"{names.of(value)}: {type_}"


def _format_body(region: Region, names: Names, last: str = "yield") -> list[str]:
    lines = [line for stmt in region.body for line in _format_lines(stmt, names)]
    if region.yields or not lines:
        lines.append(f"{last} {', '.join(map(names.of, region.yields))}".rstrip())
    return [INDENT + line for line in lines]


def _format_lines(stmt: Stmt, names: Names) -> list[str]:
    match stmt:
        case Apply(results=results):
            target = ", ".join(format_definition(r, names) for r in results)
            return [f"{target} = {_format_apply(stmt, names)}" if target else _format_apply(stmt, names)]
        case If(cond, then, orelse):
            lines = [f"{_target(stmt, names)}if {names.of(cond)}:", *_format_body(then, names)]
            return [*lines, "else:", *_format_body(orelse, names)] if orelse.body or orelse.yields else lines
        case For(start, stop, step, inits, body):
            bounds = ", ".join(map(names.of, (start, stop, step)))
            index = format_definition(body.params[0], names) if body.params else "?"
            carried = _format_carried(body.params[1:], inits, names)
            head = f"{_target(stmt, names)}for {index} in range({bounds}){carried}:{_format_facts(stmt)}"
            return [head, *_format_body(body, names)]
        case While(inits, test, body):
            head = f"{_target(stmt, names)}while{_format_carried(body.params, inits, names)}:"
            aliases = ", ".join(format_definition(p, names) for p in test.params)
            inner = [f"test ({aliases}):", *_format_body(test, names), "body:", *_format_body(body, names)]
            return [head, *(INDENT + line for line in inner)]
        case _:
            assert_never(stmt)


def _target(stmt: If | For | While, names: Names) -> str:
    return f"({', '.join(format_definition(r, names) for r in stmt.results)}) = " if stmt.results else ""


def _format_carried(params: tuple[Value, ...], inits: tuple[Operand, ...], names: Names) -> str:
    # Broken IR is printed too, so the counts may differ.
    pairs = [f"{format_definition(p, names)} = {names.of(i)}" for p, i in zip(params, inits, strict=False)]
    return f" carrying ({', '.join(pairs)})" if pairs else ""


def _format_facts(loop: For) -> str:
    facts = ["order free"] if loop.order_free else []
    facts += [f"sums {tuple(map(int, loop.sums))}"] if any(loop.sums) else []
    facts += ["exits"] if loop.exits else []
    return f"  # {', '.join(facts)}" if facts else ""


def _format_apply(stmt: Apply, names: Names) -> str:
    parts = [names.of(o) for o in stmt.operands]
    spelling = stmt.primitive.spelling
    suffix = f" {{{stmt.attrs!r}}}" if stmt.attrs is not NONE else ""
    if spelling is not None and spelling.kind in ("binary", "compare", "bool") and len(parts) == 2:
        return f"{parts[0]} {spelling.text} {parts[1]}{suffix}"
    if spelling is not None and spelling.kind == "unary" and len(parts) == 1:
        space = " " if spelling.text.isalpha() else ""
        return f"{spelling.text}{space}{parts[0]}{suffix}"
    text = spelling.text if spelling is not None else stmt.primitive.name
    return f"{text}({', '.join(parts)}){suffix}"
