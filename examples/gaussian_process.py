"""Gaussian-process regression on scikit-learn's diabetes data, its hyperparameters fitted with the compiled gradient.

    python examples/gaussian_process.py            all 442 patients
    python examples/gaussian_process.py --quick    60 of them, a few steps

The negative log marginal likelihood is plain NumPy: a kernel, its Cholesky factor, a triangular solve. Printed are
SciPy's fit with it, the likelihood and the predictions beside those of scikit-learn's `GaussianProcessRegressor`, which
has gradients written by hand, and a check of the gradient.
"""

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):  # read when NumPy loads its BLAS
    os.environ[variable] = "1"

import argparse
import sys
import time

import numpy as np
from scipy.linalg import cho_solve
from scipy.optimize import minimize
from sklearn.datasets import load_diabetes
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel

import adcompile as ad

BOUNDS = (-7.0, 7.0)


def kernel(theta, x, z):
    """Squared exponential with a length for every feature; theta holds logarithms: amplitude, lengths, noise."""
    lengths = np.exp(theta[1:-1])
    a, b = x / lengths, z / lengths
    squares = np.sum(a * a, axis=1)[:, None] + np.sum(b * b, axis=1) - 2.0 * a @ b.T
    return np.exp(theta[0]) * np.exp(-0.5 * np.maximum(squares, 0.0))


@ad.value_and_grad
def negative_log_likelihood(theta, x, y):
    n = len(y)
    k = kernel(theta, x, x) + np.exp(theta[-1]) * np.eye(n)
    factor = np.linalg.cholesky(k)
    alpha = cho_solve((factor, True), y)
    return 0.5 * y @ alpha + np.sum(np.log(np.diag(factor))) + 0.5 * n * np.log(2.0 * np.pi)


def predict(theta, x, y, z):
    """The mean of the process at new points."""
    factor = np.linalg.cholesky(kernel(theta, x, x) + np.exp(theta[-1]) * np.eye(len(y)))
    return kernel(theta, z, x) @ cho_solve((factor, True), y)


def standardised(count: int) -> tuple[np.ndarray, np.ndarray]:
    x, y = load_diabetes(return_X_y=True)
    x, y = x[:count], y[:count]
    return (x - x.mean(axis=0)) / x.std(axis=0), (y - y.mean()) / y.std()


def theirs(x: np.ndarray, y: np.ndarray, start: np.ndarray, steps: int) -> GaussianProcessRegressor:
    """scikit-learn's regressor of the same model, fitted from the same start within the same bounds."""
    bounds = tuple(np.exp(BOUNDS))
    model = ConstantKernel(np.exp(start[0]), bounds) * RBF(np.exp(start[1:-1]), bounds) + WhiteKernel(
        np.exp(start[-1]), bounds
    )

    def optimizer(objective, initial, bounds):
        found = minimize(objective, initial, jac=True, bounds=bounds, method="L-BFGS-B", options={"maxiter": steps})
        return found.x, found.fun

    return GaussianProcessRegressor(model, alpha=0.0, optimizer=optimizer).fit(x, y)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="60 patients, at most 10 steps")
    options = parser.parse_args()
    count, steps = (60, 10) if options.quick else (442, 100)

    x, y = standardised(count)
    start = np.concatenate([[0.0], np.full(x.shape[1], 1.0), [-1.0]])
    clock = time.perf_counter()
    negative_log_likelihood(start, x, y)
    print(f"first call, generation and compilation included: {time.perf_counter() - clock:.1f} s\n")
    print(negative_log_likelihood.adjoint_source())

    clock = time.perf_counter()
    regressor = theirs(x, y, start, steps)
    theirs_took = time.perf_counter() - clock
    clock = time.perf_counter()
    fit = minimize(
        negative_log_likelihood,
        start,
        args=(x, y),
        jac=True,
        bounds=[BOUNDS] * len(start),
        method="L-BFGS-B",
        options={"maxiter": steps},
    )
    took = time.perf_counter() - clock
    print(f"{len(y)} patients, fitted in {fit.nit} steps and {took:.2f} s, scikit-learn {theirs_took:.2f} s")
    ours, other = -fit.fun, regressor.log_marginal_likelihood_value_
    print(f"log marginal likelihood: {ours:.6f}, scikit-learn {other:.6f}")
    at_start, slope = regressor.log_marginal_likelihood(start, eval_gradient=True)
    value, gradient = negative_log_likelihood(start, x, y)
    error = np.max(np.abs(gradient + slope)) / np.max(np.abs(slope))
    print(f"at the start: difference {abs(value + at_start):.1e}, of the gradient {error:.1e} (relative)")
    apart = np.max(np.abs(predict(fit.x, x, y, x) - regressor.predict(x)))
    print(f"predictions: at most {apart:.1e} apart")
    ad.check_grads(lambda theta: negative_log_likelihood.primal(theta, x, y), (start,))
    print("gradient check: passed")

    if error > 1e-8 or abs(ours - other) > 1e-3 * abs(other):
        print("FAILED: scikit-learn has another answer")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
