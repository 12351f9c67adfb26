"""Threads, signals, other processes, and limits of memory and disk: right, or an error that says what happened."""

import gc
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import numpy as np
import pytest

import adcompile as ad

linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc, sets limits")
THREADS = 16


def layer(x, w):
    h = np.tanh(x @ w)
    return np.sum(h * h)


W = np.random.default_rng(0).normal(size=(5, 3))
INPUTS = [np.random.default_rng(k).normal(size=(4 + k, 5)) for k in range(THREADS)]


def expected(x, w=W):
    h = np.tanh(x @ w)
    return x.T @ (2.0 * h * (1.0 - h * h))


def _strided(x):
    return np.repeat(x, 2, 1)[:, ::2]


def at_once(work):
    """Run `work(k)` in many threads that start together; what they raised."""
    errors, barrier = [], threading.Barrier(THREADS)

    def run(k):
        barrier.wait()
        try:
            for _ in range(10):
                work(k)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(k,)) for k in range(THREADS)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return errors


def test_threads_compile_once_and_agree():
    g = ad.grad(layer, argnums=1)

    def work(k):
        np.testing.assert_allclose(g(INPUTS[k], W), expected(INPUTS[k]), rtol=1e-10)

    assert at_once(work) == []
    assert len(g.signatures) == 1


def test_threads_with_different_types():
    g = ad.grad(layer, argnums=1)
    ways = (np.ascontiguousarray, np.asfortranarray, lambda x: x.astype(np.float32), _strided)

    def work(k):
        x = ways[k % 4](INPUTS[k])
        np.testing.assert_allclose(g(x, W), expected(INPUTS[k]), rtol=1e-3, atol=1e-4)

    assert at_once(work) == []
    assert len(g.signatures) == 4


@pytest.mark.parametrize("options", [{"workspace": True}, {}])
def test_threads_with_buffers_and_arrays_of_their_own(options):
    g = ad.grad(layer, argnums=1, **options)

    def work(k):
        out = np.empty_like(W)
        found = g(INPUTS[k], W) if options else g(INPUTS[k], W, out=out)
        assert options or found is out
        np.testing.assert_allclose(found, expected(INPUTS[k]), rtol=1e-10)

    assert at_once(work) == []


@linux
def test_a_fork_after_compiling():
    g = ad.grad(layer, argnums=1)
    g(INPUTS[0], W)
    child = os.fork()
    if child == 0:
        same = np.allclose(g(INPUTS[1], W), expected(INPUTS[1]))
        os._exit(0 if same else 1)
    assert os.waitpid(child, 0)[1] == 0


@linux
@pytest.mark.parametrize("delay", [0.05, 0.4])
def test_an_interrupt_leaves_nothing_half_done(delay):
    def product(x):
        s = 0.0
        for i in range(x.shape[0]):
            s += np.sin(x[i]) * np.exp(-x[i]) * x[i - 1]
        return s

    g, x = ad.grad(product, cache=False), np.linspace(0.0, 1.0, 5)
    # A process that was started in the background ignores interrupts.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    timer = threading.Timer(delay, lambda: os.kill(os.getpid(), signal.SIGINT))
    timer.start()

    def call_until_interrupted():
        for _ in range(3000):
            g(x)
            time.sleep(0.01)

    try:
        with pytest.raises(KeyboardInterrupt):
            call_until_interrupted()
    finally:
        timer.join()
        signal.signal(signal.SIGINT, before)
    differences = [(product(x + 1e-6 * e) - product(x - 1e-6 * e)) / 2e-6 for e in np.eye(5)]
    np.testing.assert_allclose(g(x), differences, rtol=1e-6)


def _memory():
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


@linux
def test_calls_leave_no_memory_behind():
    g = ad.grad(layer, argnums=1)
    _, pullback = ad.vjp(layer, INPUTS[0], W)
    raises = ad.grad(lambda x, i: x[i] * 1.0)
    x = np.ones(3)

    def calls(count):
        for k in range(count):
            g(INPUTS[0], W)
            if k % 50 == 0:
                pullback(1.0)
                with pytest.raises(IndexError):
                    raises(x, 7)

    calls(2000)
    before = _memory()
    calls(20000)
    assert _memory() - before < 2_000_000


MODULE = """
import numpy as np
import adcompile as ad

def f(x):
    return np.sum(np.tanh(x) * x)

g, x = ad.grad(f), np.linspace(0.0, 1.0, 9)

def go():
    assert np.allclose(g(x), np.tanh(x) + x * (1.0 - np.tanh(x) ** 2))
    print("right")

if __name__ == "__main__":
    go()
"""


class Folder:
    """A module and a cache folder, and processes that use them."""

    def __init__(self, path):
        self.path, self.cache = path, path / "cache"
        (path / "model.py").write_text(MODULE)
        self.environment = {**os.environ, "ADCOMPILE_CACHE_DIR": str(self.cache), "PYTHONPATH": os.getcwd()}

    def start(self, *args, **options):
        given = {"cwd": self.path, "env": self.environment, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen([sys.executable, *(args or ("model.py",))], text=True, **given, **options)

    def run(self, *args, **options):
        process = self.start(*args, **options)
        told, errors = process.communicate()
        return told, errors


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path)


@linux
def test_writers_that_are_killed_leave_nothing_that_misleads(folder):
    for delay in (1.0, 1.6, 2.2, 2.8):
        writers = [folder.start(), folder.start()]
        time.sleep(delay)
        for each in writers:
            each.kill()
        for each in writers:
            assert "Warning" not in each.communicate()[1]
    assert folder.run() == ("right\n", "")


def _small_files():
    import resource

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))


@linux
def test_a_full_disk(folder):
    told, errors = folder.run(preexec_fn=_small_files)
    assert told == "right\n"
    assert "could not be kept" in errors
    assert folder.run() == ("right\n", "")


def test_a_folder_that_is_removed_meanwhile(folder):
    text = """
    import shutil, os, model
    import numpy as np, adcompile as ad
    model.go()
    shutil.rmtree(os.environ["ADCOMPILE_CACHE_DIR"])
    model.go()
    ad.grad(model.f)(model.x.astype(np.float32))
    """
    assert folder.run("-c", textwrap.dedent(text)) == ("right\n" * 2, "")
    assert folder.run() == ("right\n", "")


def test_damage_anywhere_costs_time_only(folder):
    folder.run()
    files = sorted(each for each in folder.cache.rglob("*") if each.is_file())
    assert {each.suffix for each in files} >= {".py", ".json", ".nbi", ".nbc", ".seal", ""}
    saved = [each.read_bytes() for each in files]
    for k, content in enumerate(saved):
        half = content[: len(content) // 2]
        files[k].write_bytes(half if k % 2 else half[:-1] + bytes([half[-1] ^ 16]) + content[len(half) :])
    told, _ = folder.run()
    assert told == "right\n"
    shutil.rmtree(folder.cache)


@linux
def test_memory_that_is_limited(folder):
    text = """
    import resource
    import adcompile as ad
    from large import f
    g = ad.grad(f)
    g(1.0, 10)
    used = int(open("/proc/self/statm").read().split()[0]) * 4096
    resource.setrlimit(resource.RLIMIT_AS, (used + 50_000_000,) * 2)
    try:
        g(1.0, 100_000_000)
    except MemoryError as error:
        print("800000000 bytes" in str(error), "large.py:4" in str(error))
    print(g(1.0, 3))
    """
    large = """
    import numpy as np
    def f(x, n):
        y = np.zeros(n)
        for i in range(n):
            y[i] = x * i
        return np.sum(y * y)
    """
    (folder.path / "large.py").write_text(textwrap.dedent(large))
    assert folder.run("-c", textwrap.dedent(text)) == ("True True\n10.0\n", "")


def test_a_function_edited_while_the_process_runs(folder):
    text = """
    import importlib, os
    import adcompile as ad
    import one, two
    g = ad.grad(one.f)
    print(g(1.0), ad.grad(two.f)(1.0))
    with open("one.py", "w") as file:
        file.write("def f(x):\\n    return x * 3.0\\n")
    os.utime("one.py", (1e9, 1e9))
    print(g(1.0))
    try:
        ad.grad(one.f)(1.0)
    except ad.UnsupportedError as error:
        print("edited after it was imported" in str(error))
    importlib.reload(one)
    print(ad.grad(one.f)(1.0), g(1.0))
    """
    (folder.path / "one.py").write_text("def f(x):\n    return x * 2.0\n")
    (folder.path / "two.py").write_text("def f(x):\n    return x * 5.0\n")
    told, errors = folder.run("-B", "-c", textwrap.dedent(text))
    assert (told.split(), errors) == (["2.0", "5.0", "2.0", "True", "3.0", "2.0"], "")


def test_names_that_several_cells_share():
    import linecache

    gradients = []
    for number in (1, 2):
        text = f"def f(x):\n    return x * {number}.5\n"
        name = f"<cell {number} of shared names>"
        linecache.cache[name] = (len(text), None, text.splitlines(True), name)
        variables = {}
        exec(compile(text, name, "exec"), variables)
        gradients.append(ad.grad(variables["f"]))
    assert [g(1.0) for g in gradients] == [1.5, 2.5]


def _misaligned():
    memory = np.zeros(8 * 6 + 1, np.uint8)[1:].view(np.float64)
    memory[:] = np.arange(6.0)
    return memory


UNUSUAL = {
    "misaligned": _misaligned(),
    "read-only": np.frombuffer(np.arange(6.0).tobytes()),
    "no stride": np.broadcast_to(np.float64(3.0), (6,)),
    "no element": np.zeros(0),
    "no row": np.zeros((0, 3)),
    "no axis": np.array(3.0),
}
REFUSED = {
    "swapped bytes": np.arange(6.0).astype(">f8"),
    "half precision": np.ones(3, np.float16),
    "objects": np.array([1.0, 2.0], object),
    "masked": np.ma.array([1.0, 2.0], mask=[0, 1]),
    "complex": np.ones(3, complex),
}


@pytest.mark.parametrize("name", UNUSUAL)
def test_unusual_arrays(name):
    x = UNUSUAL[name]
    value, gradient = ad.value_and_grad(lambda x: np.sum(x * x))(x)
    assert value == np.sum(x * x)
    np.testing.assert_array_equal(gradient, 2.0 * x)


@pytest.mark.parametrize("name", REFUSED)
def test_arrays_that_are_refused(name):
    with pytest.raises(ad.AdcompileError, match=r"which is not supported|arithmetic is not that of an array"):
        ad.grad(lambda x: np.sum(x * x))(REFUSED[name])
