"""Train a two-layer network on scikit-learn's handwritten digits, with the gradient that adcompile generates.

    python examples/digits.py            trains, checks, times; fails if the test accuracy stays below 0.96
    python examples/digits.py --quick    two passes over the data, no demand on the accuracy

The loss is plain NumPy. Printed are the generated adjoint, the accuracy on the held-out quarter, the worst error of the
gradient against central differences, and the time of one gradient beside that of the tape-based package `autograd`,
which differentiates the same function body. The loss curve is saved as `digits-loss.png` in the working folder.
"""

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):  # read when NumPy loads its BLAS
    os.environ[variable] = "1"

import argparse
import statistics
import sys
import time
import types
from collections.abc import Callable, Iterator
from typing import NamedTuple

import autograd
import autograd.numpy
import matplotlib
import numpy as np
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

import adcompile as ad

matplotlib.use("Agg")
import matplotlib.pyplot as plt

HIDDEN = 64
BATCH = 64
CLASSES = 10
ACCURACY = 0.96
GRADIENT_ERROR = 1e-8
CURVE = "digits-loss.png"

Params = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
Gradient = Callable[[Params, np.ndarray, np.ndarray], tuple[float, Params]]


@ad.value_and_grad
def loss(params, x, labels):
    w1, b1, w2, b2 = params
    h = np.tanh(x @ w1 + b1)
    z = h @ w2 + b2
    z = z - np.max(z, axis=1, keepdims=True)
    logp = z - np.log(np.sum(np.exp(z), axis=1, keepdims=True))
    picked = logp[np.arange(len(labels)), labels]
    return -np.mean(picked)


class Digits(NamedTuple):
    """Images as rows of 64 grey values in [0, 1] and their labels 0..9; a quarter is held out."""

    x_train: np.ndarray
    x_test: np.ndarray
    y_train: np.ndarray
    y_test: np.ndarray


def load() -> Digits:
    images, labels = load_digits(return_X_y=True)
    return Digits(*train_test_split(images / 16.0, labels, test_size=0.25, random_state=0, stratify=labels))


def initial_params(rng: np.random.Generator, inputs: int) -> Params:
    """Weights of variance 1 / fan-in, no bias."""
    w1 = rng.normal(0.0, inputs**-0.5, (inputs, HIDDEN))
    w2 = rng.normal(0.0, HIDDEN**-0.5, (HIDDEN, CLASSES))
    return w1, np.zeros(HIDDEN), w2, np.zeros(CLASSES)


def minibatches(rng: np.random.Generator, x: np.ndarray, y: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """One pass over the data in random order, in batches of one size."""
    order = rng.permutation(len(x))
    for start in range(0, len(x) - BATCH + 1, BATCH):
        rows = order[start : start + BATCH]
        yield x[rows], y[rows]


class Adam:
    """Kingma & Ba 2015, algorithm 1; updates the arrays in place."""

    def __init__(self, params: Params, rate: float) -> None:
        self.rate = rate
        self.steps = 0
        self.moments = [(np.zeros_like(p), np.zeros_like(p)) for p in params]

    def step(self, params: Params, gradients: Params) -> None:
        self.steps += 1
        rate = self.rate * np.sqrt(1 - 0.999**self.steps) / (1 - 0.9**self.steps)
        for p, g, (first, second) in zip(params, gradients, self.moments, strict=True):
            first += 0.1 * (g - first)
            second += 0.001 * (g * g - second)
            p -= rate * first / (np.sqrt(second) + 1e-8)


def accuracy(params: Params, x: np.ndarray, labels: np.ndarray) -> float:
    w1, b1, w2, b2 = params
    return float(np.mean(np.argmax(np.tanh(x @ w1 + b1) @ w2 + b2, axis=1) == labels))


def train(params: Params, data: Digits, rng: np.random.Generator, passes: int, console: Console) -> list[float]:
    """Train in place; the loss of each step."""
    optimiser = Adam(params, rate=3e-3)
    losses: list[float] = []
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("training", total=passes)
        for _ in range(passes):
            for x, y in minibatches(rng, data.x_train, data.y_train):
                value, gradients = loss(params, x, y)
                optimiser.step(params, gradients)
                losses.append(float(value))
            progress.update(task, advance=1, description=f"training, loss {losses[-1]:.4f}")
    return losses


def worst_gradient_error(params: Params, x: np.ndarray, y: np.ndarray, stride: int) -> tuple[float, int]:
    """The largest |gradient - central difference| over every `stride`-th weight, and how many weights that is.

    The difference is Richardson-extrapolated: (4 D(h/2) - D(h)) / 3, with an error of order h**4.
    """
    _, gradients = loss(params, x, y)
    worst, count = 0.0, 0
    for p, g in zip(params, gradients, strict=True):
        for index in list(np.ndindex(p.shape))[::stride]:
            coarse = central_difference(params, x, y, p, index, 1e-3)
            fine = central_difference(params, x, y, p, index, 5e-4)
            worst = max(worst, abs((4 * fine - coarse) / 3 - g[index]))
            count += 1
    return worst, count


def central_difference(
    params: Params, x: np.ndarray, y: np.ndarray, p: np.ndarray, index: tuple[int, ...], step: float
) -> float:
    """The slope of the plain NumPy loss along element `index` of `p`, one of `params`; `p` comes back as it was."""
    centre = p[index]
    p[index] = centre + step
    above = loss.primal(params, x, y)
    p[index] = centre - step
    below = loss.primal(params, x, y)
    p[index] = centre
    return float((above - below) / (2 * step))


def tape_gradient() -> Gradient:
    """The same function body differentiated by `autograd`: its `np` is autograd's NumPy."""
    body = types.FunctionType(loss.primal.__code__, {**globals(), "np": autograd.numpy}, "loss")
    return autograd.value_and_grad(body)


def interleaved_times(contestants: dict[str, Gradient], args: tuple, rounds: int) -> dict[str, list[float]]:
    """Seconds of each call; the contestants take turns, so that a busy machine slows all of them."""
    times: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, gradient in contestants.items():
            start = time.perf_counter()
            gradient(*args)
            times[name].append(time.perf_counter() - start)
    return times


def compare(params: Params, x: np.ndarray, y: np.ndarray, rounds: int, console: Console) -> None:
    """Print the time of one value and gradient beside autograd's, after both have agreed on it."""
    contestants: dict[str, Gradient] = {"adcompile": loss, "autograd": tape_gradient()}
    for ours, theirs in zip(loss(params, x, y)[1], contestants["autograd"](params, x, y)[1], strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)
    times = interleaved_times(contestants, (params, x, y), rounds)
    console.print(f"one value and gradient of a batch of {len(x)}: microseconds, one thread, {rounds} rounds")
    table = Table()
    for heading in ("", "best", "median"):
        table.add_column(heading, justify="right" if heading else "left")
    for name, seconds in times.items():
        table.add_row(name, f"{min(seconds) * 1e6:.1f}", f"{statistics.median(seconds) * 1e6:.1f}")
    best = min(times["autograd"]) / min(times["adcompile"])
    median = statistics.median(times["autograd"]) / statistics.median(times["adcompile"])
    table.add_row("autograd / adcompile", f"{best:.1f}", f"{median:.1f}", style="bold")
    console.print(table)


def save_curve(losses: list[float], steps_per_pass: int) -> None:
    figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
    axes.semilogy(np.arange(1, len(losses) + 1) / steps_per_pass, losses, linewidth=0.8)
    axes.set(xlabel="passes over the training images", ylabel="cross-entropy of the minibatch", title="digits")
    axes.grid(alpha=0.3)
    figure.savefig(CURVE, dpi=150)
    plt.close(figure)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="two passes, no demand on the accuracy")
    parser.add_argument("--seed", type=int, default=0, help="of the initial weights and the order of the images")
    options = parser.parse_args()
    passes, stride, rounds = (2, 97, 20) if options.quick else (60, 1, 1000)

    console = Console(soft_wrap=True)
    data = load()
    rng = np.random.default_rng(options.seed)
    params = initial_params(rng, data.x_train.shape[1])
    x, y = data.x_train[:BATCH], data.y_train[:BATCH]

    start = time.perf_counter()
    loss(params, x, y)
    console.print(f"first call, generation and compilation included: {time.perf_counter() - start:.2f} s\n")
    print(loss.adjoint_source())  # plain, so that no line is wrapped or cut

    losses = train(params, data, rng, passes, console)
    save_curve(losses, steps_per_pass=len(data.x_train) // BATCH)
    reached = accuracy(params, data.x_test, data.y_test)
    worst, count = worst_gradient_error(initial_params(rng, x.shape[1]), x, y, stride)
    compare(params, x, y, rounds, console)
    console.print(f"gradient check: worst error {worst:.1e} over {count} weights, against central differences")
    console.print(f"loss curve: {CURVE}")
    console.print(f"test accuracy: {reached:.4f} on {len(data.y_test)} images")

    if worst > GRADIENT_ERROR:
        console.print(f"FAILED: the gradient is off by more than {GRADIENT_ERROR}", style="red")
        return 1
    if reached < ACCURACY and not options.quick:
        console.print(f"FAILED: the test accuracy is below {ACCURACY}", style="red")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
