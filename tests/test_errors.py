"""The exact text of errors: message, place, source line, caret, way out."""

import linecache
import pickle

import pytest

from adcompile.errors import AdcompileError, InternalError, MissingRuleError, TypeInferenceError, UnsupportedError
from adcompile.location import Location

TEXT = "def loss(x, w):\n    yield x * w\n\ty = é + x\n"


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "model.py"
    path.write_text(TEXT, encoding="utf-8")
    yield str(path)
    linecache.cache.pop(str(path), None)


def test_the_format_of_the_design(model):
    error = UnsupportedError(
        "`yield` makes this function a generator, which has no adjoint",
        Location(model, 2, 4, 15, "loss"),
        "Return an array of the values instead.",
    )
    assert str(error).splitlines() == [
        "`yield` makes this function a generator, which has no adjoint",
        f"  {model}:2:4, in loss",
        "      yield x * w",
        "      ^^^^^^^^^^^",
        "  Return an array of the values instead.",
    ]
    assert (error.what, error.location.line, error.advice) == (
        "`yield` makes this function a generator, which has no adjoint",
        2,
        "Return an array of the values instead.",
    )


@pytest.mark.parametrize(
    ("col", "end_col", "caret"),
    [
        (10, 11, "      ^"),
        (10, None, "      ^^^^^"),
        (0, None, "^^^^^^^^^^^"),
        (99, 200, " " * 10 + "^"),
        (12, 12, "        ^"),
    ],
)
def test_the_caret_covers_the_range(model, col, end_col, caret):
    error = MissingRuleError("what", Location(model, 2, col, end_col))
    assert str(error).splitlines()[3] == "      " + caret


def test_columns_are_bytes_and_tabs_count_once(model):
    # `é` is two bytes: `x` is at byte 10, character 9.
    text = str(TypeInferenceError("what", Location(model, 3, 10, 11)))
    assert text.splitlines()[2:] == ["      y = é + x", "              ^"]


def test_without_location_or_readable_source():
    assert str(UnsupportedError("what", None, "Do this.\nOr that.")) == "what\n  Do this.\n  Or that."
    assert str(UnsupportedError("what", Location("<gone>", 3, 1, 2))) == "what\n  <gone>:3:1"


def test_internal_error_names_pass_and_call():
    error = InternalError("value used before it is made", "hoist", "ad.grad(f)(1.0)")
    lines = str(error).splitlines()
    assert lines[0] == "value used before it is made (in hoist)"
    assert lines[1] == "  reproduce with: ad.grad(f)(1.0)"
    assert isinstance(error, AdcompileError)


def test_errors_pickle(model):
    error = UnsupportedError("what", Location(model, 2, 4, 15, "loss"), "advice")
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
