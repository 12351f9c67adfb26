"""What is loaded from the cache was written by this user: planted, swapped and foreign files are not used."""

import json
import os
import shutil
import sys

import numpy as np
import pytest

import adcompile as ad
from adcompile.runtime import trust
from adcompile.runtime.cache import MEMORY
from adcompile.runtime.nameable import Nameable, NotNameable
from adcompile.runtime.store import CacheWarning, Store, _store_at, current_store

pytestmark = pytest.mark.skipif(not hasattr(os, "getuid"), reason="there are no users to tell apart")

SQUARE = "def entry(x): return (x * x, x + x)"
PLANTED = "def entry(x):\n    raise SystemExit('executed')\n"


def square(x):
    return x * x


def cube(x):
    return x * x * x


@pytest.fixture(autouse=True)
def _no_remembered_stores():
    yield
    _store_at.cache_clear()


def manifests():
    return sorted(current_store().root.glob("manifests/*/*/*.json"))


def called_again():
    MEMORY.clear()
    return ad.grad(square)(3.0)


def test_the_folder_is_made_for_this_user_alone(tmp_path, monkeypatch):
    monkeypatch.setenv("ADCOMPILE_CACHE_DIR", str(tmp_path / "new" / "cache"))
    assert current_store().root.stat().st_mode & 0o777 == 0o700
    current_store().sign(b"anything")
    assert (current_store().root / "key").stat().st_mode & 0o077 == 0


def test_text_planted_in_a_manifest_is_not_executed(handwritten):
    handwritten.add("square", SQUARE)
    assert ad.grad(square)(3.0) == 6.0
    (path,) = manifests()
    manifest = json.loads(path.read_text())
    path.write_text(json.dumps({**manifest, "text": PLANTED}, sort_keys=True))
    with pytest.warns(CacheWarning, match="its name does not fit its contents"):
        assert called_again() == 6.0
    assert handwritten.built == ["grad", "grad"]


def test_a_manifest_under_another_key_is_not_used(handwritten):
    handwritten.add("square", SQUARE)
    handwritten.add("cube", "def entry(x): return (x, 3.0 * x * x)")
    assert ad.grad(square)(3.0) == 6.0
    (first,) = manifests()
    assert ad.grad(cube)(3.0) == 27.0
    (second,) = [each for each in manifests() if each != first]
    shutil.copy(second, first.parent / second.name)
    first.unlink()
    with pytest.warns(CacheWarning, match="its name does not fit its contents"):
        assert called_again() == 6.0


def test_machine_code_of_another_program_is_not_used(handwritten):
    handwritten.add("square", SQUARE)
    handwritten.add("cube", "def entry(x): return (x, 3.0 * x * x)")
    ad.grad(square)(3.0)
    (first,) = current_store().root.glob("programs/*/*/*.py")
    ad.grad(cube)(3.0)
    (second,) = [each for each in current_store().root.glob("programs/*/*/*.py") if each != first]
    for path in (first.parent / "__pycache__").iterdir():
        path.unlink()
    for path in (second.parent / "__pycache__").iterdir():
        shutil.copy(path, first.parent / "__pycache__")
    shutil.copy(second.with_suffix(".seal"), first.with_suffix(".seal"))
    with pytest.warns(CacheWarning, match="checksum"):
        assert called_again() == 6.0


@pytest.mark.parametrize("mode", [0o770, 0o702])
def test_a_folder_that_others_may_write_to_is_not_used(handwritten, tmp_path, monkeypatch, mode):
    folder = tmp_path / "open"
    folder.mkdir()
    folder.chmod(mode)
    monkeypatch.setenv("ADCOMPILE_CACHE_DIR", str(folder))
    handwritten.add("square", SQUARE)
    with pytest.warns(CacheWarning, match="open can be written by other users") as told:
        found = ad.grad(square)(3.0), ad.grad(square)(np.float32(3.0))
    assert found == (6.0, 6.0)
    assert len(told) == 1
    assert list(folder.iterdir()) == []


def test_an_entry_that_others_may_write_to_is_not_used(handwritten):
    handwritten.add("square", SQUARE)
    ad.grad(square)(3.0)
    (path,) = manifests()
    path.chmod(0o666)
    with pytest.warns(CacheWarning, match="can be written by other users"):
        assert called_again() == 6.0
    assert handwritten.built == ["grad", "grad"]


@pytest.mark.skipif(hasattr(os, "getuid") and os.getuid() != 0, reason="only root can give files away")
@pytest.mark.parametrize("part", ["", "key", "manifests/*/*/*.json", "programs/*/*/*.seal"])
def test_what_belongs_to_another_user_is_not_used(handwritten, part):
    handwritten.add("square", SQUARE)
    ad.grad(square)(3.0)
    root = current_store().root
    given = [root] if not part else list(root.glob(part))
    assert given
    for path in given:
        os.chown(path, 65534, 65534)
    _store_at.cache_clear()
    with pytest.warns(CacheWarning, match="belongs to another user"):
        assert called_again() == 6.0


def test_a_manifest_names_only_what_the_functions_module_could(monkeypatch):
    nameable = Nameable(square, {})
    assert nameable.find("numpy", "float64") is np.float64
    assert nameable.module("adcompile") is ad
    assert nameable.find("adcompile.runtime.store", "Store") is Store
    with pytest.raises(NotNameable, match="antigravity"):
        nameable.module("antigravity")
    assert "antigravity" not in sys.modules
    assert "ctypes" in sys.modules
    with pytest.raises(NotNameable, match="ctypes"):
        nameable.find("ctypes", "CDLL")
    with pytest.raises(LookupError):
        nameable.find("numpy", "no_such_name")


def test_modules_of_functions_that_went_into_the_program_count():
    nameable = Nameable(square, {})
    with pytest.raises(NotNameable):
        nameable.module("decimal")
    import fractions

    helpers = Nameable(square, {})
    helpers.include_files([fractions.__file__])
    assert helpers.find("decimal", "Decimal") is fractions.Decimal


def test_all_processes_that_make_the_key_at_once_get_the_same(tmp_path):
    one, other = Store(tmp_path), Store(tmp_path)
    assert one.sign(b"a", b"b") == other.sign(b"a", b"b") != one.sign(b"ab") != one.sign(b"ab", b"")
    (tmp_path / "key").write_bytes(b"short")
    assert one.sign(b"a", b"b") == other.sign(b"a", b"b")


def test_reading_checks_the_file_that_is_read(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"content")
    assert trust.read(path) == b"content"
    path.chmod(0o620)
    with pytest.raises(trust.NotTrusted, match="chmod go-w"):
        trust.read(path)
