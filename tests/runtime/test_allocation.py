"""Arrays that do not fit: MemoryError with the line and the bytes, never the end of the process."""

import os
import subprocess
import sys
import textwrap
from types import SimpleNamespace

import numpy as np
import pytest

import adcompile as ad
from adcompile.runtime.allocation import arrays_of, describe, failure, is_shortage
from tests.emitted import emit


@ad.grad
def recurrence(x, n):
    s = 0.5
    for t in range(n):
        s = np.sin(s) * x[t % 3]
    return s


@ad.grad
def matrix(x, n):
    y = np.zeros((n, n))
    y[0] = x[0]
    return np.sum(y * y)


@ad.grad
def inside(x, n):
    s = 0.0
    for i in range(3):
        y = np.zeros((n, 5))
        y[0] = x[i]
        s = s + y[0, 0] * y[0, 1]
    return s


def triangle(x, n):
    s = 0.5
    for i in range(n):
        for j in range(i):
            s = np.sin(s) * x[j]
    return s


def uneven(x, n):
    s = 0.5
    for i in range(n):
        for j in range(int(x[i])):
            s = np.sin(s) * x[j]
    return s


@pytest.mark.parametrize("n", [2**40, 2**50, 2**62, 2**63 - 1])
@pytest.mark.parametrize("function", [recurrence, matrix, inside])
def test_absurd_sizes(function, n):
    with pytest.raises(MemoryError, match=r"takes \d+ bytes") as caught:
        function(np.ones(3), n)
    lines = str(caught.value).splitlines()
    assert "test_allocation.py:" in lines[1]


def test_a_buffer_names_its_loop_and_its_bytes():
    with pytest.raises(MemoryError) as caught:
        recurrence(np.ones(3), 2**40)
    assert f"takes {8 * 2**40} bytes ({2**40} of float64)" in str(caught.value)
    assert "for t in range(n):" in str(caught.value)
    for _ in range(4):
        recurrence(np.ones(3), 5)
    with pytest.raises(MemoryError, match=f"{8 * 2**40} bytes"):
        recurrence(np.ones(3), 2**40)


def test_negative_sizes_are_refused_as_numpy_does():
    with pytest.raises(ValueError, match="negative dimensions"):
        matrix(np.ones(3), -2)


def test_sizes_are_found_in_the_text():
    build = emit(triangle, (np.ones(4), 3)).build
    found = {each.name: each for each in arrays_of(build, (np.ones(4), 100))}
    assert found["s_saved"].bytes == 8 * sum(range(100))
    assert f"`s_saved` takes {8 * sum(range(100))} bytes" in describe(build, (np.ones(4), 100))
    build = emit(uneven, (np.ones(4), 3)).build
    found = {each.name: each for each in arrays_of(build, (np.ones(4), 3))}
    assert found["s_saved"].grows and found["s_saved"].bytes is None
    assert found["x_bar"].bytes == 32
    told = describe(build, (np.ones(4), 3))
    assert "`s_saved` (float64) grows with the iterations of" in told and "for i in range(n):" in told


def test_sizes_that_depend_on_the_run_stay_unknown():
    text = """
    def entry(n, x):
        m = x.shape[0]
        k = 2 * n + 1
        for i in range(n):
            k = k + i
            y = np.empty(k)
        a = np.empty((m, n), np.float32)
        b = np.zeros_like(a)
        c = np.empty(k)
        if n > 3:
            d = np.empty(len(x), np.bool_)
        return (c,)
    """
    build = SimpleNamespace(text=textwrap.dedent(text), entry="entry", source_map=(), buffers=None)
    found = {each.name: each.bytes for each in arrays_of(build, (2, np.ones(7)))}
    assert found == {"y": None, "a": 56, "b": 56, "c": None, "d": 7}
    assert "`a` takes 56 bytes (14 of float32)\n  line 8 of the generated program" in describe(build, (2, np.ones(7)))


def test_other_errors_are_left_alone():
    error = IndexError("index {} is out of bounds", 7)
    assert str(failure(SimpleNamespace(), error, ())) == "index 7 is out of bounds"
    assert not is_shortage(ValueError("negative dimensions are not allowed"))


@pytest.mark.skipif(sys.platform == "win32", reason="limits of memory are POSIX's")
def test_a_buffer_that_cannot_grow_does_not_end_the_process(tmp_path):
    program = """
    import resource
    import numpy as np
    import adcompile as ad

    def triangle(x, n):
        s = 0.5
        for i in range(n):
            for j in range(int(x[i % 3]) * min(i, 100000)):
                s = np.sin(s) * x[j % 3]
        return s

    g = ad.grad(triangle)
    g(np.ones(3), 3)
    with open("/proc/self/statm") as file:
        used = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + 2**26, used + 2**26))
    try:
        g(np.ones(3), 10**6)
    except MemoryError as error:
        print(error)
    print(g(np.ones(3), 3).shape)
    """
    if not sys.platform.startswith("linux"):
        pytest.skip("reads /proc")
    script = tmp_path / "grows.py"
    script.write_text(textwrap.dedent(program))
    environment = {**os.environ, "PYTHONPATH": os.getcwd()}
    command = [sys.executable, str(script)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True, env=environment)
    assert "grows with the iterations of\n" in done.stdout
    assert "for i in range(n):" in done.stdout
    assert done.stdout.endswith("(3,)\n")
