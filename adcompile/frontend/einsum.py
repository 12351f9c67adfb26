"""`np.einsum` with subscripts that are known: contracted from left to right, two arrays at a time.

    np.einsum("ij,jk->ik", a, b)       a @ b
    np.einsum("bij,bj->bi", a, x)      sum over j of a[b, i, j] * x[b, 0, j]
    np.einsum("ii->", a)               sum of the diagonal
    np.einsum("i,i", a, b[:1])         sum(a) * b[0]: an extent of 1 stretches, as in NumPy

A label that only one array has, and the result has not, is summed at once; labels of one pair alone are contracted by
a product of matrices, or by a loop where the pair has further labels in common.
"""

from __future__ import annotations

import string
from collections.abc import Collection
from dataclasses import dataclass, replace
from itertools import compress

import numpy as np

from adcompile.compositions import products
from adcompile.errors import UnsupportedError
from adcompile.frontend import promote, result_orders, shapes
from adcompile.frontend.indexing import Item, view
from adcompile.frontend.ints import ZERO
from adcompile.frontend.memory_orders import Loose, Order
from adcompile.frontend.rearrange import collected, diagonal_along, transpose, whole
from adcompile.frontend.reductions import sum_
from adcompile.frontend.surface import function
from adcompile.frontend.tracer import Tracer
from adcompile.frontend.values import FALSE, Abstract, ArrayValue, Sequence, Static, describe
from adcompile.ir.nodes import Operand, is_const
from adcompile.ops import scalar

ELLIPSIS = "..."


@dataclass(frozen=True, slots=True)
class _Term:
    """An array (or a number, without labels) and the labels of its axes."""

    value: Abstract
    labels: tuple[str, ...]


@function(np.einsum)
def einsum(t: Tracer, subscripts: Abstract, *operands: Abstract, optimize: Abstract = FALSE) -> Abstract:
    if not isinstance(subscripts, Static) or not isinstance(subscripts.value, str):
        what = f"the subscripts of `np.einsum` must be a string that is known, not {describe(subscripts)}"
        raise UnsupportedError(what, None, 'Write them out: `np.einsum("ij,jk->ik", a, b)`.')
    arrays = [collected(t, each) for each in operands]
    dtype = promote.result_dtype(*arrays)
    arrays = [t.cast(each, dtype) for each in arrays]
    inputs, output = _parsed(subscripts.value, [each.ndim if isinstance(each, ArrayValue) else 0 for each in arrays])
    terms = [_diagonal(t, _Term(a, labels)) for a, labels in zip(arrays, inputs, strict=True)]
    order = _order(t, terms, output) if optimize == FALSE else Loose()
    terms = [_without_ones(t, term, [each for each in terms if each is not term]) for term in terms]
    result = terms[0]
    for position, each in enumerate(terms[1:], 1):
        later = {label for term in terms[position + 1 :] for label in term.labels} | {*output}
        one, other = _summed(t, result, {*each.labels} | later), _summed(t, each, {*result.labels} | later)
        result = _contracted(t, one, other, later)
    result = _summed(t, result, {*output})
    made = t.cast(_ordered(t, result, output), dtype)
    is_view = len(arrays) == 1 and {*inputs[0]} == {*output}
    return replace(made, order=order) if isinstance(made, ArrayValue) and not is_view else made


def _order(t: Tracer, terms: list[_Term], output: tuple[str, ...]) -> Order | None:
    """NumPy's memory order of the result."""
    operands = [(term.value, term.labels) for term in terms if isinstance(term.value, ArrayValue)]
    rest = sorted({label for term in terms for label in term.labels} - {*output})
    return result_orders.contracted(t, operands, output, rest)


def _parsed(subscripts: str, ranks: list[int]) -> tuple[list[tuple[str, ...]], tuple[str, ...]]:
    """The labels of every operand and of the result; "..." stands for as many labels as it takes."""
    text = subscripts.replace(" ", "")
    left, arrow, right = text.partition("->")
    parts = left.split(",")
    if len(parts) != len(ranks):
        more = "more" if len(ranks) > len(parts) else "fewer"
        raise ValueError(f"{more} operands provided to einstein sum function than specified in the subscripts string")
    widths = [rank - len(part.replace(ELLIPSIS, "")) for part, rank in zip(parts, ranks, strict=True)]
    for part, width in zip(parts, widths, strict=True):
        if width < 0 or (width and ELLIPSIS not in part):
            raise ValueError("the subscripts of einsum do not have as many labels as the operand has axes")
    common = max((width for part, width in zip(parts, widths, strict=True) if ELLIPSIS in part), default=0)
    shared = tuple(f"...{k}" for k in range(common))
    inputs = [_labels(part, shared[common - width :]) for part, width in zip(parts, widths, strict=True)]
    counts: dict[str, int] = {}
    for label in (label for labels in inputs for label in labels if label not in shared):
        counts[label] = counts.get(label, 0) + 1
    if not arrow:
        return inputs, (*shared, *sorted(label for label, count in counts.items() if count == 1))
    output = _labels(right, shared)
    if len({*output}) < len(output) or not {*output} <= {*counts, *shared}:
        raise ValueError("einstein sum subscripts string: every label of the output is one of the inputs, once")
    return inputs, output


def _labels(part: str, shared: tuple[str, ...]) -> tuple[str, ...]:
    before, dots, after = part.partition(ELLIPSIS)
    if not {*before, *after} <= {*string.ascii_letters}:
        raise ValueError("the subscripts of einsum are letters, commas, `...` and `->`")
    return (*before, *(shared if dots else ()), *after)


def _diagonal(t: Tracer, term: _Term) -> _Term:
    """The term with every label once."""
    while len({*term.labels}) < len(term.labels):
        first, second = next(
            (k, q) for k, a in enumerate(term.labels) for q, b in enumerate(term.labels) if k < q and a == b
        )
        assert isinstance(term.value, ArrayValue)
        extents = term.value.dims[first], term.value.dims[second]
        shapes.require_equal(t, *extents, f"dimensions of operand for label {term.labels[first]} do not match", ())
        taken = replace(diagonal_along(t, term.value, first, second), readonly=term.value.readonly)
        rest = [label for k, label in enumerate(term.labels) if k not in (first, second)]
        term = _Term(taken, (*rest, term.labels[first]))
    return term


def _without_ones(t: Tracer, term: _Term, others: list[_Term]) -> _Term:
    """The term without axes of extent 1 that another one stretches: it is the same along their labels."""
    if not isinstance(term.value, ArrayValue):
        return term
    longer = {label for each in others for label, extent in _extents(each) if not is_const(extent, 1)}
    gone = [label in longer and is_const(extent, 1) for label, extent in _extents(term)]
    if not any(gone):
        return term
    items = [Item("int", (ZERO,)) if g else whole(d) for g, d in zip(gone, term.value.dims, strict=True)]
    left = view(t, term.value, items)
    return _Term(left if left.ndim else t.item(left), tuple(compress(term.labels, (not g for g in gone))))


def _extents(term: _Term) -> list[tuple[str, Operand]]:
    return list(zip(term.labels, term.value.dims, strict=True)) if isinstance(term.value, ArrayValue) else []


def _summed(t: Tracer, term: _Term, kept: set[str]) -> _Term:
    """The sum over the labels that nothing else has."""
    gone = tuple(k for k, label in enumerate(term.labels) if label not in kept)
    if not gone:
        return term
    return _Term(sum_(t, term.value, Static(gone)), tuple(label for label in term.labels if label in kept))


def _contracted(t: Tracer, one: _Term, other: _Term, later: set[str]) -> _Term:
    """The product of two terms, summed over the labels that are not wanted later."""
    common = [label for label in one.labels if label in other.labels]
    if common and later.isdisjoint(common):
        axes = Static(tuple(tuple(term.labels.index(label) for label in common) for term in (one, other)))
        value = t.interpret(products.tensordot, one.value, other.value, axes)
        labels = (*_without(one.labels, common), *_without(other.labels, common))
        return _Term(value if labels or not isinstance(value, ArrayValue) else t.item(value), labels)
    labels = (*one.labels, *_without(other.labels, common))
    value = promote.ufunc(t, scalar.mul, *(_stretched(t, term, labels) for term in (one, other)))
    return _summed(t, _Term(value, labels), later)


def _without(labels: tuple[str, ...], gone: Collection[str]) -> tuple[str, ...]:
    return tuple(label for label in labels if label not in gone)


def _stretched(t: Tracer, term: _Term, labels: tuple[str, ...]) -> Abstract:
    """The value with an axis for each of the labels, of extent 1 for those that it has not."""
    if not isinstance(term.value, ArrayValue):
        return term.value
    ordered = _ordered(t, term, tuple(label for label in labels if label in term.labels))
    assert isinstance(ordered, ArrayValue)
    dims = iter(ordered.dims)
    return view(t, ordered, [whole(next(dims)) if label in term.labels else Item("new") for label in labels])


def _ordered(t: Tracer, term: _Term, labels: tuple[str, ...]) -> Abstract:
    if not isinstance(term.value, ArrayValue) or term.labels == labels:
        return term.value
    order = [term.labels.index(label) for label in labels]
    return transpose(t, term.value, Sequence("tuple", [Static(k) for k in order]))
