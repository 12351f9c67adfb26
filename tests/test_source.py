"""Reading source: every way in which a function can stand in a file, and the refusals."""

import ast
import functools
import importlib.util
import linecache
import math
import sys
import warnings

import numba
import pytest

from adcompile.errors import UnsupportedError
from adcompile.source import read_source, unwrap


def plain(x, y=2.0):
    return x * y


def decorate(function):
    return function


@decorate
@functools.lru_cache
def cached(x):
    return x


@decorate
@decorate
def decorated(x):
    return x + 1


def make_inner():
    def inner(x):
        return x - 1

    return inner


class Model:
    def loss(self, x, __hidden=1):
        return x * __hidden

    @staticmethod
    def fixed(x):
        return x


one, two = (lambda x: x + 1), (lambda x: x + 2)
nested = lambda x: lambda y: x + y
constants = [lambda: 1 + 2, lambda: 3 + 4]
twins = [lambda x: x + 1 for _ in range(2)]


@numba.njit
def dispatched(x):
    return x * 3


def segment(function):
    """The text at the positions of the node: right only if lines and columns are those of the file."""
    source = read_source(function)
    with open(source.file, encoding="utf-8") as file:
        return ast.get_source_segment(file.read(), source.node)


@pytest.mark.parametrize(
    ("function", "text"),
    [
        (plain, "def plain(x, y=2.0):\n    return x * y"),
        (decorated, "def decorated(x):\n    return x + 1"),
        (make_inner(), "def inner(x):\n        return x - 1"),
        (Model().loss, "def loss(self, x, __hidden=1):\n        return x * __hidden"),
        (Model.fixed, "def fixed(x):\n        return x"),
        (dispatched, "def dispatched(x):\n    return x * 3"),
        (one, "lambda x: x + 1"),
        (two, "lambda x: x + 2"),
        (nested, "lambda x: lambda y: x + y"),
        (nested(1), "lambda y: x + y"),
        (constants[0], "lambda: 1 + 2"),
        (constants[1], "lambda: 3 + 4"),
        (twins[1], "lambda x: x + 1"),
    ],
)
def test_positions_are_those_of_the_file(function, text):
    assert segment(function) == text


def test_fields():
    source = read_source(decorated)
    assert source.text == "@decorate\n@decorate\ndef decorated(x):\n    return x + 1\n"
    assert source.file == decorated.__code__.co_filename
    assert source.name == "decorated"
    assert source.source_hash == read_source(decorated).source_hash != read_source(plain).source_hash
    assert str(source.locate(source.node.body[0])).endswith(f":{source.node.body[0].lineno}:4, in decorated")
    assert source.locate(source.node).end_col is None
    assert source.locate(source.node.body[0]).end_col == 16


def test_unwrap():
    assert unwrap(dispatched) is dispatched.py_func
    assert unwrap(plain) is plain
    assert unwrap(3) == 3


def run(text, file, **variables):
    linecache.cache[file] = (len(text), None, text.splitlines(True), file)
    exec(compile(text, file, "exec"), variables)
    return variables


def test_a_notebook_compiles_a_statement_at_a_time():
    text = "import math\n\ndef f(x):\n    return math.exp(x)\n\ndef g(x):\n    return math.log(x)\n"
    linecache.cache["<cell>"] = (len(text), None, text.splitlines(True), "<cell>")
    variables = {}
    for statement in ast.parse(text).body:
        exec(compile(ast.Module([statement], []), "<cell>", "exec"), variables)
    assert read_source(variables["f"]).text == "def f(x):\n    return math.exp(x)\n"
    edited = text.replace("exp", "sin")
    linecache.cache["<cell>"] = (len(edited), None, edited.splitlines(True), "<cell>")
    with pytest.raises(UnsupportedError, match="not what is running"):
        read_source(variables["f"])
    assert read_source(variables["g"]).name == "g"


def test_exec_with_linecache():
    f = run("if True:\n    def f(x):\n        return x\n", "<cell 1>")["f"]
    source = read_source(f)
    assert (source.node.lineno, source.node.col_offset) == (2, 4)


def test_block_of_a_file_that_does_not_parse():
    text = "import math\nif True:\n    def f(x):\n        return '''\nx'''\n\nother = 1\n"
    f = run(text, "<cell 2>")["f"]
    linecache.cache["<cell 2>"] = (1, None, ["%time\n", *text.splitlines(True)[1:]], "<cell 2>")
    node = read_source(f).node
    assert (node.lineno, node.col_offset, node.body[0].lineno, node.body[0].col_offset) == (3, 4, 4, 8)


def scope():
    namespace = {}
    exec("def f(x): return x", namespace)
    return namespace["f"]


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (scope(), "the source of `f` cannot be read"),
        (math.sin, "`sin` is a builtin_function_or_method, which has no Python source"),
        (functools.partial(plain, 1), "is a partial, which has no Python source"),
        (cached, "`cached` is a _lru_cache_wrapper"),
        (3, "`3` is a int"),
    ],
)
def test_refusals(function, message):
    with pytest.raises(UnsupportedError, match=message) as refusal:
        read_source(function)
    assert refusal.value.advice


def test_coroutine():
    async def wait(x):
        return x

    with pytest.raises(UnsupportedError, match="coroutine"):
        read_source(wait)


def test_lambdas_that_nothing_tells_apart():
    first, second = (lambda x: x + 1), (lambda x: x + 2)
    first.__code__ = first.__code__.replace(co_linetable=b"")
    with pytest.raises(UnsupportedError, match="several functions named `<lambda>`") as refusal:
        read_source(first)
    assert read_source(second).text == "lambda x: x + 2"
    assert "line of its own" in refusal.value.advice


@pytest.mark.parametrize(
    "edited",
    [
        "def f(x):\n    return x * 3.0\n",
        "def f(x):\n    return x + 2.0\n",
        "def f(y):\n    return y * 2.0\n",
        "\ndef f(x):\n    return x * 2.0\n",
        "",
    ],
)
def test_edited_since_import(tmp_path, edited):
    path = tmp_path / "edited_module.py"
    path.write_text("def f(x):\n    return x * 2.0\n")
    spec = importlib.util.spec_from_file_location("edited_module", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert read_source(module.f).node.name == "f"
    path.write_text(edited)
    linecache.cache.pop(str(path), None)
    with pytest.raises(UnsupportedError) as refusal:
        read_source(module.f)
    assert refusal.value.advice
    assert "edited_module" not in sys.modules


def test_what_others_hang_on_nodes_is_left_alone() -> None:
    """`ast.Load()` is one object for all trees: IPython's tracebacks (executing, stack_data) give it a parent."""
    load = ast.parse("x").body[0].value.ctx
    load.parent = ast.parse("y + y").body[0]
    load.parent.child = load
    try:
        node = read_source(plain).node
    finally:
        del load.parent
    names = [each for each in ast.walk(node) if isinstance(each, ast.Name)]
    assert names
    assert not any(hasattr(each.ctx, "parent") and each.ctx is not load for each in names)


def test_a_copied_tree_warns_of_nothing_and_is_the_same() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        one, other = read_source(nested).node, read_source(nested).node
    assert one is not other
    assert ast.dump(one, include_attributes=True) == ast.dump(other, include_attributes=True)
