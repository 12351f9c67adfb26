"""Fit a mixture of Gaussians to scikit-learn's iris data with the compiled gradient of its likelihood.

    python examples/mixture.py            until the gradient vanishes
    python examples/mixture.py --quick    a few steps

The mean negative log likelihood is plain NumPy: weights as logits, means, and triangular factors of the precisions with
logarithms on their diagonals, so that every vector of numbers is a mixture. Its fit by SciPy's BFGS stands beside that
of scikit-learn's `GaussianMixture`, found by expectation and maximisation from the same start.
"""

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):  # read when NumPy loads its BLAS
    os.environ[variable] = "1"

import argparse
import sys
import time

import numpy as np
from scipy.optimize import minimize
from scipy.special import logsumexp
from sklearn.cluster import KMeans
from sklearn.datasets import load_iris
from sklearn.mixture import GaussianMixture

import adcompile as ad

COMPONENTS = 3
FLOOR = 1e-3  # keeps variances away from zero, as scikit-learn's `reg_covar` does


def unpacked(packed, dimension):
    """Logits, means and precision factors from one vector."""
    k, d = COMPONENTS, dimension
    logits = packed[:k]
    means = packed[k : k + k * d].reshape(k, d)
    scales = packed[k + k * d : k + 2 * k * d].reshape(k, d)
    rest = packed[k + 2 * k * d :].reshape(k, d * (d - 1) // 2)
    factors = np.zeros((k, d, d))
    for c in range(k):
        place = 0
        for i in range(d):
            factors[c, i, i] = np.exp(scales[c, i])
            for j in range(i):
                factors[c, i, j] = rest[c, place]
                place += 1
    return logits, means, scales, factors


@ad.value_and_grad
def negative_log_likelihood(packed, x):
    n, d = x.shape
    logits, means, scales, factors = unpacked(packed, d)
    logs = np.empty((n, COMPONENTS))
    penalty = 0.0
    for c in range(COMPONENTS):
        z = (x - means[c]) @ factors[c]
        logs[:, c] = logits[c] + np.sum(scales[c]) - 0.5 * np.sum(z * z, axis=1)
        penalty += np.sum(factors[c] ** 2)
    logs -= logsumexp(logits) + 0.5 * d * np.log(2.0 * np.pi)
    return -np.mean(logsumexp(logs, axis=1)) + 0.5 * FLOOR / n * penalty


def starting_point(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The vector that stands for clusters found by k-means, and their labels."""
    labels = KMeans(COMPONENTS, n_init=5, random_state=0).fit_predict(x)
    d = x.shape[1]
    logits, means, scales, rest = [], [], [], []
    for c in range(COMPONENTS):
        own = x[labels == c]
        factor = np.linalg.cholesky(np.linalg.inv(np.cov(own.T) + FLOOR * np.eye(d)))
        logits.append(np.log(len(own)))
        means.append(own.mean(axis=0))
        scales.append(np.log(np.diag(factor)))
        rest.append(factor[np.tril_indices(d, -1)])
    return np.concatenate([np.ravel(part) for part in (logits, means, scales, rest)]), labels


def likelihood(packed: np.ndarray, x: np.ndarray) -> float:
    """The mean log likelihood, without what keeps variances away from zero."""
    *_, factors = unpacked(packed, x.shape[1])
    return 0.5 * FLOOR / len(x) * np.sum(factors**2) - negative_log_likelihood.primal(packed, x)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="at most 15 steps")
    options = parser.parse_args()
    steps = 15 if options.quick else 1000

    x, _ = load_iris(return_X_y=True)
    start, labels = starting_point(x)
    clock = time.perf_counter()
    negative_log_likelihood(start, x)
    print(f"first call, generation and compilation included: {time.perf_counter() - clock:.1f} s\n")
    print(negative_log_likelihood.adjoint_source())

    clock = time.perf_counter()
    fit = minimize(
        negative_log_likelihood, start, args=(x,), jac=True, method="BFGS", options={"maxiter": steps, "gtol": 1e-6}
    )
    took = time.perf_counter() - clock
    means = np.array([x[labels == c].mean(axis=0) for c in range(COMPONENTS)])
    theirs = GaussianMixture(COMPONENTS, tol=1e-9, max_iter=1000, means_init=means, reg_covar=1e-6).fit(x)
    ours, other = likelihood(fit.x, x), theirs.score(x)
    print(f"{len(x)} flowers, fitted in {fit.nit} steps and {took * 1e3:.1f} ms")
    print(f"mean log likelihood: {likelihood(start, x):.5f} at the start, {ours:.5f} now, scikit-learn {other:.5f}")
    _, found, _, _ = unpacked(fit.x, x.shape[1])
    apart = max(np.min(np.max(np.abs(theirs.means_ - mean), axis=1)) for mean in found)
    print(f"means: at most {apart:.4f} apart")
    ad.check_grads(lambda packed: negative_log_likelihood.primal(packed, x), (start,))
    print("gradient check: passed")

    if not options.quick and abs(ours - other) > 1e-2:
        print("FAILED: scikit-learn has another answer")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
