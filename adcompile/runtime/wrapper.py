"""The function that a call goes through once its program is compiled: generated, with the user's own signature.

For `def loss(x, w)` with a float `x`, an array `w` and `math` captured:

    def __call__(_ad_self, x, w):
        try:
            if not (_ad_0.__code__ is _ad_1 and _ad_2['math'] is _ad_3): raise _ad_miss
            _ad_kernel = _ad_table[(_ad_type(x), _ad_type(w), w.dtype, w.ndim, w.flags.num, 1 in w.shape, )]
        except _ad_misses:
            return _ad_self._call('grad', (x, w, ), {})
        try:
            _ad_r = _ad_kernel(x, w, )
        except _ad_failure as _ad_error:
            raise _ad_explain(_ad_build, _ad_error, (x, w, )) from None
        return _ad_r[1]

Only what has been seen once enters the table, so a hit says that arguments, captures and guards are those of the
program. Whatever else comes is a miss, and takes the general way.
"""

from __future__ import annotations

import hashlib
import inspect
import linecache
from collections.abc import Callable
from dataclasses import dataclass, field
from types import FunctionType

import numpy as np

from adcompile.frontend.structure import Fixed, Leaf, Node, Structure
from adcompile.ir.types import Array, Scalar
from adcompile.runtime.allocation import failure
from adcompile.runtime.cache import Program
from adcompile.runtime.overlap import overlaps, pairs
from adcompile.runtime.results import Group, Picked, Result
from adcompile.runtime.trees import cast, key_of, make, structure_of
from adcompile.runtime.watch import Names, Watch

MISSES = (KeyError, IndexError, AttributeError, TypeError, ValueError)
_PLAIN = (str, bytes, int, bool, type(None), type, np.dtype)


@dataclass(frozen=True, slots=True)
class Fast:
    """A generated wrapper, and `remember(*args, **kwargs)`, which enters the arguments of a call into its table."""

    call: FunctionType
    remember: Callable[..., None]


def generate(
    program: Program,
    *,
    function: FunctionType,
    signature: inspect.Signature,
    receiver: object,
    shape: str,
    result: Result,
) -> Fast:
    """The wrapper for `program`, returning `result`. On a miss it calls `_call(shape, args, kwargs)` of its object.

    Raises one of `MISSES` if something that is guarded or captured cannot be reached by an expression.
    """
    names = Names()
    watch = Watch(function, receiver, "_ad_self.receiver", names)
    watch.root()
    taking = _Taking(names)
    for name, structure in program.arguments.items():
        taking.take(structure, name)
    for guard in program.build.guards:
        watch.guard(guard)
    for reach, structure in program.build.captures:
        _, text = watch.fetch(reach)
        taking.take(structure, taking.local(text))
    taking.compare(program.build.written)
    kernel = program.kernel()
    text = _text(signature, watch.conditions, taking, shape, _giving(result, names))
    table: dict[object, object] = {}
    names.values |= {"_ad_build": program.build, "_ad_the_kernel": kernel}
    return _execute(text, names, table, signature, function.__qualname__)


@dataclass(eq=False, slots=True)
class _Taking:
    """Statements that check and take apart the arguments, the parts of the key, and the leaves for the kernel."""

    names: Names
    lines: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
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
            case Leaf(type=Scalar()):
                self.keys.append(f"_ad_type({name})")
                self.leaves.append(name)
            case Leaf(type=Array(ones=ones)):
                self.keys += [f"_ad_type({name})", f"{name}.dtype", f"{name}.ndim", f"{name}.flags.num"]
                if any(ones):
                    self.keys += [f"{name}.shape[{axis}] == 1" for axis in range(len(ones))]
                elif ones:
                    self.keys.append(f"1 in {name}.shape")
                self.leaves.append(name)
                self.arrays.append(name)
            case Fixed(value=value) if type(value) in _PLAIN or isinstance(value, type):
                self.keys += [f"_ad_type({name})", name]
            case Fixed():
                general = f"{self.names.name(key_of)}({self.names.name(structure_of)}({name}, static=True))"
                self.keys.append(general)
            case Node():
                self._node(structure, name)

    def compare(self, written: tuple[int, ...]) -> None:
        """Statements that let arrays which overlap go the general way, where they are refused."""
        arrays = [position for position, leaf in enumerate(self.leaves) if leaf in self.arrays]
        shared, overlapping = self.names.name(np.may_share_memory), self.names.name(overlaps)
        for one, other in pairs(written, arrays):
            both = f"{self.leaves[one]}, {self.leaves[other]}"
            self.overlaps.append(f"if {shared}({both}) and {overlapping}({both}): raise _ad_miss")

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
                parts = [f"{name}[{position}]" for position in range(len(node.children))]
            case _:
                self._miss(f"_ad_type({name}) is not {self.names.name(node.cls)}")
                parts = [f"{name}.{key}" for key in node.keys]
        for part, child in zip(parts, node.children, strict=True):
            self.take(child, self.local(part))

    def _miss(self, condition: str) -> None:
        self.lines.append(f"if {condition}: raise _ad_miss")


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


def _text(signature: inspect.Signature, conditions: list[str], taking: _Taking, shape: str, giving: str) -> str:
    holds = " and ".join(conditions)
    key = "".join(f"{part}, " for part in taking.keys)
    header = _header(signature)
    positional, keywords = _forwarding(signature)
    leaves = "".join(f"{leaf}, " for leaf in taking.leaves)
    checks = [f"        if not ({holds}): raise _ad_miss"] if conditions else []
    taken = [f"        {line}" for line in taking.lines]
    lines = [
        f"def __call__(_ad_self{header}):",
        "    try:",
        *checks,
        *taken,
        f"        _ad_kernel = _ad_table[({key})]",
        *(f"        {line}" for line in taking.overlaps),
        "    except _ad_misses:",
        f"        return _ad_self._call({shape!r}, ({positional}), {{{keywords}}})",
        "    try:",
        f"        _ad_r = _ad_kernel({leaves})",
        "    except _ad_failure as _ad_error:",
        f"        raise _ad_explain(_ad_build, _ad_error, ({leaves})) from None",
        f"    return {giving}",
        "",
        f"def _ad_remember(_ad_self{header}):",
        "    if True:",
        *checks,
        *taken,
        # An unaligned array is copied on the general way, at every call.
        *(f"    if not {name}.flags.aligned: return" for name in taking.arrays),
        "    if _ad_len(_ad_table) > 4096: _ad_table.clear()",
        f"    _ad_table[({key})] = _ad_the_kernel",
    ]
    return "\n".join(lines) + "\n"


def _header(signature: inspect.Signature) -> str:
    """The parameters as text; defaults are taken from `_ad_defaults`."""
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
        default = "" if each.default is kinds.empty else f"=_ad_defaults[{each.name!r}]"
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


def _execute(text: str, names: Names, table: dict[object, object], signature: inspect.Signature, qualname: str) -> Fast:
    file = f"<adcompile wrapper {hashlib.sha256(text.encode()).hexdigest()[:12]}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    namespace: dict[str, object] = {
        **names.values,
        **{f"_ad_{each.__name__}": each for each in (type, len, tuple, list, dict)},
        "_ad_table": table,
        "_ad_miss": KeyError,
        "_ad_misses": MISSES,
        "_ad_failure": Exception,
        "_ad_explain": failure,
        "_ad_defaults": {each.name: each.default for each in signature.parameters.values()},
    }
    exec(compile(text, file, "exec"), namespace)
    call, remember = namespace["__call__"], namespace["_ad_remember"]
    assert isinstance(call, FunctionType)
    assert isinstance(remember, FunctionType)
    # Python names the function in a TypeError about its arguments.
    call.__qualname__ = qualname
    return Fast(call, remember)
