"""Fit the noise and the drag of a moving body to noisy positions, through a Kalman filter.

    python examples/kalman.py            300 steps of a generated, seeded series
    python examples/kalman.py --quick    25 of them

The negative log likelihood is a plain loop over time. Beside its value stands that of the dense multivariate normal
distribution of all observations at once, from SciPy; beside its fit the one that SciPy finds on the dense likelihood
with differences. The gradient is checked too.
"""

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):  # read when NumPy loads its BLAS
    os.environ[variable] = "1"

import argparse
import sys
import time

import numpy as np
from scipy.optimize import minimize
from scipy.stats import multivariate_normal

import adcompile as ad

STEP = 0.5
FIRST = 4.0  # variance of the first state, around the origin
TRUTH = np.array([np.log(0.3), np.log(0.5), np.log(0.2)])  # noise of the forces, of the positions, drag


def system(theta):
    """Transition, its noise, observation and its noise; the state is a position and a velocity in the plane."""
    force, error, drag = np.exp(theta[0]), np.exp(theta[1]), np.exp(theta[2])
    one, zero = np.eye(2), np.zeros((2, 2))
    kept = np.exp(-drag * STEP)
    a = np.concatenate((np.concatenate((one, STEP * one), axis=1), np.concatenate((zero, kept * one), axis=1)))
    b = np.concatenate((0.5 * STEP**2 * one, STEP * one))
    return a, force**2 * (b @ b.T), np.concatenate((one, zero), axis=1), error**2 * one


@ad.value_and_grad
def negative_log_likelihood(theta, series):
    a, q, h, r = system(theta)
    mean, cov = np.zeros(4), FIRST * np.eye(4)
    total = 0.0
    for t in range(len(series)):
        residual = series[t] - h @ mean
        s = h @ cov @ h.T + r
        gain = np.linalg.solve(s, h @ cov).T
        total += 0.5 * (residual @ np.linalg.solve(s, residual) + np.linalg.slogdet(2.0 * np.pi * s)[1])
        mean = a @ (mean + gain @ residual)
        cov = a @ (cov - gain @ s @ gain.T) @ a.T + q
    return total


def dense_negative_log_likelihood(theta, series):
    """The same from the covariance of all observations."""
    a, q, h, r = system(theta)
    steps = len(series)
    states = np.zeros((steps, steps, 4, 4))
    states[0, 0] = FIRST * np.eye(4)
    for t in range(1, steps):
        states[t, t] = a @ states[t - 1, t - 1] @ a.T + q
    for t in range(steps):
        for later in range(t + 1, steps):
            states[later, t] = a @ states[later - 1, t]
            states[t, later] = states[later, t].T
    seen = h @ states @ h.T + np.eye(steps)[:, :, None, None] * r
    flat = seen.transpose(0, 2, 1, 3).reshape(2 * steps, 2 * steps)
    return -multivariate_normal.logpdf(series.ravel(), np.zeros(2 * steps), flat)


def generated(rng: np.random.Generator, steps: int) -> np.ndarray:
    """Positions as they are observed."""
    a, _, h, r = system(TRUTH)
    push = np.exp(TRUTH[0]) * np.concatenate((0.5 * STEP**2 * np.eye(2), STEP * np.eye(2)))
    state = rng.normal(0.0, FIRST**0.5, 4)
    series = np.empty((steps, 2))
    for t in range(steps):
        series[t] = h @ state + rng.normal(0.0, r[0, 0] ** 0.5, 2)
        state = a @ state + push @ rng.normal(size=2)
    return series


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a series of 25 steps")
    parser.add_argument("--seed", type=int, default=0, help="of the series")
    options = parser.parse_args()
    steps = 25 if options.quick else 300

    series = generated(np.random.default_rng(options.seed), steps)
    start = np.zeros(3)
    clock = time.perf_counter()
    value, _ = negative_log_likelihood(start, series)
    print(f"first call, generation and compilation included: {time.perf_counter() - clock:.1f} s\n")
    print(negative_log_likelihood.adjoint_source())

    dense = dense_negative_log_likelihood(start, series)
    print(f"negative log likelihood at the start: {value:.9f}, dense {dense:.9f}")
    clock = time.perf_counter()
    fit = minimize(negative_log_likelihood, start, args=(series,), jac=True, method="BFGS")
    took = time.perf_counter() - clock
    print(f"fitted in {fit.nit} steps and {took * 1e3:.1f} ms: {np.round(fit.x, 4)}, made with {np.round(TRUTH, 4)}")
    apart = 0.0
    if options.quick:
        other = minimize(dense_negative_log_likelihood, start, args=(series,), method="BFGS")
        apart = float(np.max(np.abs(fit.x - other.x)))
        print(f"SciPy's fit of the dense likelihood, with differences: {np.round(other.x, 4)}, {apart:.1e} apart")
    ad.check_grads(lambda theta: negative_log_likelihood.primal(theta, series), (start,))
    print("gradient check: passed")

    if abs(value - dense) > 1e-8 * abs(dense) or apart > 1e-3:
        print("FAILED: the dense likelihood has another answer")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
