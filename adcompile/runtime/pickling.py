"""How a gradient reaches another process: by its name, else by value, its source along with it.

    model.loss_grad                           by name: the other process imports `model`
    ad.grad(f), f from a module               what it is made from
    ad.grad(f), f from a script or notebook   the same for `cloudpickle` (joblib, dask), which takes functions by value;
                                              their code then stands in `<dynamic-code>`, so the texts go along
    @ad.grad in a script or notebook          by name where the other process has run the same text, else by value

A process pool that was started before a cell was run again has the old function under the name: so the source is
compared.
"""

from __future__ import annotations

import functools
import importlib
import linecache
import pickle
import sys
from collections.abc import Iterator
from types import CodeType, FunctionType, MethodType
from typing import TYPE_CHECKING, Any

from adcompile.errors import UnsupportedError
from adcompile.source import source_hash, stands_in, unwrap

if TYPE_CHECKING:
    from adcompile.runtime.gradient import Gradient

Reduced = str | tuple[object, ...]
Texts = dict[str, str]  # of files, by their names


def reduce(gradient: Gradient, parts: tuple[type, Any, Any, str]) -> Reduced:
    """What pickle keeps of a gradient. `parts` is what it is made from: class, function, request and shape."""
    module, name = gradient.__module__, gradient.__qualname__
    by_name = named(module, name) is gradient
    if by_name and module != "__main__":
        return name
    if by_name:
        return find, (module, name, _hash(parts[1]), _by_value(parts))
    return remake, (*parts, texts_of(parts[1]))


def find(module: str, name: str, source: str, value: bytes | None) -> Gradient:
    """The gradient of this name if it is made from the same text, else the one in `value`."""
    from adcompile.runtime.gradient import Gradient

    found = named(module, name)
    if isinstance(found, Gradient) and _hash(found.primal) == source:
        return found
    if value is None:
        raise pickle.UnpicklingError(
            f"`{module}.{name}` is not in this process what it was where it was pickled: "
            "put the function into a module that both import, or pickle with `cloudpickle`"
        )
    made: Gradient = pickle.loads(value)
    return made


def remake(cls: type[Gradient], function: Any, request: Any, shape: str, texts: Texts) -> Gradient:
    """The gradient made from these parts. Functions that came by value get their source back."""
    _give_back(function, texts)
    return cls(function, request, shape)


def named(module: str, qualname: str) -> object:
    """What is imported under this name."""
    try:
        found: object = importlib.import_module(module)
    except ImportError:
        return None
    for part in qualname.split("."):
        found = getattr(found, part, None)
    return found


def texts_of(function: object) -> Texts:
    """The texts of the files that hold `function`, and what it uses, as far as another process cannot import them."""
    files = {each.__code__.co_filename: each.__globals__ for each in _reached(function) if _goes_by_value(each)}
    found = {file: "".join(linecache.getlines(file, scope)) for file, scope in files.items()}
    return {file: text for file, text in found.items() if text}


def _by_value(parts: tuple[type, Any, Any, str]) -> bytes | None:
    """The parts as `cloudpickle` keeps them, if somebody has imported it."""
    pickler = sys.modules.get("cloudpickle") or sys.modules.get("joblib.externals.cloudpickle")
    if pickler is None:
        return None
    try:
        value: bytes = pickler.dumps(_Made((*parts, texts_of(parts[1]))))
    except Exception:  # whatever the function holds says, in its own words, that it cannot be pickled
        return None
    return value


class _Made:
    """Is unpickled as the gradient made from `parts`."""

    def __init__(self, parts: tuple[object, ...]) -> None:
        self.parts = parts

    def __reduce__(self) -> Reduced:
        return remake, self.parts


def _hash(function: object) -> str:
    try:
        return source_hash(function)
    except UnsupportedError:
        return ""


def _goes_by_value(function: FunctionType) -> bool:
    return function.__module__ == "__main__" or named(function.__module__ or "", function.__qualname__) is not function


def _give_back(function: object, texts: Texts) -> None:
    """Functions whose file cannot be read here are told the file that their code stood in."""
    for each in _reached(function):
        code = each.__code__
        if code.co_filename in texts or not linecache.getlines(code.co_filename, each.__globals__):
            file = next((file for file, text in texts.items() if stands_in(code, text)), None)
            if file is not None:
                each.__code__ = _moved(code, _readable(file, texts[file]))


def _readable(file: str, text: str) -> str:
    """A name under which `text` can be read in this process: `file`, unless that holds another text here."""
    here = "".join(linecache.getlines(file))
    name = file if here in ("", text) else f"<{file}, as it was pickled>"
    if here != text:
        linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    return name


def _moved(code: CodeType, file: str) -> CodeType:
    constants = (_moved(each, file) if isinstance(each, CodeType) else each for each in code.co_consts)
    return code.replace(co_filename=file, co_consts=tuple(constants))


def _reached(function: object) -> Iterator[FunctionType]:
    """`function` and all Python functions that it can call by what it names, holds or gets by default."""
    seen: set[int] = set()
    open_: list[object] = [function]
    while open_:
        found = unwrap(open_.pop())
        if id(found) in seen:
            continue
        seen.add(id(found))
        if isinstance(found, FunctionType):
            yield found
            open_ += _held(found)
        else:
            open_ += _parts(found)


def _held(function: FunctionType) -> list[object]:
    held = [cell.cell_contents for cell in function.__closure__ or () if _is_filled(cell)]
    held += [*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()]
    if _is_library(function.__module__):
        return held
    return held + [function.__globals__[name] for name in _names(function.__code__) if name in function.__globals__]


def _parts(found: object) -> list[object]:
    match found:
        case MethodType():
            return [found.__func__, found.__self__]
        case functools.partial():
            return [found.func, *found.args, *found.keywords.values()]
        case tuple() | list():
            return list(found)
        case dict():
            return list(found.values())
        case type() if not _is_library(found.__module__):
            members = [vars(base).values() for base in found.__mro__ if not _is_library(base.__module__)]
            return [_function_of(each) for values in members for each in values]
        case type():
            return []
    return [type(found), *getattr(found, "__dict__", {}).values()] if not _is_library(type(found).__module__) else []


def _function_of(member: object) -> object:
    for attribute in ("fget", "__func__"):
        if callable(inner := getattr(member, attribute, None)):
            return inner
    return member if isinstance(member, FunctionType) else None


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield from _names(each)


def _is_filled(cell: Any) -> bool:
    try:
        return cell.cell_contents is not cell
    except ValueError:
        return False


def _is_library(module: str | None) -> bool:
    return (module or "").partition(".")[0] in _LIBRARIES


_LIBRARIES: frozenset[str] = frozenset((*sys.stdlib_module_names, "numpy", "scipy", "numba", "adcompile")) - {
    "__main__"
}
