"""The report on a gradient: the bytes that each loop saves, the check against differences, and its text."""

import dataclasses

import numpy as np
import pytest

import adcompile as ad
from adcompile.inspect.explain import Check, Storage

HERE = __file__


def line_of(function, text):
    """The line of this file at which `text` stands in the function."""
    first = function.primal.__code__.co_firstlineno
    with open(HERE, encoding="utf-8") as file:
        lines = file.readlines()
    return next(number for number in range(first, len(lines) + 1) if text in lines[number - 1])


@ad.grad
def dot(x, y):
    s = 0.0
    for i in range(len(x)):
        s += x[i] * y[i]
    return s


@ad.grad
def recurrence(x):
    s = 0.5
    for i in range(len(x)):
        s = np.sin(s) * x[i]
    return s


@ad.grad
def triangle(x, n):
    s = 0.5
    for i in range(n):
        for j in range(i):
            s = np.sin(s) * x[j]
    for i in range(n):
        s = s * s * x[i]
    return s


@ad.value_and_grad(argnums="w", has_aux=True)
def layers(x, w, k):
    h = x
    for _ in range(k):
        h = np.tanh(h * w)
    return np.sum(h), h


class Model:
    scale = 2.0

    @ad.grad
    def loss(self, x):
        return np.sum(self.scale * x * x)


def test_linear_code_saves_nothing():
    report = dot.explain(np.ones(100), np.ones(100))
    assert report.bytes_saved == 0 and not report.saved and not report.bytes_per_loop
    assert report.value == 100.0
    assert report.worst.error < 1e-6


def test_a_recurrence_saves_one_float_per_trip():
    report = recurrence.explain(np.linspace(0.5, 1.5, 100))
    assert report.bytes_per_loop == {(HERE, line_of(recurrence, "for i in")): 800}
    assert report.worst.error < 1e-6
    assert len(report.checks) == 8


def test_a_buffer_that_grows_counts_up_to_the_last_trip():
    report = triangle.explain(np.linspace(0.9, 1.1, 30), 20)
    first = line_of(triangle, "for i in")
    assert report.bytes_per_loop == {(HERE, first): 8 * 190, (HERE, first + 3): 8 * 20}
    assert triangle.explain(np.ones(3), 0).bytes_saved == 0


def test_arrays_of_every_trip_count_by_element():
    report = layers.explain(np.ones(6), np.full(6, 0.5), 4)
    assert report.bytes_saved == 0
    assert [(each.name, each.bytes) for each in report.kept] == [("h", (1 + 4) * 6 * 8)]  # what it starts from as well
    assert {check.where[0] for check in report.checks} == {"w"}


def test_arrays_that_are_kept_are_told_apart():
    report = dot.explain(np.ones(4), np.ones(4))
    kept = dataclasses.replace(report, kept=(Storage("h", "float32", "model.py", 7, 10),))
    assert kept.bytes_saved == 0
    assert "  kept       40 bytes\n    model.py:7 " in str(kept)


def test_float32_elements_have_four_bytes():
    report = recurrence.explain(np.linspace(0.5, 1.5, 10, dtype=np.float32))
    assert {each.dtype for each in report.saved} <= {"float32", "float64"}
    assert report.worst.error < 0.1


def test_methods_and_what_does_not_fit():
    model = Model()
    assert model.loss.explain(np.ones(3)).value == Model.loss.explain(model, np.ones(3)).value == 6.0
    with pytest.raises(TypeError, match="missing a required argument"):
        recurrence.explain()


def test_the_text():
    text = str(recurrence.explain(np.linspace(0.5, 1.5, 100)))
    assert text.startswith("gradient of recurrence: value ")
    assert "checked    8 elements against central differences: worst error" in text
    assert "saved      800 bytes" in text
    assert f"test_explain.py:{line_of(recurrence, 'for i in')}" in text
    assert "(100 of float64)" in text and "times the function" in text


def test_a_wrong_gradient_is_seen():
    report = dot.explain(np.ones(4), np.full(4, 3.0))
    off, undefined = Check("x[0]", 2.0, 3.0), Check("x[1]", np.nan, 3.0)
    assert off.error == pytest.approx(1 / 3)
    assert dataclasses.replace(report, checks=(*report.checks, off)).worst is off
    assert dataclasses.replace(report, checks=(off, undefined)).worst is undefined


def test_an_empty_argument_has_nothing_to_check():
    report = dot.explain(np.ones(0), np.ones(0))
    assert report.worst is None and "nothing" in str(report)
