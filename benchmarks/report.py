"""RESULTS.md and its pictures, from the figures of a run."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.charts import family_chart, scaling_chart
from benchmarks.contestants import PEERS
from benchmarks.programs import by_name
from benchmarks.tables import duration, figures, ratio

Result = dict[str, Any]
NAMES = {"jax": "JAX", "torch": "PyTorch", "autograd": "autograd", "tangent": "tangent"}
TAPES = ("autograd", "torch")
A_MICROSECOND = 1e-6
GAPS = Path(__file__).with_name("gaps.md")

METHOD = """
Each program is a function as people write it, differentiated without a change. All that take part compute the same
value and the same gradient, to eight digits, or are not timed. Every program has a process of its own, with one thread
for everyone. In it the contestants take turns, so that a slow moment of the machine hits all of them; a turn lasts at
least 0.2 ms. Times are those of whole calls from Python, the best of all turns, and where two are given the median in
brackets; gradients include the value. A function that writes to its arguments is given copies, and the copies are
timed. Adjoints by hand follow the reverse sweep statement by statement, without algebra beyond it, in the best loops
that we could write; they are compiled with the same flags and the same vector math as the generated ones. JAX is under
`jit`, whole numbers are known when it compiles, its arguments are its own arrays, and the time ends when the result is
there. Where a package cannot do a program as it is written, it gets a form that it can do, if one is known to us:
times of such forms have an asterisk. *Loop* programs go through elements one by one, *array* programs are expressions
over whole arrays, slices included.
"""


def write(run: dict[str, Any], folder: Path) -> None:
    """Write RESULTS.md and the pictures into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    results: list[Result] = run["programs"]
    parts = ["# Results of the benchmark\n", *_head(run), "## In short\n", *summary(results)]
    parts += ["## Where it is slower than by hand, and why\n", GAPS.read_text(encoding="utf-8")]
    families = list(dict.fromkeys(result["family"] for result in results if "family" in result))
    for family in families:
        chosen = [result for result in results if result.get("family") == family]
        family_chart(chosen, folder / f"{family}.png", family.capitalize())
        parts += [f"## {family.capitalize()}\n", f"![times of {family}]({family}.png)\n", *_times(chosen)]
    if scaling := run.get("scaling"):
        scaling_chart(scaling, folder / "scaling.png")
        parts += [*_scaling(scaling)]
    parts += [
        *_costs(results),
        *_hands(results),
        *_impossible(results),
        "## How it is measured\n",
        METHOD.strip() + "\n",
    ]
    (folder / "RESULTS.md").write_text("\n".join(parts))


def _head(run: dict[str, Any]) -> Iterator[str]:
    yield f"`{run['command']}`, {run['date']}, {run['minutes']:.0f} minutes.\n"
    yield from _table(("", ""), run["machine"].items())
    if run["clock"] == "cpu":
        yield "The machine was busy with other things: times are the processor's, not those of the clock on the wall.\n"


def summary(results: Sequence[Result]) -> Iterator[str]:
    """The ratios that matter, as geometric means."""
    rows = []
    for title, upper, lower, kind in _comparisons():
        chosen = [result for result in results if kind in (None, result.get("kind")) and _long_enough(result)]
        found = [(value, result) for result in chosen if (value := ratio(result, upper, lower)) is not None]
        if found:
            low, high = min(found, key=lambda pair: pair[0]), max(found, key=lambda pair: pair[0])
            mean = statistics.geometric_mean(value for value, _ in found)
            rows.append((title, figures(mean), str(len(found)), _extreme(low), _extreme(high)))
    yield from _table(("times", "geometric mean", "of", "least", "most"), rows)
    short = [result for result in results if "contestants" in result and not _long_enough(result)]
    if short:
        names = ", ".join(dict.fromkeys(result["program"] for result in short))
        yield f"Without those whose gradient by hand takes less than a microsecond ({names}).\n"


def _comparisons() -> Iterator[tuple[str, str, str, str | None]]:
    yield "our gradient / gradient by hand", "gradient", "hand", None
    yield "our gradient / our compiled function", "gradient", "primal", None
    for peer in (*TAPES, "jax", "tangent"):
        for kind in ("loop", "array"):
            yield f"{NAMES[peer]} / our gradient, {kind} programs", peer, "gradient", kind


def _long_enough(result: Result) -> bool:
    return result.get("contestants", {}).get("hand", {}).get("best", 1.0) >= A_MICROSECOND


def _extreme(pair: tuple[float, Result]) -> str:
    return f"{figures(pair[0])} ({pair[1]['program']} {pair[1]['size']})"


def _times(results: Sequence[Result]) -> Iterator[str]:
    shown = ("numpy", "numba", "primal", "gradient", "hand", *PEERS)
    headings = ("program", "NumPy", "Numba", "our primal", "**our gradient**", "by hand", *map(NAMES.get, PEERS))
    rows = []
    for result in results:
        title = f"{result['program']} {result['size']} ({result['kind']})"
        pairs = [("gradient", "hand"), ("gradient", "primal")]
        ratios = ["" if (found := ratio(result, *pair)) is None else figures(found) for pair in pairs]
        rows.append((title, *(_time(result, name) for name in shown), *ratios))
    yield from _table((*headings, "ours / hand", "ours / primal"), rows)


def _time(result: Result, name: str) -> str:
    entry = result["contestants"].get(name)
    if entry is None:
        return ""
    if "best" not in entry:
        if "TookTooLong" in entry["error"]:
            return "over 20 s"
        return "wrong" if entry.get("wrong") else "cannot"
    return f"{duration(entry['best'])} ({duration(entry['median'])}){'*' if entry.get('rewritten') else ''}"


def _scaling(scaling: dict[str, Any]) -> Iterator[str]:
    yield "## How gradients scale\n"
    yield "The time of a gradient in times of the compiled function `np.sum(x * np.sin(x)) + np.sum(x[1:] * x[:-1])`.\n"
    yield "![time against the number of inputs](scaling.png)\n"
    sizes = scaling["sizes"]
    rows = []
    for name, ratios in scaling["series"].items():
        guessed = name in scaling["extrapolated"]
        cells = [
            "" if value is None else figures(value) + (" (extrapolated)" if guessed and size >= scaling["from"] else "")
            for size, value in zip(sizes, ratios, strict=True)
        ]
        rows.append(({"gradient": "**our gradient**", "hand": "by hand", **NAMES}.get(name, name), *cells))
    yield from _table(("inputs", *map(str, sizes)), rows)


def _costs(results: Sequence[Result]) -> Iterator[str]:
    yield "## Compile time, memory, length\n"
    yield (
        "Seconds until there is a gradient: our stages, the whole, the adjoint by hand, and in a second process, which "
        "loads what the first one compiled, beyond what a one-line function cached by Numba takes. JAX's are those to "
        "trace and compile. Lines are those of the function, of the generated adjoint, and of the one by hand.\n"
    )
    rows = []
    for result in results:
        times = result.get("compile_times", {})
        entries = result.get("contestants", {})
        if "primal_lines" not in result:
            continue
        cells = [f"{times[name]:.2f}" if name in times else "" for name in ("stages", "whole", "hand")]
        extra = f"{1e3 * (times['cached'] - times['trivial']):.0f} ms" if "cached" in times else ""
        jax = entries.get("jax", {})
        rows.append(
            (
                f"{result['program']} {result['size']}",
                *cells,
                extra,
                f"{jax['compile']:.2f}" if "compile" in jax else "",
                _bytes(result["saved"]),
                *(_bytes(entries.get(name, {}).get("memory")) for name in ("gradient", "hand", "jax", "torch")),
                f"{result['primal_lines']} / {result['adjoint_lines']} / {result['hand_lines']}",
            )
        )
    headings = (
        "stages",
        "whole",
        "by hand",
        "from cache",
        "JAX",
        "bytes saved",
        "peak, ours",
        "by hand",
        "JAX",
        "PyTorch",
    )
    yield from _table(("program", *headings, "lines"), rows)


def _bytes(number: int | None) -> str:
    if number is None:
        return ""
    for unit, scale in (("MB", 1e6), ("kB", 1e3)):
        if number >= scale:
            return f"{figures(number / scale)} {unit}"
    return f"{number} B"


def _hands(results: Sequence[Result]) -> Iterator[str]:
    """The adjoints by hand against what a good one takes, in times of the function in loops by hand."""
    rows = []
    for result in results:
        program = by_name(result["program"])
        found = ratio(result, "hand", "fused")
        if program.expected is not None and program.expected_at == result["size"] and found is not None:
            rows.append((f"{result['program']} {result['size']}", figures(found), figures(program.expected)))
    if rows:
        yield "## The adjoints by hand\n"
        yield "Their time over that of the function in loops by hand, and what was found for good ones elsewhere.\n"
        yield from _table(("program", "here", "elsewhere"), rows)


def _impossible(results: Sequence[Result]) -> Iterator[str]:
    yield "## What could not be done\n"
    found: dict[tuple[str, str, str], list[str]] = {}
    for result in results:
        for name, entry in result.get("contestants", {}).items():
            if "error" in entry:
                found.setdefault((result["program"], name, entry["error"]), []).append(result["size"])
            elif entry.get("as_written"):
                error = f"{entry['as_written']} (as written; timed in another form)"
                found.setdefault((result["program"], name, error), []).append(result["size"])
        if "failed" in result:
            found.setdefault((result["program"], "all", result["failed"]), []).append(result["size"])
    rows = [
        (program, NAMES.get(name, name), ", ".join(sizes), f"`{error.replace('|', '/').replace('`', chr(39))}`")
        for (program, name, error), sizes in found.items()
    ]
    yield from _table(("program", "who", "at", "error"), rows)


def _table(headings: Sequence[Any], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    lines = [headings, ["---"] * len(headings), *rows]
    yield "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines) + "\n"
