"""Run random programs and print what came of them: `python -m tests.fuzz --count 1000 --seed 1 --compiled 50`.

Programs that are wrong are shrunk and printed. The exit status is 1 if there was one.
"""

from __future__ import annotations

import argparse
import gc
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable

os.environ.setdefault("ADCOMPILE_VERIFY", "stages" if "--quick" in sys.argv else "1")

from tests.fuzz.features import FEATURES
from tests.fuzz.generator import Program, generate
from tests.fuzz.run import KINDS, Verdict, check
from tests.fuzz.shrink import shrink

RARE = 0.02
SLOW = 15  # seconds; a smaller program may loop for ever
SHRUNK_PER_CAUSE = 2
PROGRESS = 250  # programs from one line of counts to the next


def main(arguments: list[str] | None = None) -> int:
    """Run the programs that were asked for."""
    options = parse(arguments)
    gc.freeze()  # a build makes many objects and few cycles: collecting as often as usual takes a tenth of the time
    gc.set_threshold(200_000, 20, 20)
    verdicts: Counter[str] = Counter()
    features: Counter[str] = Counter()
    refusals: dict[str, list[str]] = {}
    causes: Counter[str] = Counter()
    began = time.monotonic()
    for index in range(options.start, options.start + options.count):
        if (done := index - options.start) and done % PROGRESS == 0:
            print(f"-- {done} programs: " + ", ".join(f"{verdicts[kind]} {kind}" for kind in KINDS), flush=True)
        program = generate(options.seed, index, level=options.level, only=options.only, without=options.without)
        features.update(program.features)
        compiled = done < options.compiled
        verdict = timed(lambda: check(program, compiled=compiled, thorough=not options.quick), options.limit)
        verdicts[verdict.kind] += 1
        if verdict.kind == "refused":
            like = refusals.setdefault(verdict.signature, [])
            like.append(program.name)
            if options.refusals and len(like) <= SHRUNK_PER_CAUSE:
                print(f"-- {program.name} is refused: {verdict.detail}", flush=True)
                print_shrunk(program, verdict, compiled=False, seconds=options.shrink)
        elif verdict.kind == "no verdict" and (options.verbose or verdict.stage == "time"):
            print(f"-- {program.name}: no verdict, {verdict.stage}: {verdict.detail}", flush=True)
        elif verdict.kind == "wrong":
            causes[verdict.signature] += 1
            print(f"== {program.name} is wrong. {verdict.stage}: {verdict.detail}", flush=True)
            if causes[verdict.signature] <= SHRUNK_PER_CAUSE and options.shrink > 0:
                print_shrunk(program, verdict, compiled=compiled, seconds=options.shrink)
    report(options.count, verdicts, features, refusals, causes, time.monotonic() - began, options)
    return 1 if verdicts["wrong"] else 0


class TooSlow(BaseException):
    """A program took longer than the limit. Not an `Exception`: nothing on the way is to take it for a failure."""


def timed(run: Callable[[], Verdict], seconds: int) -> Verdict:
    """The verdict, or none after a time limit (where the platform has alarms)."""
    if not hasattr(signal, "SIGPROF"):
        return run()

    def stop(*_: object) -> None:
        raise TooSlow

    signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        return run()
    except TooSlow:
        return Verdict("no verdict", "time", f"more than {seconds} s")
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.fuzz", description=__doc__.splitlines()[0] if __doc__ else ""
    )
    parser.add_argument("--count", type=int, default=100, help="how many programs")
    parser.add_argument("--seed", type=int, default=0, help="which series of programs")
    parser.add_argument("--start", type=int, default=0, help="the first program of the series")
    parser.add_argument("--compiled", type=int, default=0, metavar="K", help="compile the first K with Numba too")
    parser.add_argument("--level", type=int, default=3, choices=(1, 2, 3), help="which features: the table has levels")
    parser.add_argument("--only", action="append", default=[], metavar="FEATURE", choices=sorted(FEATURES))
    parser.add_argument("--without", action="append", default=[], metavar="FEATURE", choices=sorted(FEATURES))
    parser.add_argument("--shrink", type=float, default=60.0, metavar="SECONDS", help="time to shrink one program")
    parser.add_argument("--limit", type=int, default=60, metavar="SECONDS", help="time for one program")
    parser.add_argument("--quick", action="store_true", help="build once, with a random subset of passes left out")
    parser.add_argument("--refusals", action="store_true", help="shrink refusals too, a few of each kind")
    parser.add_argument("--verbose", action="store_true", help="print why there was no verdict")
    return parser.parse_args(arguments)


def print_shrunk(program: Program, verdict: Verdict, *, compiled: bool, seconds: float) -> None:
    """The smallest program that is wrong in the same way, ready for the corpus."""
    numba = compiled and verdict.stage == "Numba"
    thorough = verdict.stage.startswith("without") or verdict.stage == "text"

    def fails(candidate: Program) -> bool:
        try:
            found = timed(lambda: check(candidate, compiled=numba, thorough=thorough), SLOW)
        except (SyntaxError, NameError, TypeError):  # as a module it does not run
            return False
        return found.kind == verdict.kind and found.signature == verdict.signature

    smallest = shrink(program, fails, seconds=seconds)
    found = check(smallest, compiled=numba, thorough=thorough)
    print(f"   shrunk, rng = np.random.default_rng({smallest.seed}), args = ({', '.join(smallest.arguments)},)")
    print("\n".join(f"   | {line}" for line in smallest.text.splitlines()))
    print(f"   {found.stage}: {found.detail}\n", flush=True)


def report(
    count: int,
    verdicts: Counter[str],
    features: Counter[str],
    refusals: dict[str, list[str]],
    causes: Counter[str],
    seconds: float,
    options: argparse.Namespace,
) -> None:
    """Counts, refusals by kind, and how often each feature occurred."""
    print(f"{count} programs in {seconds:.0f} s: " + ", ".join(f"{verdicts[kind]} {kind}" for kind in KINDS))
    for cause, times in causes.most_common():
        print(f"  wrong    {times:5d}  {cause}")
    for line, names in sorted(refusals.items(), key=lambda item: -len(item[1])):
        print(f"  refused  {len(names):5d}  {line}   ({', '.join(names[:3])})")
    print("How many of the programs have each feature:")
    known = {name for name, feature in FEATURES.items() if feature.level <= options.level}
    for name in sorted(known | set(features), key=lambda name: (features[name], name)):
        share = features[name] / max(count, 1)
        print(f"  {share:6.1%}  {name}{'   RARE' if share < RARE else ''}")


if __name__ == "__main__":
    sys.exit(main())
