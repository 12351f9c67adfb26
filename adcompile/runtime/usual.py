"""The tests by which a wrapper knows an array at a glance.

_ad_type(x) is ndarray, x.dtype is float64, x.ndim == 2, x.flags.num == 1281, 1 not in x.shape
"""

from __future__ import annotations

import numpy as np

from adcompile.frontend.structure import layout_of
from adcompile.ir.types import Array
from adcompile.runtime.constants import Names


def usual_array(type_: Array, name: str, names: Names) -> list[str]:
    """What is true of most arrays that have this structure, and of none with another one."""
    if type_.layout == "U":
        return ["False"]  # it is copied on the general way
    ones = type_.ones or (False,) * type_.ndim
    usual = np.empty([1 if one else 4 for one in ones], type_.dtype, order="F" if type_.layout == "F" else "C")
    strided = type_.layout not in ("C", "F")
    if strided:
        usual = usual[(slice(None, None, 2),) * len(ones)]
    conditions = [
        f"_ad_type({name}) is {names.name(np.ndarray)}",
        f"{name}.dtype is {names.name(usual.dtype)}",
    ]
    conditions += [f"{name}.ndim == {type_.ndim}", f"{name}.flags.num == {usual.flags.num}"]
    conditions += [f"{names.name(layout_of)}({name}) == {type_.layout!r}"] if strided else []
    if any(ones):
        return [*conditions, *(f"{name}.shape[{k}] {'==' if one else '!='} 1" for k, one in enumerate(ones))]
    return [*conditions, f"1 not in {name}.shape"] if ones else conditions
