"""Write the generated parts of the documentation: an adjoint, what is supported, what is refused.

    python docs/generate.py             rewrites README.md and docs/supported.md
    python docs/generate.py --check     exits with 1 if one of them is not up to date

The parts stand between `<!-- name -->` and `<!-- end of name -->`. The tables come from the front end's own registers,
so they cannot say anything else than the compiler does.
"""

from __future__ import annotations

import inspect
import re
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "docs")]

import network  # noqa: E402
import numpy as np  # noqa: E402

import adcompile as ad  # noqa: E402
from adcompile.catalogue import families  # noqa: E402
from adcompile.catalogue.members import MEMBERS  # noqa: E402
from adcompile.catalogue.refused import REFUSALS  # noqa: E402
from adcompile.frontend import expressions, interpret, trace  # noqa: E402
from adcompile.frontend.surface import FUNCTIONS, spelled  # noqa: E402

WIDTH = 120


def adjoint() -> str:
    """The function and its adjoint with respect to weights and biases."""
    assert trace  # every builder is registered once the front end is imported
    rng = np.random.default_rng(0)
    arguments = (rng.normal(size=(3, 2)), rng.normal(size=2), rng.normal(size=(5, 3)), rng.normal(size=(5, 2)))
    source = ad.grad(network.loss, (0, 1), cache=False).adjoint_source(*arguments)
    return f"```python\n{inspect.getsource(network.loss)}```\n\nbecomes\n\n```python\n{source.strip()}\n```"


def supported() -> str:
    """The catalogue as a table, and what else is in the register: builtins and the like."""
    lines = ["| of | right, and differentiable in every float argument unless it is discrete |", "|---|---|"]
    count = 0
    for family in families():
        names = dict.fromkeys(name for entry in family.entries for name in entry.names.split() if "." in name)
        count += len(names)
        lines.append(f"| {family.title} | {' '.join(f'`{_short(name, family.title)}`' for name in names)} |")
    python = {spelled(known).removeprefix("_") for known in FUNCTIONS}
    others = sorted(name for name in python if not name.startswith(("np.", "math.", "scipy.", "adcompile.", "_")))
    lines.append(f"| Python | {' '.join(f'`{name}`' for name in others)} |")
    return "\n".join([*lines, "", f"{count + len(others)} names."])


def _short(name: str, title: str) -> str:
    """The name without the module that the title tells or that most have."""
    module, _, rest = name.partition(".")
    return rest if module == "np" or f"`{module}`" in title or f".{module}`" in title else name


def refused() -> str:
    """The statements and expressions that are refused by their form."""
    table = {**interpret._ADVICE, **expressions._ADVICE}
    lines = ["| refused | instead |", "|---|---|"]
    lines += sorted({f"| {_reason(what)} | {advice} |" for what, advice in table.values()})
    for refusal in REFUSALS:
        names = " ".join(f"`{name}`" for name in refusal.names.split())
        lines.append(f"| {names}: {refusal.reason} | {refusal.advice} |")
    for refusal in MEMBERS["ndarray"]:
        names = " ".join(f"`.{name}`" for name in refusal.names.split())
        lines.append(f"| {names} of arrays: {refusal.reason} | {refusal.advice} |")
    return "\n".join(lines)


def _reason(what: str) -> str:
    told = re.sub(r" (is|are) not supported$", "", what)
    return told[0].upper() + told[1:]


PARTS: dict[str, dict[str, Callable[[], str]]] = {
    "README.md": {"adjoint": adjoint, "refused": refused},
    "docs/supported.md": {"supported": supported},
}


def rewritten(file: str, text: str) -> str:
    """The text with every generated part made anew. Raises ValueError if one has no place."""
    for name, part in PARTS[file].items():
        pattern = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end of {name} -->)", re.DOTALL)
        if len(pattern.findall(text)) != 1:
            raise ValueError(f"{file} has no place for `{name}`")
        made = f"{textwrap.dedent(part()).strip()}\n"
        text = pattern.sub(lambda match, made=made: f"{match[1]}{made}{match[2]}", text)
    return text


def main() -> int:
    """Rewrite the files, or compare."""
    stale = False
    for file in PARTS:
        old = (ROOT / file).read_text(encoding="utf-8")
        new = rewritten(file, old)
        if "--check" not in sys.argv:
            (ROOT / file).write_text(new, encoding="utf-8")
        elif new != old:
            print(f"{file} is not up to date: run `python docs/generate.py`")
            stale = True
    return int(stale)


if __name__ == "__main__":
    raise SystemExit(main())
