"""Gradients of scripts and notebooks in other processes: the file they come from need not exist there."""

import os
import pickle
import subprocess
import sys
import textwrap

import numpy as np
import pytest

import adcompile as ad
from adcompile.runtime import pickling

CELLS = """
import pickle, sys
import cloudpickle
import numpy as np
import adcompile as ad

class Scale:
    def __init__(self, k):
        self.k = k
    def of(self, x):
        return x * self.k

def helper(x):
    return np.sum(Scale(3.0).of(x) * x)

@ad.grad
def decorated(x):
    return helper(x) * 2.0

def plain(x, table={"half": 0.5}):
    return helper(x) * table["half"]

def made(k):
    def inner(x):
        return helper(x) * k
    return ad.value_and_grad(inner)

g = {"decorated": decorated, "plain": ad.grad(plain), "lambda": ad.grad(lambda x: helper(x) ** 2), "inner": made(4.0)}
g["partial"] = [decorated, {"deep": g["plain"]}]
"""
SEND = """
if __name__ == "__main__":
    with open(sys.argv[1], "wb") as file:
        file.write(cloudpickle.dumps(g))
"""
RECEIVE = """
import pickle, sys
import numpy as np
with open(sys.argv[1], "rb") as file:
    g = pickle.load(file)
x = np.array([1.0, 2.0])
assert np.allclose(g["decorated"](x), 12.0 * x)
assert np.allclose(g["plain"](x), 3.0 * x)
assert np.allclose(g["lambda"](x), 2.0 * 15.0 * 6.0 * x)
value, gradient = g["inner"](x)
assert value == 60.0 and np.allclose(gradient, 24.0 * x)
assert np.allclose(g["partial"][1]["deep"](x), 3.0 * x)
print(g["plain"].source_map()[max(g["plain"].source_map())][0])
"""


def run(folder, name, text, *args):
    script = folder / name
    script.write_text(textwrap.dedent(text))
    environment = {
        **os.environ,
        "PYTHONPATH": os.getcwd(),
        "NUMBA_DISABLE_JIT": "1",
        "ADCOMPILE_CACHE_DIR": str(folder / "cache"),
    }
    done = subprocess.run([sys.executable, str(script), *args], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("kept", [True, False])
def test_functions_of_a_script_bring_their_source(tmp_path, kept):
    run(tmp_path, "script.py", CELLS + SEND, str(tmp_path / "sent"))
    if not kept:
        (tmp_path / "script.py").unlink()
    assert run(tmp_path, "other.py", RECEIVE, str(tmp_path / "sent")).strip() == str(tmp_path / "script.py")


def test_a_file_edited_since_keeps_its_own_text(tmp_path):
    run(tmp_path, "script.py", CELLS + SEND, str(tmp_path / "sent"))
    (tmp_path / "script.py").write_text("another = 1\n" * 50)
    told = run(tmp_path, "other.py", RECEIVE, str(tmp_path / "sent")).strip()
    assert told == f"<{tmp_path / 'script.py'}, as it was pickled>"


NOTEBOOK = """
import linecache
for number, cell in enumerate(CELLS.split("\\n\\n")):
    name = f"<cell {number}>"
    linecache.cache[name] = (len(cell), None, cell.splitlines(True), name)
    exec(compile(cell, name, "exec"), globals())
"""


def test_functions_of_notebook_cells_bring_their_source(tmp_path):
    run(tmp_path, "kernel.py", f"CELLS = {CELLS!r}\n{NOTEBOOK}\n{SEND}", str(tmp_path / "sent"))
    assert run(tmp_path, "other.py", RECEIVE, str(tmp_path / "sent")).startswith("<cell")


def test_a_pool_that_has_another_function_under_the_name_does_not_use_it(tmp_path, monkeypatch):
    def loss(x):
        return x * 2.0

    one = ad.grad(loss)
    found = pickling.find(__name__, "renamed", pickling._hash(loss), pickle.dumps("by value"))
    assert found == "by value"
    monkeypatch.setattr(sys.modules[__name__], "renamed", one, raising=False)
    assert pickling.find(__name__, "renamed", pickling._hash(loss), None) is one

    def loss(x):
        return x * 3.0

    assert pickling.find(__name__, "renamed", pickling._hash(loss), pickle.dumps("by value")) == "by value"
    with pytest.raises(pickle.UnpicklingError, match="put the function into a module"):
        pickling.find(__name__, "renamed", pickling._hash(loss), None)


def test_process_pools_of_a_script(tmp_path):
    pools = """
    if __name__ == "__main__":
        import multiprocessing
        from concurrent.futures import ProcessPoolExecutor
        for method in ("spawn", multiprocessing.get_start_method()):
            with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context(method)) as pool:
                for name in ("decorated", "plain"):
                    print(*pool.submit(g[name], np.ones(2)).result(timeout=120))
    """
    gradients = ["12.0", "12.0", "3.0", "3.0"]
    assert run(tmp_path, "script.py", CELLS + textwrap.dedent(pools)).split() == gradients * 2


def test_texts_are_those_of_what_cannot_be_imported():
    assert pickling.texts_of(np.linalg.norm) == {}
    assert pickling.texts_of(run) == {}
    (file,) = pickling.texts_of(lambda x: run(x, x, x))
    assert file == run.__code__.co_filename
