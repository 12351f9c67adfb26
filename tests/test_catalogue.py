"""Every name of the catalogue against NumPy (values) and against differences of NumPy (gradients)."""

from __future__ import annotations

import ast
import inspect
import os
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

import adcompile as ad
from adcompile import testing
from adcompile.catalogue import Refusal, families, refused
from adcompile.errors import AdcompileError, InternalError, MissingRuleError, UnsupportedError
from adcompile.frontend import arguments, surface, trace
from tests.catalogue import GLOBALS, Case, cases, defined
from tests.emitted import emit
from tests.oracles import difference_gradient

assert trace  # every builder is registered once the front end is imported
CASES = list(cases())
every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.text)

FULL = bool(os.environ.get("ADCOMPILE_FULL"))

INTEGERS = ("int64", "int32", "uint8", "int16", "uint64", "bool", "int8", "uint16", "uint32")
SMALL = (
    ("no element", lambda a: a[:0]),
    ("one row or element", lambda a: a[:1]),
    ("arrays without axes", lambda a: np.array(a.ravel()[0])),
)
LAYOUTS = ("F", "strided", "reversed")


def expected(case: Case, args: tuple[Any, ...]) -> Any:
    with np.errstate(all="ignore"):
        return case.function()(*args)


def check_values(found: list[Any], result: Any, **tolerance: float) -> None:
    """Values, shapes and dtypes are NumPy's."""
    leaves = list(testing.leaves(result))
    assert len(found) == len(leaves)
    for one, other in zip(found, leaves, strict=True):
        assert np.shape(one) == np.shape(other)
        assert not isinstance(one, np.ndarray) or isinstance(other, np.ndarray), "an array in place of a number"
        if isinstance(other, (np.ndarray, np.generic)):
            assert np.asarray(one).dtype == other.dtype
        np.testing.assert_allclose(one, other, **tolerance)


def run(case: Case, args: tuple[Any, ...], **tolerance: float) -> list[Any]:
    """Values are compared, and the gradients handed back."""
    tolerance = {name: limit * case.entry.loss for name, limit in tolerance.items()}
    result = expected(case, args)
    emitted = emit(case.function(), args, mode="vjp")
    floats = [leaf for leaf in testing.leaves(result) if testing.is_float(leaf)]
    found, gradients = emitted.call(*args, cotangents=testing.fixed_cotangents(tuple(floats)) if floats else ())
    check_values(found, result, **tolerance)
    return gradients


def changed(args: tuple[Any, ...], change: Any) -> tuple[Any, ...]:
    return tuple(change(a) if isinstance(a, np.ndarray) and a.dtype.kind == "f" else a for a in args)


@contextmanager
def told(form: str) -> Iterator[None]:
    """A failure tells in which form of the arguments."""
    try:
        yield
    except Exception as error:
        error.add_note(f"with arguments: {form}")
        raise


@every_case
def test_name(case: Case) -> None:
    """Value and gradient; then again in another layout, in float32, for integers, and for few or no elements."""
    args = case.args()
    with told("as they are"):
        reference = check_gradient(case, args)
    if not any(isinstance(a, np.ndarray) and a.dtype.kind == "f" for a in args):
        return
    for layout in chosen(LAYOUTS, case):
        with told(layout):
            check_layout(case, changed(args, laid_out(layout)), reference)
    with told("float32"):
        check_float32(case, changed(args, lambda a: a.astype(np.float32)), reference)
    for dtype in chosen(INTEGERS, case) if case.entry.integers else ():
        with told(dtype):
            check_integers(case, args, dtype)
    for form, small in chosen(SMALL, case):
        with told(form):
            check_small(case, changed(args, small))


def chosen(every: tuple[Any, ...], case: Case) -> tuple[Any, ...]:
    """All of them in a full run, else one that changes from case to case."""
    return every if FULL else (every[case.number % len(every)],)


def check_gradient(case: Case, args: tuple[Any, ...]) -> list[Any]:
    gradients = run(case, args, rtol=4e-15, atol=1e-15)
    places = testing.float_places(args)
    assert len(gradients) == len(places)
    floats = [leaf for leaf in testing.leaves(expected(case, args)) if testing.is_float(leaf)]
    assert not case.entry.discrete or not any(np.any(gradient) for gradient in gradients)
    reference = difference_gradient(case.function(), args, cotangents=testing.fixed_cotangents(tuple(floats)))
    for gradient, other, place in zip(gradients, reference, places, strict=True):
        assert np.shape(gradient) == np.shape(place.value)
        np.testing.assert_allclose(gradient, other, rtol=2e-8, atol=2e-8)
    return gradients


def check_layout(case: Case, args: tuple[Any, ...], reference: list[Any]) -> None:
    gradients = run(case, args, rtol=4e-15, atol=1e-15)
    for one, other in zip(gradients, reference, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-13 * case.entry.loss, atol=1e-14 * case.entry.loss)


def laid_out(layout: str) -> Any:
    def change(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        if layout == "F":
            return np.asfortranarray(array)
        if layout == "reversed":
            return array[::-1].copy()[::-1]
        wide = np.zeros((*array.shape[:-1], 2 * array.shape[-1]))
        wide[..., ::2] = array
        return wide[..., ::2]

    return change


def check_float32(case: Case, args: tuple[Any, ...], reference: list[Any]) -> None:
    gradients = run(case, args, rtol=2e-5, atol=2e-6)
    for one, other, given in zip(gradients, reference, testing.float_places(args), strict=True):
        if isinstance(given.value, np.ndarray):
            assert one.dtype == np.float32
        wide = 2e-3 * max(case.entry.loss / 1e3, 1.0)
        np.testing.assert_allclose(one, other, rtol=wide, atol=wide)


def check_integers(case: Case, args: tuple[Any, ...], dtype: str) -> None:
    ints = changed(args, lambda a: np.maximum(np.abs(np.rint(3 * a)), 1).astype(dtype))
    try:
        result = expected(case, ints)
    except Exception as error:
        check_raises(case, ints, error)
        return
    if any(getattr(leaf, "dtype", None) == np.float16 for leaf in testing.leaves(result)):
        with pytest.raises(UnsupportedError, match="float16"):
            run(case, ints)
        return
    single = any(getattr(leaf, "dtype", None) == np.float32 for leaf in testing.leaves(result))
    run(case, ints, rtol=2e-6 if single else 4e-15, atol=1e-15)


def check_raises(case: Case, args: tuple[Any, ...], error: Exception) -> None:
    """What NumPy refuses raises what NumPy raises, or is refused as what is not supported."""
    # NumPy has private classes of its own: UFuncTypeError, a TypeError.
    kind = next(each for each in type(error).__mro__ if "._" not in each.__module__)
    with pytest.raises((kind, AdcompileError)) as caught:
        emit(case.function(), args, mode="primal").call(*args)
    assert not isinstance(caught.value, InternalError)


def check_small(case: Case, args: tuple[Any, ...]) -> None:
    """As NumPy has it: the value, or the error. What has too few elements or axes for us is refused, at its line."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            expected(case, args)
        except Exception as error:
            check_raises(case, args, error)
            return
        try:
            gradients = run(case, args, rtol=4e-15, atol=1e-15)
        except (UnsupportedError, MissingRuleError) as error:
            if "<catalogue" not in str(error):  # it tells no line
                raise
            return
    for gradient, place in zip(gradients, testing.float_places(args), strict=True):
        assert np.shape(gradient) == np.shape(place.value)


# Documented as `array_like` too: what says how, not what; and what is taken as it is.
NO_ARRAYS = {"axes", "base", "nan", "neginf", "object", "pad_width", "posinf", "q", "rcond", "reps", "tol", "p"}


def test_array_parameters_are_those_that_numpy_documents() -> None:
    documented = set()
    for known, builder in surface.FUNCTIONS.items():
        if surface.spelled(known).partition(".")[0] not in ("np", "scipy"):
            continue
        taken = set(inspect.signature(builder).parameters)
        for names in re.findall(r"^ +([\w*, ]+) : .*array_like", known.__doc__ or "", flags=re.MULTILINE):
            documented |= {name.strip(" *") for name in names.split(",")} & taken
    assert documented - NO_ARRAYS <= arguments.ARRAYS | arguments.SEVERAL


def with_lists(case: Case) -> bool:
    """Are all arrays in it arguments of functions, rather than operands, owners of methods or indexed?"""
    tree = ast.parse(case.text)
    inside = {
        id(child)
        for node in ast.walk(tree)
        if isinstance(node, (ast.BinOp, ast.UnaryOp, ast.Compare, ast.Attribute, ast.Subscript))
        for child in ast.iter_child_nodes(node)
    }
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id in case.names]
    arrays = dict(zip(case.names, case.args(), strict=True))
    return any(np.ndim(arrays[node.id]) for node in names) and not any(id(node) in inside for node in names)


@pytest.mark.parametrize(
    "case",
    [case for k, case in enumerate(filter(with_lists, CASES)) if FULL or k % 4 == 0],
    ids=lambda case: case.text,
)
def test_lists(case: Case) -> None:
    """Where NumPy takes a list, a list is the array that NumPy makes of it."""
    args = tuple(a.tolist() if isinstance(a, np.ndarray) else a for a in case.args())
    try:
        result = expected(case, args)
    except (AttributeError, TypeError):
        return
    found, _ = emit(case.function(), args, mode="primal").call(*args)
    check_values(list(testing.leaves(found)), result, rtol=4e-15 * case.entry.loss, atol=1e-15 * case.entry.loss)


# An extent that decides how shapes broadcast, or stands for the rest, is told as an error when the program runs.
EXTENTS = (
    "x.reshape(4, -1)",
    "x.reshape(-1)",
    "x.reshape(-1, order='F')",
    "np.broadcast_shapes(x.shape, (4,), (2, 1, 1))",
)


@pytest.mark.parametrize(
    "case",
    [
        c
        for k, c in enumerate(c for c in CASES if c.with_captured_ints())
        if (FULL or k % 4 == 0) and c.text not in EXTENTS
    ],
    ids=lambda case: case.text,
)
def test_captured_ints(case: Case) -> None:
    """An axis and its like may be a global of the module, in every function alike."""
    function, args = case.with_captured_ints(), case.args()
    assert function is not None
    with np.errstate(all="ignore"):
        result = function(*args)
    found, _ = emit(function, args, mode="primal").call(*args)
    check_values(list(testing.leaves(found)), result, rtol=4e-15 * case.entry.loss, atol=1e-15 * case.entry.loss)


def together(several: list[Case]) -> Callable[..., Any]:
    """One function with the results of several cases."""
    names = sorted({name for case in several for name in case.names})
    lines = [f"    r{k} = {case.text}" for k, case in enumerate(several)]
    results = ", ".join(f"r{k}" for k in range(len(several)))
    text = "\n".join([f"def case({', '.join(names)}):", *lines, f"    return ({results},)", ""])
    return defined(text, f"<catalogue, {several[0].number} to {several[-1].number}>")


def compiled() -> list[list[Case]]:
    """The cases that are compiled, by domain, a few in one program: all of them in a full run, else every twelfth.

    Linear algebra takes longest to compile, and the corpus has some: of that every 24th.
    """
    found: dict[str, list[Case]] = {}
    for case in CASES if FULL else [c for c in CASES if c.number % (12 if c.entry.loss == 1.0 else 24) == 0]:
        found.setdefault(case.entry.domain, []).append(case)
    return [cases[k : k + 24] for cases in found.values() for k in range(0, len(cases), 24)]


@pytest.mark.parametrize("several", compiled(), ids=lambda several: f"{several[0].text} and so on")
def test_numba_agrees(several: list[Case]) -> None:
    """What Numba makes of the text is what Python makes of it."""
    function = together(several)
    names = list(inspect.signature(function).parameters)
    given = {name: value for case in reversed(several) for name, value in zip(case.names, case.args(), strict=True)}
    args = tuple(given[name] for name in names)
    emitted = emit(function, args, mode="vjp")
    floats = tuple(leaf for leaf in testing.leaves(function(*args)) if testing.is_float(leaf))
    values, gradients = emitted.call(*args, cotangents=testing.fixed_cotangents(floats))
    found, pullback = ad.vjp(function, *args)
    check_values(list(testing.leaves(found)), values, rtol=1e-14, atol=1e-15)
    weights = iter(testing.fixed_cotangents(floats))
    cotangents = testing.map_leaves(lambda leaf: next(weights) if testing.is_float(leaf) else None, found)
    computed = [each for each in testing.leaves(pullback(cotangents)) if each is not None]
    for one, other in zip(computed, gradients, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize(
    ("case", "number"),
    [(case, edge) for case in CASES for edge in case.entry.edges if case.names in (("x",), ("s",))],
    ids=lambda each: each.text if isinstance(each, Case) else str(each),
)
def test_edges(case: Case, number: float) -> None:
    """At the edges of the domain the values are NumPy's; the derivatives there are pinned in `test_edges.py`."""
    args = (np.full((3, 4), number),) if case.names == ("x",) else (number,)
    run(case, args, rtol=4e-15, atol=0.0)


def callables(name: str) -> list[Any]:
    """What a name of the catalogue stands for; nothing for a method and for what is no name."""
    if name.startswith(".") or not name.replace(".", "").replace("_", "").isalnum():
        return []
    found = eval(name, dict(GLOBALS)) if "." in name else None
    return [found] if callable(found) else []


NAMES = [name for family in families() for entry in family.entries for name in entry.names.split()]


def test_every_name_is_registered() -> None:
    missing = [name for name in NAMES for known in callables(name) if surface.find(known) is None]
    methods = {*surface.METHODS, *surface.ATTRIBUTES}
    missing += [name for name in NAMES if name.startswith(".") and name[1:] not in methods]
    assert not missing


def test_every_registered_name_has_an_entry() -> None:
    entered = [known for name in NAMES for known in callables(name)]
    libraries = ("np.", "math.", "scipy.")
    missing = [
        surface.spelled(known)
        for known in surface.FUNCTIONS
        if surface.spelled(known).startswith(libraries) and known not in entered
    ]
    assert not missing
    assert not {*surface.METHODS, *surface.ATTRIBUTES} - {name[1:] for name in NAMES if name.startswith(".")}


def test_every_method_has_a_case() -> None:
    """Its arguments come in another order than those of the function of this name, perhaps."""
    used = {
        node.attr
        for case in CASES
        for node in ast.walk(ast.parse(case.text))
        if isinstance(node, ast.Attribute) and ast.unparse(node.value).partition(".")[0] not in GLOBALS
    }
    in_place = {"sort"}  # the others are expressions
    assert not {name[1:] for name in NAMES if name.startswith(".")} - used - in_place


@pytest.mark.parametrize("refusal", refused.REFUSALS, ids=lambda refusal: refusal.names)
def test_what_is_refused_is_not_registered(refusal: Refusal) -> None:
    for name in refusal.names.split():
        assert not any(surface.find(known) for known in callables(name))


def draws(x: Any) -> Any:
    return np.sum(x * np.random.normal(size=3))


def transforms(x: Any) -> Any:
    return np.sum(np.abs(np.fft.fft(x)))


@pytest.mark.parametrize(("function", "reason"), [(draws, "Draw outside"), (transforms, "complex values")])
def test_a_refusal_tells_its_reason(function: Callable[..., Any], reason: str) -> None:
    with pytest.raises(MissingRuleError, match=reason):
        ad.grad(function)(np.ones(3))


def unsupported_keywords() -> list[tuple[str, str]]:
    """A case with one more keyword, for every keyword of a function that its builder does not name."""
    found: dict[tuple[Any, str], str] = {}
    for case in CASES:
        for name in case.entry.names.split():
            for known in callables(name):
                taken = {*inspect.signature(surface.find(known)).parameters}
                for keyword in keywords_of(known) - taken:
                    if text := with_keyword(case.text, name, keyword):
                        found.setdefault((known, keyword), text)
    return sorted((text, keyword) for (_, keyword), text in found.items())


def keywords_of(known: Any) -> set[str]:
    try:
        parameters = inspect.signature(known).parameters.values()
    except (TypeError, ValueError):
        return set()
    return {p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)}


def with_keyword(text: str, name: str, keyword: str) -> str:
    """`f(x)` as `f(x, keyword=True)`; nothing if the function is not called in the text."""
    tree = ast.parse(text, mode="eval")
    called = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and ast.unparse(n.func) == name]
    for node in called[:1]:
        node.keywords.append(ast.keyword(keyword, ast.Constant(True)))
    return ast.unparse(tree) if called else ""


def names_in(text: str) -> Case:
    return Case(CASES[0].entry, text, 0)


UNSUPPORTED = [each for each in unsupported_keywords() if each[1] not in ("min", "max")]


@pytest.mark.parametrize(("text", "keyword"), UNSUPPORTED if FULL else UNSUPPORTED[::12])
def test_a_keyword_that_is_not_supported_is_named(text: str, keyword: str) -> None:
    case = names_in(text)
    with pytest.raises(UnsupportedError, match=rf"\b{keyword}\b"):
        emit(case.function(), case.args(), mode="primal")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("np.pad(v, 2, mode='linear_ramp')", "mode=linear_ramp"),
        ("np.percentile(x, 30, method='hazen')", "method=hazen"),
        ("np.quantile(x, 0.3, method='inverted_cdf')", "method=inverted_cdf"),
        ("linalg.solve(A, B, assume_a='sym')", "assume_a=sym"),
        ("linalg.expm(u[:, :3, :3])", "with 3 axes"),
        ("linalg.qr(A)", "mode=full"),
        ("np.linalg.qr(A, mode='complete')", "mode=complete"),
        ("np.linalg.qr(x)[1]", "as many rows as columns, or more; the shape is (3,4) ("),
        ("np.cross(x[:, :2], y[:, :2])", "three elements"),
        ("np.logspace(0.0, 1.0, 3, base=z)", "`base`"),
    ],
)
def test_a_form_that_is_not_supported_is_told(text: str, told: str) -> None:
    """With an error of ours, at the line, whether it is known when the function is compiled or not."""
    case = names_in(text)
    with pytest.raises(UnsupportedError, match=re.escape(told)) as caught:
        emit(case.function(), case.args(), mode="primal").call(*case.args())
    assert caught.value.advice
