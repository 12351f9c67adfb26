"""Methods of lists, tuples, dicts and records. They are carried out while the function is interpreted.

stack.append(x[0]); stack.pop()       the list is changed, if it was made in the region that changes it
state.update(x=1.0)                   so is the dict
point._replace(x=1.0)                 a new record
"""

from __future__ import annotations

import builtins
from collections.abc import Callable

from adcompile.errors import UnsupportedError
from adcompile.frontend import lists, promote, shapes
from adcompile.frontend.containers import all_items, lasting
from adcompile.frontend.ints import ZERO
from adcompile.frontend.tracer import Tracer
from adcompile.frontend.values import (
    NONE,
    Abstract,
    Grown,
    Mapping,
    Record,
    Sequence,
    Static,
    describe,
    tuple_of,
)

Arguments = list[Abstract]
Keywords = dict[str, Abstract]

NAMES = {
    "list": ("append", "pop", "copy", "extend", "insert", "reverse", "clear", "index", "count", "remove", "sort"),
    "tuple": ("count", "index"),
    "dict": ("keys", "values", "items", "get", "pop", "update", "setdefault", "copy", "clear", "popitem"),
    "namedtuple": ("_replace", "_asdict"),
}


def method(t: Tracer, owner: Abstract, name: str, args: Arguments, keywords: Keywords) -> Abstract:
    """A method of a list, tuple, dict or record."""
    match owner:
        case Sequence(grown=Grown()):
            found = _of_grown(t, owner, name, args)
        case Sequence():
            found = _of_list(t, owner, name, args, keywords)
        case Mapping():
            found = _of_dict(t, owner, name, args, keywords)
        case Record():
            found = _of_record(owner, name, args, keywords)
        case _:
            found = None
    if found is None:
        grown = isinstance(owner, Sequence) and owner.grown is not None
        raise UnsupportedError(
            f"`{name}` of {describe(owner)} is not supported with these arguments", None, _OF_GROWN if grown else _FORMS
        )
    return found


_FORMS = "Keys and positions must be known when the function is compiled, and are passed by position."
_OF_GROWN = (
    "A list whose length is not known has append, clear, copy, extend and pop; arrays have more: `np.array(list)`."
)


def _of_grown(t: Tracer, owner: Sequence, name: str, args: Arguments) -> Abstract | None:
    """A method of a list whose length is not known."""
    match name, args:
        case "copy", []:
            return lists.sliced(t, owner, Static(slice(None)), t.builder.region)
    with t.changing(owner):
        match name, args:
            case "append", [value]:
                lists.append(t, owner, value)
            case "extend", [more]:
                for value in all_items(t, more):
                    lists.append(t, owner, value)
            case "pop", [] | [Static(value=-1)]:
                return lists.pop(t, owner)
            case "clear", []:
                lists.set_count(t, owner, ZERO)
            case _:
                return None
    return NONE


def _of_list(t: Tracer, owner: Sequence, name: str, args: Arguments, keywords: Keywords) -> Abstract | None:
    if name in ("index", "count") and len(args) == 1:
        known = [static_value(item, f"`{name}`") for item in owner.items]
        return promote.fold(getattr(list, name), (Static(known), args[0])) if isinstance(args[0], Static) else None
    if name == "copy":
        return t.new_list(list(owner.items))
    with t.changing(owner):
        return _changed_list(t, owner.items, name, args, keywords)


def _changed_list(t: Tracer, items: list[Abstract], name: str, args: Arguments, keywords: Keywords) -> Abstract | None:
    match name, args:
        case "append", [value]:
            items.append(value)
        case "extend", [more]:
            items.extend(all_items(t, more))
        case "insert", [at, value]:
            items.insert(shapes.static_int(at, "the index of a list"), value)
        case "pop", _ if len(args) <= 1:
            return items.pop(*(shapes.static_int(k, "the index of a list") for k in args))
        case "reverse", []:
            items.reverse()
        case "clear", []:
            items.clear()
        case "remove", [Static(value=value)]:
            del items[[static_value(item, "`remove`") for item in items].index(value)]
        case "sort", []:
            items[:] = in_order(items, keywords, "`sort`", call=lambda f, x: t.call(f, [x], {}))
        case _:
            return None
    return NONE


def _of_dict(t: Tracer, owner: Mapping, name: str, args: Arguments, keywords: Keywords) -> Abstract | None:
    entries = owner.items
    match name, args:
        case "keys", []:
            return tuple_of(*map(Static, entries))
        case "values", []:
            return lasting(lambda: list(entries.values()))
        case "items", []:
            return lasting(lambda: [tuple_of(Static(k), v) for k, v in entries.items()])
        case "get", [Static(value=key), *default]:
            return entries.get(key, default[0] if default else NONE)
        case "copy", []:
            return Mapping(dict(entries), t.builder.region)
    with t.changing(owner):
        return _changed_dict(entries, name, args, keywords)


def _changed_dict(entries: dict[object, Abstract], name: str, args: Arguments, keywords: Keywords) -> Abstract | None:
    match name, args:
        case "pop", [Static(value=key), *default]:
            return entries.pop(key, *default)
        case "popitem", []:
            if not entries:
                raise KeyError("popitem(): dictionary is empty")
            return tuple_of(*next((Static(key), entries.pop(key)) for key in reversed(list(entries))))
        case "setdefault", [Static(value=key), value]:
            return entries.setdefault(key, value)
        case "clear", []:
            entries.clear()
        case "update", ([] | [Mapping()]) as other:
            entries.update({k: v for each in other if isinstance(each, Mapping) for k, v in each.items.items()})
            entries.update(keywords)
        case _:
            return None
    return NONE


def _of_record(owner: Record, name: str, args: Arguments, keywords: Keywords) -> Abstract | None:
    if args:
        return None
    if name == "_asdict":
        return Mapping(dict[object, Abstract](owner.fields.items()))
    if set(keywords) - set(owner.fields):
        raise ValueError(f"Got unexpected field names: {sorted(set(keywords) - set(owner.fields))!r}")
    return Record(owner.cls, {**owner.fields, **keywords})


def static_value(item: Abstract, what: str) -> object:
    """What an item is, if that is known now."""
    match item:
        case Static(value=value):
            return value
        case Sequence(kind="tuple", items=items):
            return tuple(static_value(each, what) for each in items)
        case _:
            raise UnsupportedError(
                f"{what} compares values that are only known when the program runs",
                None,
                "Write the comparison as a loop over an array.",
            )


def _ranks(keyed: list[Abstract], what: str) -> list[object]:
    """What is known of the items; of tuples the parts in front, if they are never equal."""
    fronts = []
    for each in keyed:
        parts = each.items if isinstance(each, Sequence) and each.kind == "tuple" else []
        known = next((k for k, part in enumerate(parts) if not isinstance(part, Static)), len(parts))
        fronts.append(tuple(part.value for part in parts[:known] if isinstance(part, Static)))
    if all(fronts) and len({repr(front) for front in fronts}) == len(fronts):
        return list(fronts)
    return [static_value(each, what) for each in keyed]


def in_order(
    items: list[Abstract], keywords: Keywords, what: str, *, call: Callable[[Abstract, Abstract], Abstract]
) -> list[Abstract]:
    """The items sorted by what is known of them: themselves or their `key`."""
    key, reverse = keywords.get("key", NONE), keywords.get("reverse", Static(value=False))
    keyed = items if key == NONE else [call(key, item) for item in items]
    ranks = _ranks(keyed, what)
    order = builtins.sorted(
        range(len(items)),
        key=lambda k: ranks[k],  # type: ignore[arg-type,return-value]
        reverse=shapes.static_bool(reverse, "`reverse`"),
    )
    return [items[k] for k in order]
