"""adcompile: the adjoint of a numeric Python function, as readable Python compiled by Numba."""
