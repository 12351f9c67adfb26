"""Programs differentiated by adcompile, by hand and by other packages: `python -m benchmarks`."""
