"""The layout of the package holds: imports point down only, files stay short, everything is documented.

The order of the packages is the list in `docs/architecture.md`. Imports under `if TYPE_CHECKING:` are free: they name
types in annotations and are never executed.
"""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "adcompile"
MODULES = sorted(PACKAGE.rglob("*.py"))

MAXIMUM_LINES = 400
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "common", "misc"}

# From the bottom up: a package may import packages before it, and its own modules.
ORDER = (
    "location",
    "errors",
    "private_names",
    "declared",
    "source",
    "recursion",
    "callee",
    "stages",
    "ir",
    "ops",
    "compositions",
    "catalogue",
    "facts",
    "frontend",
    "lowering",
    "rules",
    "ad",
    "passes",
    "codegen",
    "build",
    "runtime",
    "inspect",
    "pipeline",
    "api",
    "testing",
    "__init__",
    "cli",
    "__main__",
)

# What the order alone would allow: the IR is all that these share.
FORBIDDEN = {"codegen": {"frontend", "ad"}}

# The run time knows the structure of arguments and what a function captures; it never reads source.
RUNTIME_MAY_IMPORT = {
    "adcompile.frontend.structure",
    "adcompile.frontend.captures",
    "adcompile.frontend.classes",
    "adcompile.frontend.fingerprints",
}

# Numba takes half a second to import: `import adcompile` and inspection do without it.
LAZY = {"numba", "llvmlite"}


def name_of(path: Path) -> str:
    """`adcompile/ir/nodes.py` -> `adcompile.ir.nodes`."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 2 else parts)


def package_of(module: str) -> str:
    """`adcompile.ir.nodes` -> `ir`; `adcompile` itself -> `__init__`."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def is_module(name: str) -> bool:
    path = ROOT.joinpath(*name.split("."))
    return path.with_suffix(".py").exists() or (path / "__init__.py").exists()


def imported_names(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and module of every import; `from adcompile.ir import nodes` gives `adcompile.ir.nodes`."""
    for node in executed(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield node.lineno, inner if node.module.startswith("adcompile") and is_module(inner) else node.module


def executed(node: ast.AST) -> Iterator[ast.AST]:
    """Every node but those under `if TYPE_CHECKING:`, which only annotations see."""
    if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
        return
    yield node
    for child in ast.iter_child_nodes(node):
        yield from executed(child)


def violation(importer: str, imported: str) -> str | None:
    """Why module `importer` may not import module `imported`, or None if it may."""
    upper, lower = package_of(importer), package_of(imported)
    if upper == lower:
        return None
    if upper not in ORDER or lower not in ORDER:
        return f"{upper if upper not in ORDER else lower} has no place in the order of the packages"
    if ORDER.index(lower) >= ORDER.index(upper):
        return f"{lower} is not below {upper}"
    if lower in FORBIDDEN.get(upper, ()):
        return f"{upper} knows nothing of {lower}"
    if upper == "runtime" and lower == "frontend" and imported not in RUNTIME_MAY_IMPORT:
        return "of the front end the run time knows only structure and captures"
    return None


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def test_the_package_has_modules() -> None:
    assert len(MODULES) > 20


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_point_down(path: Path) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}: imports {name}: {reason}"
        for line, name in imported_names(parse(path))
        if name.split(".")[0] == "adcompile" and (reason := violation(name_of(path), name))
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("importer", "imported", "allowed"),
    [
        ("adcompile.ir.primitive", "adcompile.ir.types", True),
        ("adcompile.ir.builder", "adcompile.ops.scalar", False),
        ("adcompile.codegen.emit", "adcompile.ad.reverse", False),
        ("adcompile.frontend.interpret", "adcompile.codegen.emit", False),
        ("adcompile.runtime.cache", "adcompile.frontend.structure", True),
        ("adcompile.runtime.cache", "adcompile.frontend.interpret", False),
        ("adcompile.ir.nodes", "adcompile", False),
        ("adcompile.new.thing", "adcompile.ir.nodes", False),
    ],
)
def test_the_order_itself(importer: str, imported: str, *, allowed: bool) -> None:
    assert (violation(importer, imported) is None) is allowed


# Modules that know each other, imports for annotations included: what is still to be taken apart.
CIRCLES = {
    frozenset(("ad.remake", "ad.residuals")),
    frozenset(("ad.reverse", "ad.statements", "ad.structured")),
    frozenset(("frontend.scope", "frontend.values")),
    frozenset(f"frontend.{name}" for name in "emitter indexing masks orders result_orders shapes".split()),
    frozenset(f"lowering.{name}" for name in "arenas bounds groups indices library lower operations".split())
    | frozenset(f"lowering.{name}" for name in "pools products rebinding stores windows".split()),
    frozenset(("runtime.gradient", "runtime.pickling")),
}


def all_imports(path: Path) -> set[str]:
    """The modules of ours that a module imports anywhere, under `if TYPE_CHECKING:` too."""
    found = set()
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("adcompile."):
            inner = (f"{node.module}.{alias.name}" for alias in node.names)
            found |= {name if is_module(name) else str(node.module) for name in inner}
    return found


def reached(start: str, graph: dict[str, set[str]]) -> set[str]:
    """The modules that a module leads to, by any number of imports."""
    found: set[str] = set()
    open_ = [start]
    while open_:
        new = graph.get(open_.pop(), set()) - found
        found |= new
        open_ += new
    return found


def test_circles_of_imports() -> None:
    """None but those that are known, which become fewer."""
    graph = {name_of(path): all_imports(path) for path in MODULES}
    leads = {module: reached(module, graph) for module in graph}
    circles = {frozenset(m for m in leads[one] if one in leads[m]) for one in leads if one in leads[one]}
    assert {frozenset(module.removeprefix("adcompile.") for module in circle) for circle in circles} == CIRCLES


def test_relative_imports_are_not_used() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in MODULES
        for node in ast.walk(parse(path))
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert not found


@pytest.mark.parametrize("path", sorted((PACKAGE / "runtime").rglob("*.py")), ids=name_of)
def test_the_run_time_imports_numba_inside_functions(path: Path) -> None:
    tree = parse(path)
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    inside = {(line, name) for function in functions for line, name in imported_names(function)}
    outside = set(imported_names(tree)) - inside
    assert not [name for _, name in outside if name.split(".")[0] in LAZY]


def test_numba_is_imported_nowhere_else() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in MODULES
        if "runtime" not in path.relative_to(PACKAGE).parts
        for line, name in imported_names(parse(path))
        if name.split(".")[0] in LAZY
    ]
    assert not found


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_files_are_short(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) < MAXIMUM_LINES


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_modules_say_what_they_do(path: Path) -> None:
    tree = parse(path)
    assert not tree.body or ast.get_docstring(tree), "an empty __init__.py needs no docstring, every other module does"
    assert tree.body or path.name == "__init__.py", "an empty module"


def test_names_of_modules_say_an_idea() -> None:
    assert not [path for path in PACKAGE.rglob("*") if path.stem in VAGUE_NAMES]


def test_every_folder_of_modules_is_a_package() -> None:
    missing = {path.parent for path in MODULES if not (path.parent / "__init__.py").exists()}
    assert not missing


def test_the_wheel_holds_the_whole_package_and_its_type_marker() -> None:
    configuration = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert configuration["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"] == ["adcompile"]
    assert (PACKAGE / "py.typed").exists()


def test_every_run_time_dependency_is_declared() -> None:
    configuration = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    declared = {"adcompile"} | {requirement.split(">=")[0] for requirement in configuration["project"]["dependencies"]}
    imported = {name.split(".")[0] for path in MODULES for _, name in imported_names(parse(path))}
    llvm = {"llvmlite"}  # numba requires the one version that fits it
    assert imported - sys.stdlib_module_names - llvm <= declared


# The door through which the front end reads objects outside the program, and what stands behind it.
DOOR = {"reading", "captures", "fingerprints", "structure", "classes"}
READERS = {"getattr", "hasattr", "vars", "dir", "getattr_static", "getmembers", "attrgetter"}
INSIDES = {"__dict__", "__mro__", "__bases__", "__closure__", "__defaults__", "__kwdefaults__", "__globals__"}

# Reads that are none of a user's object: of NumPy's and Python's own, of our own values, and for the text of a message.
NOT_THE_USERS = {
    "attributes": 5,  # NumPy's and Python's own; which of the bases has what `special` has found
    "calls": 1,  # a message
    "emitter": 2,  # types of the IR
    "interpret": 1,  # numpy and math
    "members": 1,  # list
    "promote": 1,  # a message
    "raising": 1,  # exceptions of builtins
    "objects": 4,  # names for a message; the class a method stands in
    "records": 5,  # what `dataclass` and NamedTuple keep beside the methods that they made, which are guarded
    "reductions": 1,  # builtins
    "scope": 2,  # is it the module's function?
    "surface": 6,  # functions of libraries, and their names
    "tracer": 2,  # our own values
    "values": 1,  # a message
}


@pytest.mark.parametrize("path", sorted((PACKAGE / "frontend").rglob("*.py")), ids=name_of)
def test_the_front_end_reads_objects_through_one_door(path: Path) -> None:
    if path.stem in DOOR:
        return
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for node in ast.walk(parse(path))
        if (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in READERS)
        or (isinstance(node, ast.Attribute) and node.attr in {"getattr_static", "getmembers", *INSIDES})
    ]
    assert len(found) <= NOT_THE_USERS.get(path.stem, 0), f"read through `reading`: {found}"


PARTS = {"params", "yields", "results", "inits"}


def by_position(tree: ast.AST) -> Iterator[int]:
    """The lines that take apart a loop, or put one together, by where its parts stand."""
    for node in ast.walk(tree):
        match node:
            case ast.Subscript(value=ast.Attribute(attr=attr) as part, slice=index) if attr in PARTS:
                is_slice = isinstance(index, ast.Slice) and not ends_with(part.value, "region")
                is_loops = attr == "results" and ends_with(part.value, "loop")
                if is_slice or is_loops or is_of_body(part):
                    yield node.lineno
            case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Attribute() as part) if is_of_body(part):
                if any(isinstance(name, ast.Starred) for name in names):
                    yield node.lineno
            case ast.Assign(targets=[ast.Attribute() as part]) | ast.AugAssign(target=ast.Attribute() as part):
                is_loops = part.attr == "inits" and not ends_with(part.value, "self")
                if is_loops or (is_of_body(part) and isinstance(part.value, ast.Attribute)):
                    yield node.lineno
            case ast.Call(func=ast.Name(id="int"), args=[ast.Attribute(attr="exits")]):
                yield node.lineno
            case ast.Slice() | ast.BinOp():
                if any(isinstance(inner, ast.Attribute) and inner.attr == "exits" for inner in ast.walk(node)):
                    yield getattr(node, "lineno", 0)


def ends_with(node: ast.AST, word: str) -> bool:
    """Is it a name, or an attribute, of this name?"""
    return word == (node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else "")


def is_of_body(part: ast.Attribute) -> bool:
    """Are these the params or yields of a loop's body or test?"""
    return part.attr in {"params", "yields"} and (ends_with(part.value, "body") or ends_with(part.value, "test"))


@pytest.mark.parametrize("path", [p for p in MODULES if package_of(name_of(p)) != "ir"], ids=name_of)
def test_only_the_ir_knows_where_the_parts_of_a_loop_stand(path: Path) -> None:
    found = [f"{path.relative_to(ROOT)}:{line}" for line in by_position(parse(path))]
    assert not found, f"ask `ir/loops.py`: {found}"


@pytest.mark.parametrize(
    "text",
    [
        "index, *carried = loop.body.params",
        "loop.body.params[0]",
        "body.params[1:]",
        "stmt.results[1:]",
        "stmt.results[: int(stmt.exits)]",
        "stmt.body.yields[-count:]",
        "loop.results[0]",
        "loop.inits += (value,)",
        "loop.body.params = ()",
        "test.yields[0]",
    ],
)
def test_how_that_is_found(text: str) -> None:
    assert list(by_position(ast.parse(text)))


@pytest.mark.parametrize(
    "text", ["stmt.results[0]", "region.yields[:2]", "then.yields[k]", "for x in loop.body.yields: f(x)"]
)
def test_what_is_none_of_that(text: str) -> None:
    assert not list(by_position(ast.parse(text)))
