"""Finding a program that was made before: in this process, else on disk.

A key covers what is known before the front end runs: the function's source, the structures of its arguments, the
options and all versions. What the program depends on besides (the helpers it calls, what it captures) is known only
from the program, so several programs can stand under one key; the one whose guards, captures and dependencies hold
for the function *as it is now* is taken.
"""

from __future__ import annotations

import functools
import hashlib
import linecache
import os
import sys
import threading
import warnings
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import FunctionType, MethodType
from typing import Any

from adcompile.build import Build, Options
from adcompile.frontend.fingerprints import fingerprint
from adcompile.frontend.structure import Fixed, Leaf, Node, Structure, captured_structure, leaves
from adcompile.ir.types import Array, Type, is_float
from adcompile.recursion import deep_recursion, nested_at_most
from adcompile.runtime import vector_math
from adcompile.runtime.compile import Kernel, compile_program
from adcompile.runtime.machine import MachineCode
from adcompile.runtime.manifest import NotEncodable, decode_build, encode_build
from adcompile.runtime.nameable import Nameable, NotNameable
from adcompile.runtime.progress import Progress
from adcompile.runtime.store import CacheWarning, Store, current_store
from adcompile.runtime.trees import key_of
from adcompile.source import definition_hashes, read_source
from adcompile.stages import stage

Function = FunctionType | MethodType


@dataclass(eq=False, slots=True)
class Program:
    """A generated program and, once it has been asked for, its compiled form."""

    build: Build
    arguments: Mapping[str, Structure]
    options: Options
    cached: bool
    progress: Progress = field(default_factory=lambda: Progress("a program"))
    _kernel: Kernel | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def holds(self, function: Function, arguments: Mapping[str, Structure]) -> bool:
        """Is this the program of the function as it is now, for arguments of these structures?"""
        return all(guard.holds(function, arguments) for guard in self.build.guards) and all(
            _same_structure(partial(reach.fetch, function, arguments), structure)
            for reach, structure in self.build.captures
        )

    def leaf_types(self) -> tuple[Type, ...]:
        """The types of what the entry takes, in order, but for its buffers."""
        structures = [*self.arguments.values(), *(structure for _, structure in self.build.captures)]
        types = [leaf.type for structure in structures for leaf in leaves(structure)]
        if self.options.mode == "vjp":
            types += [leaf.type for leaf in leaves(self.build.result) if is_float(leaf.type)]
        given = [types[position] for position in self.build.filled]
        return (*types, *(Array(type_.dtype, type_.ndim) for type_ in given if isinstance(type_, Array)))

    def kernel(self) -> Kernel:
        """The compiled entry. Compiles, or loads Numba's own cache, at the first call."""
        with self._lock:
            if self._kernel is None:
                path = self.path()
                if MachineCode(path).exists():
                    with stage("cache"):
                        self._kernel = self._compiled(path)
                else:
                    with stage("Numba"), self.progress.working():
                        self._kernel = self._compiled(path)
            return self._kernel

    def _compiled(self, path: Path) -> Kernel:
        with deep_recursion():
            return compile_program(self.build, self.leaf_types(), path=path, options=self.options)

    def path(self) -> Path:
        """The file of the program; without caching a name under which nothing exists."""
        salt = f"{_versions()} {_describe_options(self.options)} {self.leaf_types()}"
        if self.options.vector_math:
            salt += f" {vector_math.exported()}"
        if not self.cached:
            digest = hashlib.sha256(f"{salt}{self.build.text}".encode()).hexdigest()[:16]
            return Path(f"<adcompile {digest}>") / f"{self.build.entry}.py"
        try:
            return current_store().program(self.build.entry, self.build.text, salt)
        except OSError as error:
            warnings.warn(f"a program could not be kept in the cache folder: {error}", CacheWarning, stacklevel=2)
            self.cached = False
            return self.path()


class Memory:
    """The programs of this process, least recently used first out. Safe to use from several threads."""

    def __init__(self, capacity: int = 4096) -> None:
        self._programs: OrderedDict[str, list[Program]] = OrderedDict()
        self._capacity = capacity
        self._lock = threading.RLock()

    def find(self, key: str, function: Function, arguments: Mapping[str, Structure]) -> Program | None:
        """The program under `key` that holds for `function`, for arguments of the very same classes."""
        with self._lock:
            candidates = list(self._programs.get(key, ()))
            if candidates:
                self._programs.move_to_end(key)
        if not candidates:
            return None
        same = _keys_of(arguments)
        fitting = (each for each in candidates if _keys_of(each.arguments) == same)
        return next((each for each in fitting if each.holds(function, arguments)), None)

    def add(self, key: str, program: Program) -> None:
        """Keep `program` under `key`."""
        with self._lock:
            self._programs.setdefault(key, []).insert(0, program)
            while len(self._programs) > self._capacity:
                self._programs.popitem(last=False)

    def clear(self) -> None:
        """Forget all programs."""
        with self._lock:
            self._programs.clear()


MEMORY = Memory()


def find_program(
    function: Function,
    arguments: Mapping[str, Structure],
    options: Options,
    *,
    cached: bool,
    pipeline: Any,
) -> Program:
    """The program of `function` for these arguments: remembered, loaded, or made by `pipeline.build`.

    The run time stands below the pipeline, so the module is handed to it.
    """
    with nested_at_most(function):
        return _found(function, arguments, options, cached=cached, pipeline=pipeline)


def _found(
    function: Function, arguments: Mapping[str, Structure], options: Options, *, cached: bool, pipeline: Any
) -> Program:
    key = _key(function, arguments, options, cached=cached)
    if (program := MEMORY.find(key, function, arguments)) is not None:
        return program
    with stage("cache"):
        found = _load(key, function, arguments, options) if cached else None
    progress = Progress(function.__name__)
    if found is None:
        with progress.working():
            found = Program(pipeline.build(function, arguments, options), arguments, options, cached)
        if cached:
            _save(key, found)
    found.progress, progress.lines = progress, found.build.text.count("\n")
    MEMORY.add(key, found)
    return found


def clear_cache() -> None:
    """Forget all compiled programs, on disk and in memory. Callables that were compiled already go on working."""
    MEMORY.clear()
    current_store().clear()


def _key(function: Function, arguments: Mapping[str, Structure], options: Options, *, cached: bool) -> str:
    source = read_source(function)
    structures = [f"{name}: {_describe(structure)}" for name, structure in arguments.items()]
    bound = isinstance(function, MethodType)
    parts = [
        source.source_hash,
        source.file,
        source.name,
        str(bound),
        *structures,
        _describe_options(options),
        _versions(),
    ]
    return hashlib.sha256("\n".join([*parts, str(cached)]).encode()).hexdigest()


def _describe(structure: Structure) -> str:
    """A structure as text that is the same in every process."""
    match structure:
        case Leaf(type=type_):
            return repr(type_)
        case Fixed(value=value):
            return f"fixed {fingerprint(value, values=True)}"
        case Node(kind=kind, keys=keys, children=children, cls=cls):
            named = "" if cls is None else fingerprint(cls)
            return f"{kind} {named} {keys!r} [{', '.join(map(_describe, children))}]"


def _describe_options(options: Options) -> str:
    fastmath = sorted(options.fastmath) if isinstance(options.fastmath, frozenset) else options.fastmath
    flags = (options.mode, options.wrt, options.has_aux, options.boundscheck, fastmath, sorted(options.disabled))
    return repr((*flags, options.report, options.vector_math, options.workspace, options.out))


@functools.cache
def _versions() -> str:
    """Everything outside the function that decides what is generated and how it is compiled.

    The processor is not among it: Numba's index beside each program tells processors apart.
    """
    import importlib.metadata  # takes longer to import than the rest of this package

    packages = [f"{name} {importlib.metadata.version(name)}" for name in ("numpy", "numba", "llvmlite")]
    stamps = sorted(_stamps(os.path.dirname(os.path.dirname(__file__))))
    settings = sorted(f"{name}={value}" for name, value in os.environ.items() if name.startswith("NUMBA_"))
    return repr((sys.version, packages, stamps, settings))


def _stamps(folder: str) -> Iterator[tuple[str, int]]:
    """The modules of this package and when they were changed."""
    for entry in os.scandir(folder):
        if entry.is_dir():
            yield from ((f"{entry.name}/{name}", changed) for name, changed in _stamps(entry.path))
        elif entry.name.endswith(".py"):
            yield entry.name, entry.stat().st_mtime_ns


def _load(key: str, function: Function, arguments: Mapping[str, Structure], options: Options) -> Program | None:
    """The first manifest under `key` that holds for `function`."""
    store = current_store()
    plain = function.__func__ if isinstance(function, MethodType) else function
    assert isinstance(plain, FunctionType)
    for path, manifest in store.manifests(key):
        try:
            build = decode_build(manifest, Nameable(plain, arguments))
            program = Program(build, arguments, options, cached=True)
            fits = _dependencies_hold(build) and program.holds(function, arguments)
        except NotNameable as error:
            warnings.warn(f"{path} is not used: {error}", CacheWarning, stacklevel=2)
            continue
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            store.discard(path, error)
            continue
        if fits:
            store.mark_used(path)
            return program
    return None


def _save(key: str, program: Program) -> None:
    store: Store = current_store()
    try:
        store.save(key, encode_build(program.build))
    except (NotEncodable, OSError):
        return


def _dependencies_hold(build: Build) -> bool:
    """Does every function whose text went into the program still stand in its file?"""
    for file in {each.file for each in build.dependencies}:
        linecache.checkcache(file)
    return all(each.source_hash in definition_hashes(each.file) for each in build.dependencies)


def _same_structure(fetch: Callable[[], object], structure: Structure) -> bool:
    try:
        return key_of(captured_structure(fetch())) == key_of(structure)
    except Exception:  # it is gone, it is nothing that a program takes, or a property of the user's fails
        return False


def _keys_of(arguments: Mapping[str, Structure]) -> list[tuple[str, Hashable]]:
    return [(name, key_of(structure)) for name, structure in arguments.items()]
