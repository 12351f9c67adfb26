"""The disk cache: what is found again, by whom, and what happens when the folder is damaged, full or closed."""

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

import adcompile as ad
from adcompile.frontend.captures import Guard, Reach, fingerprint
from adcompile.frontend.structure import Fixed, Leaf, Node
from adcompile.ir.types import Array, Scalar
from adcompile.pipeline import Build, Dependency, SourceLine
from adcompile.runtime import store
from adcompile.runtime.cache import MEMORY
from adcompile.runtime.manifest import NotEncodable, decode_build, encode_build
from adcompile.runtime.nameable import Nameable
from adcompile.runtime.store import CacheWarning, Store, current_store
from adcompile.runtime.trees import structure_of


class Box:
    def __init__(self, value):
        self.value = value


def square(x):
    return x * x


SQUARE = "def entry(x): return (x * x, x + x)"


def build(**changes):
    fields = {
        "text": "def entry(x): return (x, x)\n",
        "entry": "entry",
        "source_map": (SourceLine(1, "f.py", 3),),
        "captures": (
            (Reach("global", "w", (("item", 0), ("attr", "a"))), Leaf(Array("float64", 2, "F", (True, False)))),
        ),
        "guards": (Guard(Reach("global", "np"), "abc"),),
        "dependencies": (Dependency("helper", "f.py", "123"),),
        "result": Leaf(Scalar("float64", weak=True)),
        "aux": None,
        "gradients": (0, 2),
    }
    return Build(**{**fields, **changes})


@pytest.mark.parametrize(
    "value",
    [None, True, 3, -0.0, float("nan"), float("-inf"), "é", (1, ("a", 2.0)), slice(1, None), np.dtype("f4"), np.float32]
    + [np, Path, store.Store.clear, np.sin, ad.grad],
)
def test_manifests_keep_static_values(value):
    result = Node("dict", ("a", 1), (Leaf(Scalar("int32")), Fixed(value)))
    before = build(result=result, aux=Node("namedtuple", ("x",), (Fixed(value),), Box))
    after = decode_build(json.loads(json.dumps(encode_build(before))), Nameable(square, {}))
    assert repr(after) == repr(before)


@pytest.mark.parametrize("value", [Box(1), lambda x: x, np.ones(2), 1j])
def test_manifests_refuse_what_cannot_be_read_back(value):
    with pytest.raises(NotEncodable):
        encode_build(build(aux=Fixed(value)))


def files(pattern):
    return sorted(current_store().root.glob(pattern))


def test_a_program_is_found_again_without_building(handwritten):
    handwritten.add("square", SQUARE)
    assert ad.grad(square)(3.0) == 6.0
    assert ad.grad(square)(4.0) == 8.0
    assert handwritten.built == ["grad"]
    MEMORY.clear()
    assert ad.grad(square)(5.0) == 10.0
    assert handwritten.built == ["grad"]
    assert len(files("programs/*/*/*.py")) == len(files("manifests/*/*/*.json")) == 1


def test_options_and_types_have_programs_of_their_own(handwritten):
    handwritten.add("square", SQUARE)
    for options in ({}, {"fastmath": True}, {"fastmath": {"contract"}}, {"boundscheck": False}):
        ad.grad(square, **options)(3.0)
    ad.grad(square)(np.float64(3.0))
    ad.grad(square)(np.float32(3.0))
    assert len(handwritten.built) == 6
    ad.grad(square, cache=False)(3.0)
    assert len(handwritten.built) == 7
    assert len(files("manifests/*/*/*.json")) == 6


def test_without_caching_nothing_is_written(handwritten):
    handwritten.add("square", SQUARE)
    assert ad.grad(square, cache=False)(3.0) == 6.0
    assert files("*") == []


def test_several_manifests_under_one_key(handwritten):
    def making(mode):
        def moded(x):
            return mode, x

        return moded

    def guards(function, arguments):
        return [Guard(Reach("closure", "mode"), fingerprint(function.__closure__[0].cell_contents))]

    def text(function, arguments):
        return f"def entry(x): return (x, {len(function.__closure__[0].cell_contents)}.0)"

    handwritten.add("moded", text, guards=guards)
    for _ in range(2):
        assert ad.grad(making("mean"))(1.0) == 4.0
        assert ad.grad(making("sum"))(1.0) == 3.0
        MEMORY.clear()
    assert handwritten.built == ["grad", "grad"]
    (folder,) = files("manifests/*/*")
    assert len(list(folder.iterdir())) == 2


def test_a_capture_of_another_structure_is_another_program(handwritten):
    def making(w):
        def weighted(x):
            return w * x

        return weighted

    def capture(function, arguments):
        reach = Reach("closure", "w")
        return [(reach, structure_of(reach.fetch(function)))]

    handwritten.add("weighted", "def entry(x, w): return (1.0, w)", captures=capture)
    assert ad.grad(making(2.0))(1.0) == 2.0
    assert ad.grad(making(3.0))(1.0) == 3.0
    assert handwritten.built == ["grad"]
    MEMORY.clear()
    assert ad.grad(making(4.0))(1.0) == 4.0
    assert handwritten.built == ["grad"]
    assert ad.grad(making(np.float32(5.0)))(1.0) == 5.0
    assert handwritten.built == ["grad", "grad"]


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_text("{"),
        lambda path: path.write_text("[]"),
        lambda path: path.write_text('{"text": 1}'),
        lambda path: path.write_bytes(b"\xff\xfe\x00"),
    ],
)
def test_a_damaged_manifest_is_made_anew(handwritten, damage):
    handwritten.add("square", SQUARE)
    ad.grad(square)(3.0)
    (path,) = files("manifests/*/*/*.json")
    damage(path)
    MEMORY.clear()
    with pytest.warns(CacheWarning, match="is damaged"):
        assert ad.grad(square)(3.0) == 6.0
    assert handwritten.built == ["grad", "grad"]


@pytest.mark.parametrize("pattern", ["*.nbi", "*.nbc", "*.py"])
def test_damaged_machine_code_is_made_anew(handwritten, pattern):
    handwritten.add("square", SQUARE)
    ad.grad(square)(3.0)
    for path in current_store().root.rglob(pattern):
        path.write_bytes(b"garbage")
    MEMORY.clear()
    if pattern == "*.py":
        assert ad.grad(square)(3.0) == 6.0
    else:
        with pytest.warns(CacheWarning, match="damaged machine code"):
            assert ad.grad(square)(3.0) == 6.0
    assert handwritten.built == ["grad"]


def test_a_few_bytes_changed_in_machine_code_are_noticed(handwritten):
    handwritten.add("square", SQUARE)
    ad.grad(square)(3.0)
    (code,) = current_store().root.rglob("*.nbc")
    content = bytearray(code.read_bytes())
    content[len(content) // 2] ^= 1
    code.write_bytes(bytes(content))
    MEMORY.clear()
    with pytest.warns(CacheWarning, match="checksum"):
        assert ad.grad(square)(3.0) == 6.0
    MEMORY.clear()
    assert ad.grad(square)(3.0) == 6.0


def test_the_least_recently_used_goes_first(tmp_path, monkeypatch):
    kept = Store(tmp_path)
    paths = [kept.program("p", str(k) * 1000, "") for k in range(4)]
    for age, path in enumerate(reversed(paths)):
        os.utime(path.parent, (1e9 - age, 1e9 - age))
    kept.program("p", "0" * 1000, "")
    monkeypatch.setenv("ADCOMPILE_CACHE_LIMIT", "2500")
    kept.make_room()
    assert [path.exists() for path in paths] == [True, False, False, True]


def test_clear_cache(handwritten):
    handwritten.add("square", SQUARE)
    g = ad.grad(square)
    assert g(3.0) == 6.0
    ad.clear_cache()
    assert files("*/*") == []
    assert g(3.0) == 6.0
    assert ad.grad(square)(3.0) == 6.0
    assert handwritten.built == ["grad", "grad"]


def test_an_unwritable_folder_falls_back_with_a_warning(handwritten, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ADCOMPILE_CACHE_DIR", str(tmp_path / "file" / "below"))
    handwritten.add("square", SQUARE)
    with pytest.warns(CacheWarning, match="ADCOMPILE_CACHE_DIR"):
        assert ad.grad(square)(3.0) == 6.0
    assert current_store().root.exists()


SCRIPT = """
    import sys
    import adcompile as ad
    from adcompile import pipeline
    from adcompile.frontend.captures import Guard, Reach, fingerprint
    from adcompile.frontend.structure import Leaf
    from adcompile.ir.types import Scalar
    from adcompile.source import source_hash

    def helper(x):
        return FACTOR * x

    def loss(x):
        return helper(x)

    def build(function, arguments, options):
        print("built")
        guard = Guard(Reach("global", "helper"), fingerprint(helper))
        used = pipeline.Dependency("helper", __file__, source_hash(helper))
        return pipeline.Build(
            "def entry(x): return (x, FACTOR)", "entry", (), (), (guard,), (used,), Leaf(Scalar("float64")), None, (0,)
        )

    pipeline.build = build
    assert "numba" not in sys.modules
    print(ad.grad(loss)(1.0))
"""


def test_a_second_process_builds_nothing(tmp_path):
    script = tmp_path / "model.py"
    environment = {**os.environ, "ADCOMPILE_CACHE_DIR": str(tmp_path / "cache"), "PYTHONPATH": os.getcwd()}

    def run(factor):
        text = textwrap.dedent(SCRIPT).replace("FACTOR", factor)
        if not script.exists() or script.read_text() != text:
            script.write_text(text)
        done = subprocess.run([sys.executable, str(script)], env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        machine_code = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.nbc")}
        return done.stdout.split(), machine_code

    first, compiled = run("2.0")
    assert first == ["built", "2.0"]
    assert len(compiled) == 1
    assert run("2.0") == (["2.0"], compiled)
    # Another helper: the manifest does not hold, whatever the function itself says.
    assert run("3.0")[0] == ["built", "3.0"]
