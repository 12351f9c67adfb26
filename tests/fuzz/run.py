"""One program through every oracle.

    check(program).kind      "right", "refused", "wrong", "not finite" or "no verdict"

The emitted text against plain Python (value) and against dual numbers run through the function itself (gradient; by
differences where those cannot follow); the reference interpreter on the graph and on the lowered function; the
same again with some passes left out; the arguments unmodified; the text the same twice; on request Numba.
"""

from __future__ import annotations

import os
import random
import re
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

import adcompile as ad
from adcompile import testing
from adcompile.ad.reverse import IMPROVEMENTS
from adcompile.errors import AdcompileError, InternalError, TypeInferenceError, UnsupportedError
from adcompile.frontend.structure import leaves
from adcompile.ir.interpreter import run
from adcompile.ir.types import is_float
from adcompile.ir.verify import check as check_ir
from adcompile.lowering.lower import lower
from adcompile.passes import sequence
from tests.emitted import Emitted, emit, negative_indices, numbers_of
from tests.fuzz import extremes, missing
from tests.fuzz.generator import Program
from tests.oracles import Gradient, difference_gradient, dual_gradient

LARGE = 1e6
TOLERANCE = 1e-8
SINGLE_TOLERANCE = 3e-3
KINDS = ("right", "raised", "refused", "wrong", "not finite", "no verdict")
"""Raised: an OverflowError where plain Python computes an integer of more than 64 bits, which is what is documented."""
OPTIONAL = sorted(sequence.OPTIONAL.union(IMPROVEMENTS))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of one program. `stage` is the oracle that spoke, `detail` what it said."""

    kind: str
    stage: str = ""
    detail: str = ""

    @property
    def signature(self) -> str:
        """What failures of one cause share: stage and kind of error, without numbers; of a refusal the first line."""
        if self.kind == "refused":
            return re.sub(r"`\w+`|\d+", "...", self.detail.splitlines()[0])
        return f"{self.stage}: {self.detail.split(':')[0]}"


class _Wrong(Exception):
    """A disagreement; the arguments are those of the verdict."""


def check(program: Program, *, compiled: bool = False, thorough: bool = True) -> Verdict:
    """Run a program through all oracles.

    A quick check builds it once, with a random subset of passes and improvements left out (none for a quarter of the
    programs). A `thorough` one builds it with all of them, twice, and once more with half of them left out.
    """
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        checked = _Check(program)
        try:
            return checked.verdict(compiled=compiled, thorough=thorough)
        except _Refused as limit:
            return checked.raised_or_refused(*limit.args)
        except _Wrong as wrong:
            if checked.numpy_copies_in_the_wrong_order():
                return Verdict("no verdict", "NumPy", "copies between overlapping slices in the wrong order")
            return Verdict("wrong", *wrong.args)


class _Refused(Exception):
    """A program that finds at run time that it meets what is not supported; the arguments are those of the verdict."""


class _Check:
    """The oracles for one program. Every call gets fresh arguments: a program may overwrite its own."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.function = program.function()
        self.single = program.single

    def raised_or_refused(self, stage: str, detail: str) -> Verdict:
        """Where an integer leaves 64 bits, that is told; an error that says so without need counts as a refusal."""
        if detail.startswith("OverflowError") and extremes.leaves_64_bits(self.function, self.program.args()):
            return Verdict("raised", stage, detail)
        return Verdict("refused", stage, detail)

    def verdict(self, *, compiled: bool, thorough: bool) -> Verdict:
        # What is not chosen may overflow where a program says so; elsewhere that is an accident.
        strict = "ignore" if self.program.uses(missing) else "raise"
        try:
            with np.errstate(all=strict, under="ignore"):
                self.value = self.function(*self.program.args())
        except Exception as error:
            if self.program.uses(extremes) and isinstance(error, extremes.ERRORS):
                return self.check_raises(error, compiled=compiled)
            kind = "not finite" if isinstance(error, FloatingPointError | OverflowError) else "no verdict"
            return Verdict(kind, "plain Python", f"{type(error).__name__}: {error}")
        self.cotangents = testing.fixed_cotangents(self.value)
        if not _moderate(numbers_of([self.value])):
            return Verdict("not finite", "plain Python")
        try:
            emitted = self.emitted_without(() if thorough else self.left_out(0.25, none=0.25))
        except InternalError as error:
            raise _Wrong("build", f"InternalError: {error}") from error
        except AdcompileError as error:
            return Verdict("refused", type(error).__name__, str(error))
        except Exception as error:
            raise _Wrong("build", f"{type(error).__name__}: {error}") from error
        self.check_interpreter(emitted)
        gradients = self.check_values("emitted Python", lambda: self.call(emitted))
        self.check_promises(emitted)
        unsure = self.check_gradient("emitted Python", gradients)
        if unsure:
            return unsure
        if thorough:
            refused = self.check_variants(emitted, gradients)
            if refused:
                return refused
        if compiled:
            self.check_same("Numba", self.check_values("Numba", self.compiled), gradients)
        return Verdict("right")

    def check_raises(self, expected: Exception, *, compiled: bool) -> Verdict:
        """Where plain Python raises, the program does, or it is refused; it does not compute on, or end the process."""
        told = f"{type(expected).__name__}: {expected}"
        try:
            emitted = emit(self.function, self.program.args(), mode="primal")
        except AdcompileError as error:
            return Verdict("right") if isinstance(error, extremes.ERRORS) else Verdict("refused", "build", str(error))
        except Exception as error:
            return _same_error("build", error, expected)
        try:
            values, _ = emitted.call(*self.program.args())
        except Exception as error:
            verdict = _same_error("emitted Python", error, expected)
            return self.check_raises_compiled(told) if compiled and verdict.kind == "right" else verdict
        raise _Wrong("emitted Python", f"gave {_listed(values)} where Python raises {told}")

    def check_raises_compiled(self, told: str) -> Verdict:
        """The compiled program in a process of its own, which it may end."""
        child = os.fork()
        if child == 0:
            try:
                self.compiled_call()
            except extremes.ERRORS:
                os._exit(0)
            except BaseException:
                os._exit(2)
            os._exit(1)
        status = os.waitpid(child, 0)[1]
        if status:
            raise _Wrong("Numba", f"ended with status {status} where Python raises {told}")
        return Verdict("right")

    def emitted_without(self, disabled: Sequence[str]) -> Emitted:
        """The program with passes left out; with all of them if it is refused without, as users never do that."""
        try:
            return self.emit(disabled)
        except (UnsupportedError, TypeInferenceError):
            if not disabled:
                raise
            return self.emit()

    def emit(self, disabled: Sequence[str] = ()) -> Emitted:
        """The program that the compiler makes of it."""
        mode = "grad" if testing.is_scalar(self.value) else "vjp"
        return emit(self.function, self.program.args(), mode=mode, disabled=frozenset(disabled))

    def call(self, emitted: Emitted) -> tuple[list[Any], list[Any]]:
        """Values and gradients of the emitted text; the arguments must be unmodified afterwards."""
        args = self.program.args()
        result = emitted.call(*args, cotangents=self.cotangents_for(emitted))
        self.check_unmodified("emitted Python", args)
        return result

    def cotangents_for(self, emitted: Emitted) -> list[Any]:
        """The cotangents in the types of the program's results, as the run time passes them; none for a scalar.

        A number may be a float64 there where it happens to be a float32 in Python: if it is neither on every path.
        """
        if testing.is_scalar(self.value):
            return []
        types = [leaf.type for leaf in leaves(emitted.build.result) if is_float(leaf.type)]
        pairs = zip(self.cotangents, types, strict=True)
        return [each.astype(t.dtype) if np.ndim(each) else np.dtype(t.dtype).type(each) for each, t in pairs]

    def compiled_call(self) -> None:
        """The public call, for what it raises."""
        args = self.program.args()
        ad.vjp(self.function, *args)
        active = tuple(sorted({place.argument for place in testing.float_places(args)}))
        ad.grad(self.function, argnums=active, cache=False)(*args)

    def compiled(self) -> tuple[list[Any], list[Any]]:
        """Values and gradients of the public calls."""
        args = self.program.args()
        active = tuple(sorted({place.argument for place in testing.float_places(args)}))
        if testing.is_scalar(self.value):
            value, gradient = ad.value_and_grad(self.function, argnums=active, cache=False)(*args)
        else:
            value, pullback = ad.vjp(self.function, *args)
            parts = pullback(self.cotangents[0] if isinstance(value, np.ndarray) else tuple(self.cotangents))
            gradient = [parts[k] for k in active]
        self.check_unmodified("Numba", args)
        return numbers_of([value]), numbers_of(list(gradient))

    # -- the oracles

    def check_interpreter(self, emitted: Emitted) -> None:
        """The reference interpreter computes the value, from the graph and from the lowered function."""
        graph = emitted.build.graph
        assert graph is not None
        try:
            check_ir(graph, after="trace", level="graph")
            lowered = lower(graph)
            check_ir(lowered, after="lower", level="loops")
        except Exception as error:
            raise _Wrong("verifier", f"{type(error).__name__}: {error}") from error
        for stage, function in (("graph", graph), ("lowered function", lowered)):
            try:
                outputs = run(function, emitted.numbers(*self.program.args()))
            except Exception as error:
                raise failure(stage, error) from error
            self.compare_values(stage, outputs)

    def check_promises(self, emitted: Emitted) -> None:
        """No index is negative where the compiler of the text is told that none is."""
        negative = negative_indices(emitted, self.program.args(), self.cotangents_for(emitted))
        if negative:
            raise _Wrong("promises", f"index: negative in {', '.join(sorted(negative))}")

    def check_values(self, stage: str, call: Callable[[], tuple[list[Any], list[Any]]]) -> list[Any]:
        """Call a program, compare its values, return its gradients."""
        try:
            values, gradients = call()
        except _Wrong:
            raise
        except Exception as error:
            raise failure(stage, error) from error
        self.compare_values(stage, values)
        return gradients

    def compare_values(self, stage: str, outputs: Sequence[Any]) -> None:
        for computed, plain in zip(outputs, numbers_of([self.value]), strict=False):
            if np.shape(computed) != np.shape(plain) or not self.same_dtype(computed, plain):
                found = f"{np.asarray(computed).dtype}{np.shape(computed)}"
                raise _Wrong(stage, f"type: {found}, not {np.asarray(plain).dtype}{np.shape(plain)}")
            if not self.close(computed, plain) and not self.is_sensitive():
                raise _Wrong(stage, f"value: {computed}, Python gives {plain}")

    def check_gradient(self, stage: str, gradients: Sequence[Any]) -> Verdict | None:
        """Compare with the oracles; a verdict if they cannot tell."""
        places = testing.float_places(self.program.args())
        if not places:
            return None
        for gradient, place in zip(gradients, places, strict=True):
            expected = (np.shape(place.value), np.asarray(place.value).dtype)
            if (np.shape(gradient), np.asarray(gradient).dtype) != expected:
                raise _Wrong(stage, f"type of gradient: {np.shape(gradient)}, not {expected}")
        try:
            exact = dual_gradient(self.function, self.program.args(), cotangents=self.cotangents)
        except Exception as error:
            return self.check_differences(stage, gradients, f"{type(error).__name__}: {error}")
        if not _moderate(exact):
            return Verdict("not finite", "dual numbers")
        if all(map(self.close, gradients, exact)):
            return None
        if self.is_sensitive():
            return Verdict("no verdict", "sensitive")
        if self.differences_agree(gradients):
            return Verdict("no verdict", "oracles", "dual numbers disagree with differences")
        raise _Wrong(stage, f"gradient: {_listed(gradients)}\n  dual numbers: {_listed(exact)}")

    def check_differences(self, stage: str, gradients: Sequence[Any], reason: str) -> Verdict | None:
        """By differences of two step sizes, which must agree with each other."""
        fine, coarse = self.differences(5e-4), self.differences(2e-3)
        scale = 1.0 + max(float(np.max(np.abs(part), initial=0.0)) for part in fine)
        if not all(np.allclose(one, two, rtol=0, atol=1e-6 * scale) for one, two in zip(fine, coarse, strict=True)):
            return Verdict("no verdict", "differences", reason)
        if all(np.allclose(one, two, rtol=0, atol=1e-5 * scale) for one, two in zip(gradients, fine, strict=True)):
            return None
        raise _Wrong(stage, f"gradient: {_listed(gradients)}\n  differences: {_listed(fine)}\n  ({reason})")

    def check_variants(self, emitted: Emitted, gradients: list[Any]) -> Verdict | None:
        """The text is the same again; with some passes left out the numbers are, unless that is refused."""
        disabled = self.left_out(0.5)
        stage = f"without {', '.join(disabled)}"
        try:
            if self.emit().build.text != emitted.build.text:
                raise _Wrong("text", "differs from one build to the next")
            variant = self.emit(disabled)
        except _Wrong:
            raise
        except (UnsupportedError, TypeInferenceError) as error:
            return Verdict("refused", stage, f"with passes left out: {error}")
        except Exception as error:
            raise _Wrong(stage, f"{type(error).__name__}: {error}") from error
        self.check_same(stage, self.check_values(stage, lambda: self.call(variant)), gradients)
        return None

    def left_out(self, share: float, *, none: float = 0.0) -> list[str]:
        """Passes and improvements to leave out, for every program others; none at all with a probability."""
        rng = random.Random(self.program.seed)
        all_in = rng.random() < none
        return [name for name in OPTIONAL if rng.random() < share and not all_in]

    def check_same(self, stage: str, gradients: Sequence[Any], expected: Sequence[Any]) -> None:
        if not all(map(self.close, gradients, expected)) and not self.is_sensitive():
            raise _Wrong(stage, f"gradient: {_listed(gradients)}\n  with all passes: {_listed(expected)}")

    def check_unmodified(self, stage: str, args: Sequence[Any]) -> None:
        for after, before in zip(args, self.program.args(), strict=True):
            if not np.array_equal(after, before, equal_nan=True):
                raise _Wrong(stage, "an argument is modified")

    # -- how close is close

    def same_dtype(self, computed: Any, plain: Any) -> bool:
        """Equal, or float64 for float32 where precisions mix: which one Python takes may depend on the path."""
        dtypes = (np.asarray(computed).dtype, np.asarray(plain).dtype)
        return dtypes[0] == dtypes[1] or (self.single and dtypes == (np.float64, np.float32))

    def close(self, computed: Any, reference: Any) -> bool:
        """Equal up to rounding, relative to the largest element."""
        tolerance = SINGLE_TOLERANCE if self.single else TOLERANCE
        scale = 1.0 + float(np.max(np.abs(reference), initial=0.0))
        return bool(np.all(np.abs(np.asarray(computed, np.float64) - reference) <= tolerance * scale))

    def differences(self, eps: float) -> Gradient:
        return testing.difference_gradient(self.function, self.program.args(), self.cotangents, eps=eps)

    def differences_agree(self, gradients: Sequence[Any]) -> bool:
        reference = difference_gradient(self.function, self.program.args(), cotangents=self.cotangents)
        scale = 1.0 + max(float(np.max(np.abs(part), initial=0.0)) for part in reference)
        pairs = zip(gradients, reference, strict=True)
        return all(np.allclose(one, two, rtol=0, atol=1e-6 * scale) for one, two in pairs)

    def numpy_copies_in_the_wrong_order(self) -> bool:
        """Is the value another one if what is stored is copied first, as it must not be?

        NumPy 2.4 takes `x[::2] = x[:-2]` from the front where both slices start together, over what it has yet to read.
        """
        try:
            settled = self.program.with_copies().function()(*self.program.args())
        except Exception:
            return False
        pairs = zip(numbers_of([settled]), numbers_of([self.value]), strict=True)
        return not all(np.shape(one) == np.shape(two) and self.close(one, two) for one, two in pairs)

    def is_sensitive(self) -> bool:
        """Does rounding decide: do value or gradient change visibly with the last digits of the arguments?"""
        rng = np.random.default_rng(0)
        size = 1e-6 if self.single else 1e-13

        def moved(leaf: Any) -> Any:
            if not testing.is_float(leaf):
                return testing.copy_leaf(leaf)
            factor = 1.0 + size * rng.choice((-1.0, 1.0), np.shape(leaf))
            return leaf * (factor.astype(leaf.dtype) if isinstance(leaf, np.ndarray) else float(factor))

        def value_at(args: tuple[Any, ...]) -> list[Any]:
            return numbers_of([self.function(*testing.copy_tree(args))])

        def gradient_at(args: tuple[Any, ...]) -> list[Any]:
            return list(dual_gradient(self.function, args, cotangents=self.cotangents))

        for run_at in (value_at, gradient_at):
            try:
                here = run_at(self.program.args())
                for _ in range(3):
                    there = run_at(testing.map_leaves(moved, self.program.args()))
                    if not all(map(self.close, there, here)):
                        return True
            except Exception:  # dual numbers do not run through everything
                continue
        return False


def failure(stage: str, error: Exception) -> Exception:
    """What an error of a program means that plain Python runs: it is refused, in so many words, or something is wrong.

    Python's integers have no end: an OverflowError is the documented answer to one of more than 64 bits.
    """
    refused = isinstance(error, (AdcompileError, OverflowError)) and not isinstance(error, InternalError)
    return (_Refused if refused else _Wrong)(stage, f"{type(error).__name__}: {error}")


def _same_error(stage: str, error: Exception, expected: Exception) -> Verdict:
    """Where Python raises: that, an integer that is too large, a refusal; anything else is wrong."""
    # An index of more than 64 bits does not fit for NumPy; here it is out of bounds.
    kinds = (type(expected), OverflowError, *([IndexError] if isinstance(expected, OverflowError) else []))
    if isinstance(error, InternalError) or not isinstance(error, (*kinds, AdcompileError)):
        raise _Wrong(stage, f"{type(error).__name__}: {error}, Python raises {type(expected).__name__}: {expected}")
    refused = isinstance(error, AdcompileError) and not isinstance(error, OverflowError)
    return Verdict("refused", stage, str(error)) if refused else Verdict("right")


def _moderate(numbers: Sequence[Any]) -> bool:
    """Are all numbers finite and of moderate size?"""
    return all(bool(np.all(np.abs(np.asarray(x, np.float64)) < LARGE)) for x in numbers)


def _listed(arrays: Sequence[Any]) -> str:
    return "; ".join(np.array2string(np.asarray(part), precision=6).replace("\n", "") for part in arrays)
