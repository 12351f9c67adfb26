"""The text of a function: a module that needs only NumPy and runs as it is, with Numba or without.

emitted = emit(function, name="loss_grad", doc="Value of loss and its gradient.")
exec(emitted.text, namespace)
namespace[emitted.entry](x, w)          a flat tuple
"""

from __future__ import annotations

import ast
import inspect
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

from adcompile.codegen.comments import Comments
from adcompile.codegen.docstrings import Results, described
from adcompile.codegen.exactness import checks
from adcompile.codegen.expressions import Spelled
from adcompile.codegen.naming import names
from adcompile.codegen.nesting import nesting
from adcompile.codegen.promises import Located, certain_accesses, located
from adcompile.codegen.pruning import pruned
from adcompile.codegen.raising import spelled as spelled_message
from adcompile.codegen.repeated import definition, split
from adcompile.codegen.statements import Printer, block
from adcompile.codegen.sweeps import sweeps
from adcompile.ir.nodes import Function, Value
from adcompile.ir.walk import all_operands
from adcompile.ops import special

LONGEST_LINE = 120


@dataclass(frozen=True, slots=True)
class Emitted:
    """A module with the function `entry`; `lines` maps its lines: (emitted line, primal file, primal line, place).

    `promises` say what the text does not show.
    """

    text: str
    entry: str
    lines: tuple[tuple[int, str, int, str], ...]
    promises: Located


@dataclass(frozen=True, slots=True)
class Companion:
    """A function to stand above another one in its module."""

    function: Function
    name: str
    doc: str = ""


def emit(
    function: Function,
    *,
    name: str,
    doc: str = "",
    results: Results | None = None,
    companions: Sequence[Companion] = (),
    parts: bool = True,
) -> Emitted:
    """Print a function in loop-level IR. It returns what the region yields, as a flat tuple; its docstring is `doc`,
    and what is to say of the `results`.

    With `parts`, what a long one does again and again stands in functions above it.
    """
    comments = Comments()
    above = [_printed(each.function, each.name, each.doc, comments) for each in companions]
    printed = _printed(function, name, doc, comments, results)
    module = _module([*above, *(split(printed, comments) if parts else [printed])])
    text = to_text(module)
    text = re.sub(r"^( *return .*),$", _in_parentheses, text, flags=re.MULTILINE)
    text = re.sub(r"^( *)(raise [\w.]+)\((.*)\)$", _wrapped, text, flags=re.MULTILINE)
    text, lines = comments.replace_marks(text)
    try:
        promises = located(module, text)
    except IndentationError:  # from a hundred levels on
        raise RecursionError("the text nests deeper than Python reads") from None
    return Emitted(text, name, lines, promises)


def _printed(
    function: Function, name: str, doc: str, comments: Comments, described_results: Results | None = None
) -> ast.FunctionDef:
    function = pruned(function)
    nested = nesting(function)
    spelled = Spelled(nested, names(function, nested), certain_accesses(function), checks(function))
    used = frozenset(o for o in all_operands(function.region) if isinstance(o, Value))
    body = block(function.region, Printer(spelled, used, comments, sweeps(function.region)))
    results = ast.Tuple([spelled(y) for y in function.region.yields], ast.Load())
    parameters = [spelled.names[p] for p in function.region.params]
    doc = described(doc, described_results, function, spelled.names)
    return definition(name, parameters, [*_docstring(doc), *body, ast.Return(results)])


def _in_parentheses(found: re.Match[str]) -> str:
    """A tuple of one result as it is written by hand."""
    before, _, result = found.group(1).partition("return ")
    return f"{before}return ({result},)"


def _wrapped(found: re.Match[str]) -> str:
    """A `raise` that is too long for a line, on three."""
    if len(found.group()) <= LONGEST_LINE:
        return found.group()
    margin, raised, arguments = found.groups()
    return f"{margin}{raised}(\n{margin}    {arguments}\n{margin})"


def _docstring(doc: str) -> list[ast.stmt]:
    return [ast.Expr(ast.Constant(doc))] if doc else []


def _module(definitions: Sequence[ast.FunctionDef]) -> ast.Module:
    """The functions below the imports and special functions that they need."""
    used = {node.id for each in definitions for node in ast.walk(each) if isinstance(node, ast.Name)}
    definitions = [*(_special(name) for name in special.FUNCTIONS if name in used), *definitions]
    used = {node.id for each in definitions for node in ast.walk(each) if isinstance(node, ast.Name)}
    imports: list[ast.stmt] = [ast.Import([ast.alias("math", None)])] if "math" in used else []
    imports.append(ast.Import([ast.alias("numpy", "np")]))
    return ast.Module([*imports, *definitions], [])


def _special(name: str) -> ast.FunctionDef:
    node = ast.parse(inspect.getsource(special.FUNCTIONS[name])).body[0]
    assert isinstance(node, ast.FunctionDef)
    return definition(name, [a.arg for a in node.args.args], node.body)


def to_text(tree: ast.AST) -> str:
    """The text of a syntax tree, one statement a line."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # astor names node classes that Python 3.12 deprecates
        import astor

        own = {"visit_JoinedStr": lambda self, node: self.write(spelled_message(node))}
        generator = type("Generator", (astor.SourceGenerator,), own)
        text: str = astor.to_source(
            tree, pretty_string=_string, pretty_source="".join, source_generator_class=generator
        )
    return text


def _string(text: str, _: int, line_so_far: str, *__: object) -> str:
    """A docstring, which begins its line, between triple quotes, any other string between double ones."""
    if not line_so_far.strip() and not set(text) & {'"', "\\"}:
        return f'"""{text}"""'
    quoted = repr(text)
    return f'"{quoted[1:-1]}"' if quoted[0] == "'" and '"' not in text and "\\" not in quoted else quoted
