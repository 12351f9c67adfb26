"""A function's source: its syntax tree with positions as they stand in the file, and places to point errors at.

    def outer():                          read_source(inner).node      FunctionDef at line 2, column 4
        def inner(x): return x * x        read_source(inner).text      "    def inner(x): return x * x"

The whole file is parsed and the function found by its code object: by first line, name and, for lambdas, the columns
that the code object keeps. So indented, nested and decorated functions need no dedenting, and two lambdas on one line
are told apart. The text is then compiled again and compared with the running code: a file that was edited since it was
imported would otherwise give the derivative of another function.
"""

from __future__ import annotations

import ast
import hashlib
import inspect
import linecache
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from types import CodeType, FunctionType, MethodType

from adcompile.errors import UnsupportedError
from adcompile.location import Location
from adcompile.private_names import copied, mangled

Definition = ast.FunctionDef | ast.Lambda
_AnyDefinition = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


@dataclass(frozen=True, slots=True)
class FunctionSource:
    """The definition of `name`: `node` has the positions of `file`, `text` is the lines it stands on.

    `source_hash` covers the text and where it stands, because what is generated from it quotes file and line. With
    `at`, the whole definition stands for a call there; else `called_from` is where it is called, if it is.
    """

    node: Definition = field(compare=False)
    file: str
    text: str
    name: str
    source_hash: str
    at: Location | None = None
    called_from: Location | None = None

    def locate(self, node: ast.AST) -> Location:
        """Where `node`, a part of this definition, stands."""
        if self.at is not None:
            return self.at
        line = getattr(node, "lineno", self.node.lineno)
        ends_here = getattr(node, "end_lineno", None) == line
        end_col = getattr(node, "end_col_offset", None) if ends_here else None
        return Location(self.file, line, getattr(node, "col_offset", 0), end_col, self.name, self.called_from)


def read_source(function: object) -> FunctionSource:
    """The source of a Python function, lambda or method.

    Numba dispatchers and adcompile's own callables are seen through (`unwrap`). Raises UnsupportedError if there is
    no source, or none that belongs to the running code.

    >>> def square(x): return x * x
    >>> read_source(square).name                                                                   # doctest: +SKIP
    'square'
    """
    plain = python_function(function)
    source = _read(plain.__code__, _file_text(plain), plain.__qualname__)
    # The trees of files are kept, so what is handed out is a copy.
    return replace(source, node=copied(source.node))


def source_hash(function: object) -> str:
    """`read_source(function).source_hash`, at less expense."""
    plain = python_function(function)
    return _read(plain.__code__, _file_text(plain), plain.__qualname__).source_hash


def definition_hashes(file: str) -> frozenset[str]:
    """The `source_hash` of every function that stands in `file` now; none if it cannot be parsed."""
    return _definition_hashes(file, "".join(linecache.getlines(file)))


def stands_in(code: CodeType, text: str) -> bool:
    """Does the text of a file define the function that `code` belongs to, just there?"""
    try:
        node = _find(code, text)
        _refuse_edited(code, node, text)
    except UnsupportedError:
        return False
    return True


def unwrap(function: object) -> object:
    """The Python callable behind a Numba dispatcher or a callable of adcompile's; anything else as it is.

    Note that for an `ad.grad` object this is the *primal*: calling it is something else than calling the object.
    """
    while True:
        module = type(function).__module__
        if module.startswith("numba.") and hasattr(function, "py_func"):
            function = function.py_func
        elif module.startswith("adcompile.") and hasattr(function, "primal"):
            function = function.primal
        else:
            return function


def python_function(function: object) -> FunctionType:
    """The plain function behind a dispatcher or a bound method. Raises UnsupportedError if there is none."""
    plain = unwrap(function)
    while isinstance(plain, MethodType):
        plain = unwrap(plain.__func__)
    if not isinstance(plain, FunctionType):
        name = getattr(plain, "__qualname__", None) or repr(plain)
        raise UnsupportedError(
            f"`{name}` is a {type(plain).__name__}, which has no Python source to differentiate",
            None,
            "Pass a function written in Python with `def` or `lambda`.",
        )
    return plain


def _file_text(function: FunctionType) -> str:
    file = function.__code__.co_filename
    linecache.checkcache(file)
    if not (lines := linecache.getlines(file, function.__globals__)):
        raise _no_source(function.__code__)
    return "".join(lines)


@lru_cache(maxsize=1024)
def _read(code: CodeType, text: str, name: str) -> FunctionSource:
    """The source of the function `name`, found in the text of its file."""
    file, lines = code.co_filename, text.splitlines(keepends=True)
    node = _find(code, text)
    if isinstance(node, ast.AsyncFunctionDef):
        where = Location(file, node.lineno, node.col_offset, None, name)
        raise UnsupportedError("`async def` makes this a coroutine, which has no adjoint", where, "Write `def`.")
    _refuse_edited(code, node, text)
    own = _text(node, lines)
    return FunctionSource(mangled(node, code.co_qualname), file, own, name, _hash(file, node, own))


def _find(code: CodeType, text: str) -> _AnyDefinition:
    """The definition that `code` was compiled from."""
    try:
        candidates = _by_first_line(text).get(code.co_firstlineno, ())
    except (SyntaxError, ValueError):
        candidates = _parse_block(code, text)
    found = [node for node in candidates if _is_from(node, code)]
    if len(found) > 1:
        positions = set(code.co_positions())
        found = [node for node in found if _body_position(node) in positions] or found
    if len(found) == 1:
        return found[0]
    raise _not_found(code, len(found))


@lru_cache(maxsize=64)
def _parse(text: str) -> tuple[_AnyDefinition, ...]:
    """All definitions in the text of a file."""
    return _definitions(ast.parse(text))


@lru_cache(maxsize=64)
def _by_first_line(text: str) -> dict[int, tuple[_AnyDefinition, ...]]:
    """The definitions that start on each line."""
    found: dict[int, tuple[_AnyDefinition, ...]] = {}
    for node in _parse(text):
        found[_first_line(node)] = (*found.get(_first_line(node), ()), node)
    return found


def _first_line(node: _AnyDefinition) -> int:
    """The line of a `def` or of its first decorator, as code objects have it."""
    decorators = [] if isinstance(node, ast.Lambda) else node.decorator_list
    return min([node.lineno, *(each.lineno for each in decorators)])


def _parse_block(code: CodeType, text: str) -> tuple[_AnyDefinition, ...]:
    """The definition alone, when the file around it does not parse (a notebook with magic commands)."""
    first = code.co_firstlineno
    block = "".join(inspect.getblock(text.splitlines(keepends=True)[first - 1 :]))
    try:
        # `if 1:` lets indented text stand as it is: columns stay right, lines are shifted back.
        tree = ast.parse(f"if 1:\n{block}" if block[:1].isspace() else f"\n{block}")
    except SyntaxError:
        raise _not_found(code, 0) from None
    return _definitions(ast.increment_lineno(tree, first - 2))


def _definitions(tree: ast.Module) -> tuple[_AnyDefinition, ...]:
    return tuple(node for node in ast.walk(tree) if isinstance(node, _AnyDefinition))


def _is_from(node: _AnyDefinition, code: CodeType) -> bool:
    """Do the first line, the name and the parameters agree?"""
    name = "<lambda>" if isinstance(node, ast.Lambda) else node.name
    if _first_line(node) != code.co_firstlineno or name != code.co_name:
        return False
    names = _parameters(node.args)
    actual = code.co_varnames[: len(names)]
    count = code.co_argcount + code.co_kwonlyargcount
    count += bool(code.co_flags & inspect.CO_VARARGS) + bool(code.co_flags & inspect.CO_VARKEYWORDS)
    # `__x` inside a class is kept as `_Class__x`.
    same = (
        there == here or (here.startswith("__") and there.endswith(here))
        for here, there in zip(names, actual, strict=False)
    )
    return len(names) == count and all(same)


def _parameters(args: ast.arguments) -> list[str]:
    """Parameter names in the order of `co_varnames`."""
    rest = [each for each in (args.vararg, args.kwarg) if each is not None]
    return [each.arg for each in (*args.posonlyargs, *args.args, *args.kwonlyargs, *rest)]


def _body_position(node: _AnyDefinition) -> tuple[int | None, int | None, int | None, int | None]:
    """Where the value that a lambda returns stands, in the form of `co_positions`."""
    body = node.body if isinstance(node, ast.Lambda) else node.body[-1]
    return body.lineno, body.end_lineno, body.col_offset, body.end_col_offset


def _text(node: Definition, lines: list[str]) -> str:
    """The lines of a `def` with its decorators, the expression of a lambda."""
    if isinstance(node, ast.Lambda):
        own = [line.encode() for line in lines[node.lineno - 1 : node.end_lineno]]
        own[-1] = own[-1][: node.end_col_offset]
        own[0] = own[0][node.col_offset :]
        return b"".join(own).decode()
    return "".join(lines[_first_line(node) - 1 : node.end_lineno])


def _hash(file: str, node: Definition, text: str) -> str:
    return hashlib.sha256(f"{file}\n{node.lineno}\n{text}".encode()).hexdigest()[:24]


@lru_cache(maxsize=64)
def _definition_hashes(file: str, text: str) -> frozenset[str]:
    try:
        found = [node for node in _parse(text) if isinstance(node, Definition)]
    except (SyntaxError, ValueError):
        return frozenset()
    lines = text.splitlines(keepends=True)
    return frozenset(_hash(file, node, _text(node, lines)) for node in found)


def _refuse_edited(code: CodeType, node: _AnyDefinition, text: str) -> None:
    """Raise unless the text compiles to the running code.

    A function with `assert` is let pass: pytest rewrites those. So is text that cannot be compiled as a whole.
    """
    if any(isinstance(each, ast.Assert) for each in ast.walk(node)):
        return
    try:
        compiled = _compile(text, code.co_filename)
    except (SyntaxError, ValueError):
        return
    here = (code.co_firstlineno, code.co_qualname)
    same_place = [each for each in compiled if (each.co_firstlineno, each.co_qualname) == here]
    if not same_place or any(_same_code(each, code) for each in same_place):
        return
    if not any(_same_code(each, code) for each in _compile_statements(text, code.co_filename)):
        raise _not_found(code, 0)


@lru_cache(maxsize=64)
def _compile(text: str, file: str) -> tuple[CodeType, ...]:
    return tuple(_codes(compile(text, file, "exec", dont_inherit=True)))


@lru_cache(maxsize=64)
def _compile_statements(text: str, file: str) -> tuple[CodeType, ...]:
    """The text compiled a statement at a time, as notebooks do it: CPython has other instructions for a call such as
    `np.sum(x)` where the module that it compiles imports `np`.
    """
    alone = (ast.Module([each], []) for each in ast.parse(text).body)
    return tuple(code for each in alone for code in _codes(compile(each, file, "exec", dont_inherit=True)))


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _same_code(one: CodeType, other: CodeType) -> bool:
    return (
        one.co_code == other.co_code
        and one.co_names == other.co_names
        and one.co_varnames == other.co_varnames
        and len(one.co_consts) == len(other.co_consts)
        and all(_same_constant(x, y) for x, y in zip(one.co_consts, other.co_consts, strict=True))
    )


def _same_constant(one: object, other: object) -> bool:
    if isinstance(one, CodeType) and isinstance(other, CodeType):
        return _same_code(one, other)
    if isinstance(one, frozenset) and isinstance(other, frozenset):
        return one == other
    return type(one) is type(other) and repr(one) == repr(other)


def _not_found(code: CodeType, count: int) -> UnsupportedError:
    where = Location(code.co_filename, code.co_firstlineno, 0, None, code.co_qualname)
    if count > 1:
        return UnsupportedError(
            f"several functions named `{code.co_name}` start on this line, and nothing tells which one is meant",
            where,
            "Give each a line of its own, or a name with `def`.",
        )
    # Every `exec` gives this name; from Python 3.13 on the text of `python -c` may stand under it.
    if code.co_filename == "<string>":
        return _no_source(code)
    return UnsupportedError(
        f"the source of `{code.co_name}` is not what is running: the file was edited after it was imported",
        where,
        "Import the module again (`importlib.reload`), or restart Python.",
    )


def _no_source(code: CodeType) -> UnsupportedError:
    return UnsupportedError(
        f"the source of `{code.co_qualname}` cannot be read: `{code.co_filename}` is not a file",
        Location(code.co_filename, code.co_firstlineno, 0, None, code.co_qualname),
        "Save the function to a file and import it, or define it in a notebook cell.\n"
        "For code run by `exec`, put its lines into `linecache.cache` under the name given to `compile`.",
    )
