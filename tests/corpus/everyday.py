"""Programs as people write them whole: a simulation, an iteration, a model with its parameters in a dict."""

import math

import numpy as np

from tests.corpus.registry import Array, Result, program


@program(args=lambda rng: (rng.normal(size=9), 0.1, 5))
def heat_by_slots(u0: Array, alpha: float, steps: int) -> Result:
    n = u0.shape[0]
    u = np.zeros((2, n))
    u[0] = u0
    slot = 0
    for _ in range(steps):
        new = u[1 - slot]
        old = u[slot]
        new[0] = old[0]
        new[n - 1] = old[n - 1]
        for j in range(1, n - 1):
            u_old = old[j]
            new[j] = u_old + alpha * (old[j - 1] - 2.0 * u_old + old[j + 1])
        slot = 1 - slot
    return np.sum(u[slot] ** 2)


@program(args=lambda rng: (rng.normal(size=9), 0.1, 5))
def heat_by_swapping(u0: Array, alpha: float, steps: int) -> Result:
    u = u0.copy()
    new = u0.copy()
    for _ in range(steps):
        new[1:-1] = u[1:-1] + alpha * (u[:-2] - 2.0 * u[1:-1] + u[2:])
        u, new = new, u
    return np.sum(u * u)


@program(args=lambda rng: (rng.normal(size=7), 0.1, 4))
def heat_by_copies(y0: Array, alpha: float, steps: int) -> Result:
    y = y0.copy()
    for _ in range(steps):
        y_old = y.copy()
        for j in range(1, len(y) - 1):
            y[j] = y_old[j] + alpha * (y_old[j - 1] - 2.0 * y_old[j] + y_old[j + 1])
    return np.sum(y * y)


@program(args=lambda rng: (rng.normal(size=12), 0.05, 0.1, 0.01, 6))
def burgers(u0: Array, nu: float, dx: float, dt: float, steps: int) -> Result:
    u = u0.copy()
    for _ in range(steps):
        un = u.copy()
        advection = un[1:-1] * (un[1:-1] - un[:-2]) / dx
        diffusion = nu * (un[2:] - 2.0 * un[1:-1] + un[:-2]) / dx**2
        u[1:-1] = un[1:-1] + dt * (diffusion - advection)
    return dx * np.sum(u**2)


@program(args=lambda rng: (4.0, 2.0))
def root_of_a_cubic(a: float, b: float) -> Result:
    x = 1.0
    r = x**3 + b * x - a
    while abs(r) > 1e-10:
        x = x - r / (3.0 * x * x + b)
        r = x**3 + b * x - a
    return x


def _acceleration(pos: Array, mass: Array, eps: float) -> Array:
    acc = np.zeros_like(pos)
    for i in range(pos.shape[0]):
        for j in range(pos.shape[0]):
            d = pos[j] - pos[i]
            r2 = np.sum(d**2) + eps
            acc[i] += mass[j] * d / r2**1.5
    return acc


@program(args=lambda rng: (rng.normal(size=(4, 3)), rng.normal(size=(4, 3)), 1.0 + rng.random(4), 0.01, 3))
def n_body(pos: Array, vel: Array, mass: Array, dt: float, steps: int) -> Result:
    acc = _acceleration(pos, mass, 0.1)
    for _ in range(steps):
        vel = vel + 0.5 * dt * acc
        pos = pos + dt * vel
        acc = _acceleration(pos, mass, 0.1)
        vel = vel + 0.5 * dt * acc
    return 0.5 * np.sum(mass[:, None] * vel**2)


def _fill(row: Array, x: Array, t: float) -> None:
    for j in range(row.shape[0]):
        row[j] = np.sin(x[j] * t)


@program(args=lambda rng: (rng.normal(size=5), 4))
def waves_by_a_helper(x: Array, steps: int) -> Result:
    y = np.zeros((steps, len(x)))
    for k in range(steps):
        t = 0.1 * k
        _fill(y[k], x, t)
    return np.sum(y**2)


@program(
    args=lambda rng: (
        {"w": rng.normal(size=(4, 3)), "b": rng.normal(size=3), "v": rng.normal(size=(3, 5))},
        rng.normal(size=(6, 4)),
        np.array([0, 1, 2, 3, 4, 0]),
    )
)
def softmax_classifier(params: dict[str, Array], x: Array, labels: Array) -> Result:
    h = np.tanh(x @ params["w"] + params["b"])
    logits = h @ params["v"]
    logits = logits - np.max(logits, axis=1, keepdims=True)
    logp = logits - np.log(np.sum(np.exp(logits), axis=1, keepdims=True))
    loss = 0.0
    for i in range(x.shape[0]):
        loss -= logp[i, labels[i]]
    return loss / x.shape[0] + 0.01 * np.sum(params["w"] ** 2)


@program(args=lambda rng: (rng.normal(size=3), rng.normal(size=(8, 3)), rng.normal(size=8)))
def robust_regression(w: Array, x: Array, y: Array) -> Result:
    good = np.abs(y) < 1.5
    r = x @ w - y
    losses = np.where(np.abs(r) > 1.0, np.abs(r) - 0.5, 0.5 * r * r)
    return np.sum(losses[good]) / np.sum(good)


@program(args=lambda rng: (rng.normal(size=(5, 2)), rng.normal(size=2), rng.normal(size=5)))
def ridge_by_rows(x: Array, w: Array, y: Array) -> Result:
    n, k = x.shape
    cost = 0.0
    for i in range(n):
        value = 0.0
        for j in range(k):
            value += x[i, j] * w[j]
        cost += (value - y[i]) ** 2
    return cost / n + 0.1 * math.sqrt(w @ w)
