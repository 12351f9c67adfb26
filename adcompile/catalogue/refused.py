"""What is refused, and why."""

from __future__ import annotations

from adcompile.catalogue.entries import Refusal

_COMPLEX = "complex values are not supported"
_DRAWS = "random draws inside a function make its gradient another one at every call"

REFUSALS = (
    Refusal("np.fft scipy.fft", _COMPLEX, "Write the transform with sines and cosines."),
    Refusal("np.angle np.imag np.iscomplex cmath", _COMPLEX, "Carry the real and imaginary part as two arrays."),
    Refusal("np.random random", _DRAWS, "Draw outside and pass the numbers as an argument."),
    Refusal("print", "output has no place in a compiled gradient", "Return what you want to see as `aux`."),
    Refusal("np.vectorize np.frompyfunc np.apply_along_axis", "they call Python for each element", "Write a loop."),
    Refusal("np.nextafter np.spacing math.nextafter math.ulp", "steps between floats have no derivative"),
    Refusal("math.fsum", "its sum is exact, which loops of floats are not", "Use `np.sum` or `sum`."),
    Refusal("math.remainder math.frexp np.frexp np.ldexp", "they take floats apart", "Use `%`, or powers of two."),
    Refusal("np.gcd np.lcm", "there is no loop for them", "Use `math.gcd` or `math.lcm` in a loop."),
    Refusal("np.linalg.eig np.linalg.eigvals np.roots", _COMPLEX, "Use `np.linalg.eigh` for symmetric matrices."),
    Refusal("np.partition np.argpartition np.lexsort", "the order that they give is not defined", "Use `np.sort`."),
    Refusal("np.ma", "masked arrays are not supported", "Use `np.where(mask, x, other)`, or NaN and `np.nanmean`."),
    Refusal("np.put np.place", "there is no rule for it", "Store by an index or mask: `x[mask] = values`."),
    Refusal("np.r_ np.c_", "they are written as subscripts", "Use `np.concatenate` or `np.column_stack`."),
    Refusal("np.memmap np.load np.save np.loadtxt open", "files are not read while a gradient runs", "Read before."),
)
