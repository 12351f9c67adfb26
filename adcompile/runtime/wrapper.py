"""The function that a call goes through once its program is compiled: generated, with the user's own signature.

For `def loss(x, w)` with a float `x`, an array `w` and `math` captured:

    def __call__(_ad_self, x, w):
        try:
            if not (_ad_0.__code__ is _ad_1 and _ad_2['math'] is _ad_3): raise _ad_miss
            if not (_ad_type(x) is _ad_4 and _ad_type(w) is _ad_5 and w.dtype is _ad_6 and w.ndim == 1 and ...):
                if (_ad_type(x), _ad_type(w), w.dtype, w.ndim, w.flags.num, ...) not in _ad_seen: raise _ad_miss
        except _ad_misses:
            if _ad_next is not None: return _ad_next(_ad_self, x, w, )
            return _ad_self._call('grad', (x, w, ), {})
        try:
            _ad_r = _ad_kernel(x, w, )
        except _ad_failure as _ad_error:
            raise _ad_explain(_ad_build, _ad_error, (x, w, )) from None
        return _ad_r[1]

The arguments are those of the program if they are the usual ones for its structures (Python's own numbers, arrays that
own what they hold), which is asked first because it is fastest; or if arguments of just these types were seen before.
Whatever else comes is a miss: it goes to the wrapper of another program that was called lately, in the end the general
way.
"""

from __future__ import annotations

import hashlib
import inspect
import linecache
from collections.abc import Callable
from dataclasses import dataclass, field
from types import FunctionType, MemberDescriptorType

import numpy as np

from adcompile.build import Build
from adcompile.frontend.captures import class_entry
from adcompile.frontend.structure import Fixed, Leaf, Node, Structure, layout_of
from adcompile.ir.types import Array, Scalar
from adcompile.runtime.allocation import failure
from adcompile.runtime.cache import Program
from adcompile.runtime.constants import Names
from adcompile.runtime.filling import in_order, is_filled, places_of
from adcompile.runtime.overlap import overlaps, overlaps_itself, pairs
from adcompile.runtime.parameters import is_element
from adcompile.runtime.request import takes_out, with_out
from adcompile.runtime.results import Group, Picked, Result
from adcompile.runtime.sameness import Same
from adcompile.runtime.trees import cast, key_of, make, structure_of
from adcompile.runtime.usual import usual_array
from adcompile.runtime.watch import Watch

MISSES = (KeyError, IndexError, AttributeError, TypeError, ValueError)
_PLAIN = (str, bytes, int, bool, type(None), type, np.dtype)


@dataclass(frozen=True, slots=True)
class Fast:
    """A generated wrapper, and `remember(*args, **kwargs)`, after which it knows arguments like those of a call."""

    call: FunctionType
    remember: Callable[..., None]

    def hand_on(self, other: Fast | None) -> None:
        """Calls that are not for this wrapper's program go to another wrapper, or take the general way."""
        self.call.__globals__["_ad_next"] = None if other is None else other.call


def generate(
    program: Program,
    *,
    function: FunctionType,
    signature: inspect.Signature,
    receiver: object,
    shape: str,
    result: Result,
    filling: Filling | None = None,
) -> Fast:
    """The wrapper for `program`, returning `result`. On a miss it calls `_call(shape, args, kwargs)` of its object.

    One with a `filling` takes a keyword `out` like that; one without hands calls with `out` over to it.

    Raises one of `MISSES` if something that is guarded or captured cannot be reached by an expression.
    """
    if any(map(is_element, program.arguments)):
        raise KeyError("what a `*args` takes is looked up in the general way")
    names = Names()
    watch = Watch(function, receiver, "_ad_self.receiver", names, program.arguments)
    watch.root()
    taking = _Taking(names)
    for name, structure in program.arguments.items():
        taking.take(structure, name)
    for guard in program.build.guards:
        watch.guard(guard)
    for reach, structure in program.build.captures:
        _, text = watch.fetch(reach)
        taking.take(structure, taking.local(text))
    filled = range(0)
    if filling is not None:
        filled = taking.fill(filling, program.build)
        signature = with_out(signature, required=True)
    elif takes_out(signature):
        signature = with_out(signature)
        positional, keywords = _forwarding(signature)
        into = f"_ad_self._into_{shape}(*({positional}), **{{{keywords}}})"
        taking.lines.insert(0, f"if out is not None: return {into}")
    taking.compare((*program.build.written, *filled))
    kernel = program.kernel()
    given = _given(signature, function, names)
    text = _text(signature, given, watch.conditions, taking, shape, _giving(result, names))
    names.values |= {"_ad_build": program.build, "_ad_kernel": kernel, "_ad_seen": set()}
    return _execute(text, names, signature, function.__qualname__)


@dataclass(frozen=True, slots=True)
class Filling:
    """An `out` that was given, and the gradient that it is for."""

    out: object
    gradient: Result


@dataclass(eq=False, slots=True)
class _Taking:
    """Statements that check and take apart the arguments, the parts of the key, and the leaves for the kernel.

    `usual` are conditions under which the key need not be looked up; `always_looked_up`, because they do not suffice.
    """

    names: Names
    lines: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    usual: list[str] = field(default_factory=list)
    always_looked_up: bool = False
    leaves: list[str] = field(default_factory=list)
    arrays: list[str] = field(default_factory=list)
    overlaps: list[str] = field(default_factory=list)
    locals: int = 0

    def local(self, text: str) -> str:
        """A variable that holds the value of an expression."""
        self.locals += 1
        self.lines.append(f"_ad_v{self.locals} = {text}")
        return f"_ad_v{self.locals}"

    def take(self, structure: Structure, name: str) -> None:
        """Take apart what the variable `name` holds."""
        match structure:
            case Leaf(type=Scalar() as type_):
                self.keys.append(f"_ad_type({name})")
                self.usual.append(f"_ad_type({name}) is {self.names.name(_usual_class(type_))}")
                self.leaves.append(name)
            case Leaf(type=Array(ones=ones) as type_):
                self.usual += usual_array(type_, name, self.names)
                self.keys += [f"_ad_type({name})", f"{name}.dtype", f"{name}.ndim", f"{name}.flags.num"]
                if type_.layout not in ("C", "F"):
                    self.keys.append(f"{self.names.name(layout_of)}({name})")
                if any(ones):
                    self.keys += [f"{name}.shape[{axis}] == 1" for axis in range(len(ones))]
                elif ones:
                    self.keys.append(f"1 in {name}.shape")
                self.leaves.append(name)
                self.arrays.append(name)
            case Fixed(value=value) if type(value) in _PLAIN or isinstance(value, type):
                self.keys += [f"_ad_type({name})", name]
                held = self.names.name(value)
                self.usual += [f"_ad_type({name}) is {self.names.name(type(value))}", f"{name} == {held}"]
            case Fixed(value=value):
                same = Same(self.names)
                if same.is_told_cheaply(value, name):
                    self.usual += same.conditions
                else:
                    self.always_looked_up = True
                general = f"{self.names.name(key_of)}({self.names.name(structure_of)}({name}, static=True))"
                self.keys.append(general)
            case Node():
                self._node(structure, name)

    def compare(self, written: tuple[int, ...]) -> None:
        """Statements that let arrays which overlap go the general way, where they are refused."""
        arrays = [position for position, leaf in enumerate(self.leaves) if leaf in self.arrays]
        shared, overlapping = self.names.name(np.may_share_memory), self.names.name(overlaps)
        for one in written:
            array, itself = self.leaves[one], self.names.name(overlaps_itself)
            self.overlaps.append(f"if not {array}.flags.forc and {itself}({array}): raise _ad_miss")
        for one, other in pairs(written, arrays):
            both = f"{self.leaves[one]}, {self.leaves[other]}"
            self.overlaps.append(f"if {shared}({both}) and {overlapping}({both}): raise _ad_miss")

    def fill(self, filling: Filling, build: Build) -> range:
        """Take apart `out`, whose arrays the kernel takes last; the positions where."""
        first = len(self.leaves)
        self.take(structure_of(filling.out, where="out"), "out")
        texts = iter(self.leaves[first:])
        del self.leaves[first:]
        # `out` has the order of the gradient, the kernel that of the arguments.
        places = places_of(filling.out, filling.gradient)
        found = {place.picked.index: next(texts) for place in places if place.given is not None}
        for position, place in in_order(places, build):
            if is_filled(place.picked.type):
                array = found[place.picked.index]
                self.overlaps.append(f"if {array}.shape != {self.leaves[position]}.shape: raise _ad_miss")
                self.leaves.append(array)
        return range(first, len(self.leaves))

    def _node(self, node: Node, name: str) -> None:
        match node.kind:
            case "tuple" | "list":
                self._miss(f"_ad_type({name}) is not _ad_{node.kind} or _ad_len({name}) != {len(node.children)}")
                parts = [f"{name}[{position}]" for position in range(len(node.children))]
            case "dict":
                keys = self.names.name(node.keys)
                self._miss(f"_ad_type({name}) is not _ad_dict or (*{name},) != {keys}")
                parts = [f"{name}[{self.names.name(key)}]" for key in node.keys]
            case "namedtuple":
                self._miss(f"_ad_type({name}) is not {self.names.name(node.cls)}")
                if node.cls is not None and node.cls.__dictoffset__:
                    self._miss(f"{name}.__dict__")
                parts = [f"{name}[{position}]" for position in range(len(node.children))]
            case _:
                self._miss(f"_ad_type({name}) is not {self.names.name(node.cls)}")
                parts = self._attributes(node, name)
        for part, child in zip(parts, node.children, strict=True):
            self.take(child, self.local(part))

    def _attributes(self, node: Node, name: str) -> list[str]:
        """What an instance has of its own, and that it has nothing else: that might hide what its class has."""
        cls = node.cls
        assert cls is not None
        slots = [key for key in node.keys if isinstance(class_entry(cls, str(key)), MemberDescriptorType)]
        if not cls.__dictoffset__:
            return [f"{name}.{key}" for key in node.keys]
        own = self.local(f"{name}.__dict__")
        self._miss(f"_ad_len({own}) != {len(node.keys) - len(slots)}")
        return [f"{name}.{key}" if key in slots else f"{own}[{key!r}]" for key in node.keys]

    def _miss(self, condition: str) -> None:
        self.lines.append(f"if {condition}: raise _ad_miss")


def _usual_class(type_: Scalar) -> type:
    """What a number of this type usually is."""
    return {"float64": float, "int64": int, "bool": bool}[type_.dtype] if type_.weak else np.dtype(type_.dtype).type


def _giving(result: Result, names: Names) -> str:
    """The expression that puts the kernel's results `_ad_r` together: `put_together`, written out."""
    match result:
        case Picked(index=index, type=Scalar(dtype=dtype, weak=weak)):
            taken = f"_ad_r[{index}]"
            return taken if weak or dtype == "float64" else f"{names.name(np.dtype(dtype).type)}({taken})"
        case Picked(index=index, type=Array() as type_):
            taken = f"_ad_r[{index}]"
            return taken if type_.ndim else f"{names.name(cast)}({taken}, {names.name(type_)})"
        case Fixed(value=value):
            return names.name(value)
        case Group(node=node, parts=parts):
            given = [_giving(part, names) for part in parts]
            inside = "".join(f"{part}, " for part in given)
            if node.kind == "tuple":
                return f"({inside})"
            if node.kind == "list":
                return f"[{inside}]"
            if node.kind == "dict":
                pairs = zip(node.keys, given, strict=True)
                return f"{{{', '.join(f'{names.name(key)}: {part}' for key, part in pairs)}}}"
            return f"{names.name(make)}({names.name(node)}, ({inside}))"
    raise AssertionError(result)


def _given(signature: inspect.Signature, function: FunctionType, names: Names) -> list[str]:
    """Statements that read the defaults of the function where a call leaves parameters to them."""
    named = function.__code__.co_varnames[: function.__code__.co_argcount]
    lines = []
    for each in signature.parameters.values():
        if each.default is inspect.Parameter.empty or each.name not in (*named, *(function.__kwdefaults__ or {})):
            continue
        where = (
            f"__defaults__[{named.index(each.name) - len(named)}]"
            if each.name in named
            else f"__kwdefaults__[{each.name!r}]"
        )
        lines.append(f"if {each.name} is _ad_unset: {each.name} = {names.name(function)}.{where}")
    return lines


def _text(
    signature: inspect.Signature, given: list[str], conditions: list[str], taking: _Taking, shape: str, giving: str
) -> str:
    holds = " and ".join(conditions)
    key = "".join(f"{part}, " for part in taking.keys)
    usual = "False" if taking.always_looked_up else " and ".join(taking.usual) or "True"
    header = _header(signature)
    positional, keywords = _forwarding(signature)
    named = f"**{{{keywords}}}" if keywords else ""
    leaves = "".join(f"{leaf}, " for leaf in taking.leaves)
    checks = [f"        if not ({holds}): raise _ad_miss"] if conditions else []
    taken = [f"        {line}" for line in taking.lines]
    lines = [
        f"def __call__(_ad_self{header}):",
        *(f"    {line}" for line in given),
        "    try:",
        *checks,
        *taken,
        f"        if not ({usual}):",
        f"            if ({key}) not in _ad_seen: raise _ad_miss",
        *(f"        {line}" for line in taking.overlaps),
        "    except _ad_misses:",
        f"        if _ad_next is not None: return _ad_next(_ad_self, {positional}{named})",
        f"        return _ad_self._call({shape!r}, ({positional}), {{{keywords}}})",
        "    try:",
        f"        _ad_r = _ad_kernel({leaves})",
        "    except _ad_failure as _ad_error:",
        f"        raise _ad_explain(_ad_build, _ad_error, ({leaves})) from None",
        f"    return {giving}",
        "",
        f"def _ad_remember(_ad_self{header}):",
        *(f"    {line}" for line in given),
        "    if True:",
        *checks,
        *taken,
        # An unaligned array is copied on the general way, at every call.
        *(f"    if not {name}.flags.aligned: return" for name in taking.arrays),
        "    if _ad_len(_ad_seen) > 4096: _ad_seen.clear()",
        f"    _ad_seen.add(({key}))",
    ]
    return "\n".join(lines) + "\n"


def _header(signature: inspect.Signature) -> str:
    """The parameters as text. What is not given is read of the function, which may have another default by then."""
    parts: list[str] = []
    kinds = inspect.Parameter
    starred = False
    parameters = list(signature.parameters.values())
    for position, each in enumerate(parameters):
        if each.kind is kinds.KEYWORD_ONLY and not starred:
            parts.append("*")
            starred = True
        star = "*" if each.kind is kinds.VAR_POSITIONAL else "**" if each.kind is kinds.VAR_KEYWORD else ""
        starred = starred or each.kind is kinds.VAR_POSITIONAL
        default = "" if each.default is kinds.empty else "=None" if each.name == "out" else "=_ad_unset"
        parts.append(f"{star}{each.name}{default}")
        last = parameters[position + 1].kind if position + 1 < len(parameters) else None
        if each.kind is kinds.POSITIONAL_ONLY and last is not kinds.POSITIONAL_ONLY:
            parts.append("/")
    return "".join(f", {part}" for part in parts)


def _forwarding(signature: inspect.Signature) -> tuple[str, str]:
    """The arguments again, as the items of a tuple and of a dict."""
    kinds = inspect.Parameter
    positional, keywords = "", ""
    for each in signature.parameters.values():
        if each.kind is kinds.VAR_POSITIONAL:
            positional += f"*{each.name}, "
        elif each.kind is kinds.VAR_KEYWORD:
            keywords += f"**{each.name}, "
        elif each.kind is kinds.KEYWORD_ONLY:
            keywords += f"{each.name!r}: {each.name}, "
        else:
            positional += f"{each.name}, "
    return positional, keywords


def _execute(text: str, names: Names, signature: inspect.Signature, qualname: str) -> Fast:
    file = f"<adcompile wrapper {hashlib.sha256(text.encode()).hexdigest()[:12]}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    namespace: dict[str, object] = {
        **names.values,
        **{f"_ad_{each.__name__}": each for each in (type, len, tuple, list, dict, getattr, hasattr, issubclass)},
        "_ad_next": None,
        "_ad_miss": KeyError,
        "_ad_misses": MISSES,
        "_ad_failure": Exception,
        "_ad_explain": failure,
        "_ad_unset": object(),
    }
    exec(compile(text, file, "exec"), namespace)
    call, remember = namespace["__call__"], namespace["_ad_remember"]
    assert isinstance(call, FunctionType)
    assert isinstance(remember, FunctionType)
    # Python names the function in a TypeError about its arguments.
    call.__qualname__ = qualname
    return Fast(call, remember)
