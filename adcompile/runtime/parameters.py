"""Which arguments `argnums` means: parameters, and what a `*args` or `**kwargs` takes.

    def f(*args)                          argnums=1          args[1]
    @functools.wraps(f)  # def f(x, w)
    def wrapper(*args, **kwargs)          argnums="w"        args[1], or kwargs['w'] where it is passed by name

An index counts what is passed, as in JAX. Where one element is asked for, each is an argument of the program.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping

_KINDS = inspect.Parameter
_POSITIONAL = (_KINDS.POSITIONAL_ONLY, _KINDS.POSITIONAL_OR_KEYWORD)
_OR = " or "


def parameter(chosen: object, signature: inspect.Signature, wrapped: inspect.Signature) -> str:
    """The name that an index or a name stands for, in the function itself; of several the one that is passed counts.

    `wrapped` is the signature of what the function wraps (`functools.wraps`), or its own. Raises ValueError for what
    there is not, TypeError for what is neither index nor name.
    """
    if isinstance(chosen, bool) or not isinstance(chosen, int | str):
        raise TypeError(f"argnums takes ints and names, not {chosen!r}")
    own, outer = _positional(signature), _positional(wrapped)
    if isinstance(chosen, str):
        if chosen in signature.parameters:
            return chosen
        if chosen not in wrapped.parameters:
            raise ValueError(f"argnums: there is no parameter `{chosen}` in {wrapped}")
        position = outer.index(chosen) if chosen in outer else None
        return _passed(position, chosen, signature)
    rest = _variadic(signature, _KINDS.VAR_POSITIONAL)
    within = len(own) if wrapped is signature else len(outer)
    if -within <= chosen < within:
        name = (own if wrapped is signature else outer)[chosen]
        return name if name in signature.parameters else _passed(outer.index(name), name, signature)
    if rest is None or chosen < 0:
        raise ValueError(f"argnums={chosen} is out of range: {wrapped} has {within} positional parameters")
    return f"{rest}[{chosen - len(own)}]"


def is_element(name: str) -> bool:
    """Is it part of a `*args` or `**kwargs`?"""
    return "[" in name


def apart(values: Mapping[str, object], signature: inspect.Signature) -> dict[str, object]:
    """The arguments, those in `*args` and `**kwargs` one by one."""
    found: dict[str, object] = {}
    for name, value in values.items():
        kind = signature.parameters[name].kind
        if kind is _KINDS.VAR_POSITIONAL:
            assert isinstance(value, tuple)
            found.update({f"{name}[{k}]": each for k, each in enumerate(value)})
        elif kind is _KINDS.VAR_KEYWORD:
            assert isinstance(value, dict)
            found.update({f"{name}[{key!r}]": each for key, each in value.items()})
        else:
            found[name] = value
    return found


def passed(wrt: tuple[str, ...], arguments: Mapping[str, object]) -> tuple[str, ...]:
    """Of each parameter the name under which it is passed. Raises TypeError if it is not."""
    return tuple(_one(name, arguments) for name in wrt)


def without_receiver(signature: inspect.Signature) -> inspect.Signature:
    """The signature of a bound method; a `*args` in front takes the object too."""
    first, *others = signature.parameters.values()
    return signature if first.kind is _KINDS.VAR_POSITIONAL else signature.replace(parameters=others)


def _one(name: str, arguments: Mapping[str, object]) -> str:
    for each in name.split(_OR):
        if each in arguments:
            return each
    told = ", ".join(arguments) or "there are none"
    raise TypeError(f"grad: `{name}` is not among the arguments of this call: {told}")


def _passed(position: int | None, name: str, signature: inspect.Signature) -> str:
    """How a parameter of the wrapped function reaches the wrapper."""
    own = _positional(signature)
    if position is not None and position < len(own):
        return own[position]
    rest, named = _variadic(signature, _KINDS.VAR_POSITIONAL), _variadic(signature, _KINDS.VAR_KEYWORD)
    ways = [f"{rest}[{position - len(own)}]"] if rest and position is not None else []
    ways += [f"{named}[{name!r}]"] if named else []
    if not ways:
        raise ValueError(f"argnums: `{name}` is no parameter of the function that is called, {signature}")
    return _OR.join(ways)


def _positional(signature: inspect.Signature) -> list[str]:
    return [each.name for each in signature.parameters.values() if each.kind in _POSITIONAL]


def _variadic(signature: inspect.Signature, kind: object) -> str | None:
    return next((each.name for each in signature.parameters.values() if each.kind is kind), None)
