"""Arrays that were just made share no memory with any other: LLVM is told, and vectorises loops without asking.

    y = np.empty(n)                            q = call noalias ptr asm "", "=r,0"(p)          q is p
    for i in range(n):                         vectorised without comparing the addresses of x, y and idx first
        y[i] = x[idx[i]]

Numba gives no such promise, so LLVM compares the ranges of all arrays in a loop when it runs, gives up where there are
too many or where an index is read from memory, and takes the slow path where an outer loop runs backwards (its check
assumes that outer strides are not negative).

The address passes through an empty piece of assembler whose result is declared not to alias. That is true as long as
nobody uses the address from before, which nobody can: it was made in the same expression, or it is that of a buffer or
gradient array that was handed to the program for it alone. A second empty piece takes
the address as an argument, so that LLVM supposes that calls (such as those that count references and free memory) may
use it too, and keeps reads and writes on their side of such calls.
"""

from __future__ import annotations

import functools
from typing import Any

# NumPy's functions that make an array of their own.
MAKERS = frozenset(("empty", "zeros", "ones", "full", "empty_like", "zeros_like", "ones_like", "full_like"))


@functools.cache
def fresh() -> Any:
    """A function for code compiled by Numba: takes an array that nobody else has and returns it."""
    from llvmlite import ir
    from llvmlite.ir.instructions import CallInstr, InlineAsm
    from numba.core.imputils import impl_ret_borrowed
    from numba.extending import intrinsic

    class NoAlias(CallInstr):  # type: ignore[misc]  # llvmlite has no types
        """A call whose result points to memory that nothing else points to."""

        def _descr(self, buf: list[str], add_metadata: bool) -> None:
            parts: list[str] = []
            super()._descr(parts, add_metadata)
            buf.append("".join(parts).replace("call ", "call noalias ", 1))

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, args[0])
        pointer = array.data.type
        same = InlineAsm(ir.FunctionType(pointer, [pointer]), "", "=r,0,~{memory}", side_effect=True)
        passed = NoAlias(builder.block, same, [array.data])
        builder._insert(passed)
        array.data = passed
        builder.asm(ir.FunctionType(ir.VoidType(), [pointer]), "", "r,~{memory}", [array.data], side_effect=True)
        borrowed: Any = impl_ret_borrowed
        return borrowed(context, builder, signature.return_type, array._getvalue())

    def typed(typing_context: Any, array: Any) -> tuple[Any, Any]:
        return array(array), generate

    return intrinsic(typed)
