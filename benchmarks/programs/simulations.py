"""Steps through time: Runge-Kutta for a chain of 10 000 states (as in GradBench), and prices of a barrier option."""

from __future__ import annotations

import numpy as np

from benchmarks.compiled import compiled
from benchmarks.program import Program


def slope(x, y):
    z = np.empty_like(x)
    z[0] = x[0]
    z[1:] = x[1:] * y[:-1]
    return z


def ode(x, steps):
    y = np.zeros_like(x)
    h = 2.0 / steps
    for _ in range(steps):
        k1 = slope(x, y)
        k2 = slope(x, y + 0.5 * h * k1)
        k3 = slope(x, y + 0.5 * h * k2)
        k4 = slope(x, y + h * k3)
        y = y + h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
    return np.sum(y)


@compiled
def ode_fused(x, steps):
    # An element of a stage needs its left neighbour of the stage before: one pass over the states makes all four.
    n = x.shape[0]
    y = np.zeros_like(x)
    k1, k2, k3 = np.empty_like(x), np.empty_like(x), np.empty_like(x)
    h = 2.0 / steps
    sixth = h / 6.0
    for _ in range(steps):
        k1[0] = k2[0] = k3[0] = x[0]
        for i in range(n - 1):
            k1[i + 1] = x[i + 1] * y[i]
        for i in range(n - 1):
            k2[i + 1] = x[i + 1] * (y[i] + 0.5 * h * k1[i])
        for i in range(n - 1):
            k3[i + 1] = x[i + 1] * (y[i] + 0.5 * h * k2[i])
        for i in range(n - 1, 0, -1):
            k4 = x[i] * (y[i - 1] + h * k3[i - 1])
            y[i] += sixth * (k1[i] + 2.0 * k2[i] + 2.0 * k3[i] + k4)
        y[0] += sixth * (k1[0] + 2.0 * k2[0] + 2.0 * k3[0] + x[0])
    return y.sum()


@compiled
def ode_by_hand(x, steps):
    # Only the states in front of each step are kept. An element of a stage is found from the four states to its left,
    # so that one pass makes them all; in front of the first state stand 1 and zeros, and coefficients of zero.
    n = x.shape[0]
    padded = np.zeros(n + 4)
    padded[4:] = x
    ys = np.empty((steps + 1, n + 4))
    ys[0] = 0.0
    ys[0, 3] = 1.0
    h = 2.0 / steps
    half, sixth = 0.5 * h, h / 6.0
    for t in range(steps):
        y, y_next = ys[t], ys[t + 1]
        y_next[:4] = y[:4]
        for i in range(n):
            k1, k2, k3, k4 = stages(padded, y, i, half)
            y_next[i + 4] = y[i + 4] + sixth * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
    value = ys[steps, 4:].sum()

    # With a_bar for y + h k3, and so on:  a_bar[i] = x[i + 1] k4_bar[i + 1];  k3_bar = 2 sixth y_bar + h a_bar
    y_bar, x_bar = np.ones_like(x), np.zeros_like(x)
    k1_bar, k2_bar, k3_bar = np.empty_like(x), np.empty_like(x), np.empty_like(x)
    last = n - 1
    for t in range(steps - 1, -1, -1):
        y = ys[t]
        k3_bar[last] = k2_bar[last] = 2.0 * sixth * y_bar[last]
        k1_bar[last] = sixth * y_bar[last]
        for i in range(last):
            k3_bar[i] = sixth * (2.0 * y_bar[i] + h * x[i + 1] * y_bar[i + 1])
        for i in range(last):
            k2_bar[i] = 2.0 * sixth * y_bar[i] + half * x[i + 1] * k3_bar[i + 1]
        for i in range(last):
            k1_bar[i] = sixth * y_bar[i] + half * x[i + 1] * k2_bar[i + 1]
        x_bar[0] += k1_bar[0] + k2_bar[0] + k3_bar[0] + sixth * y_bar[0]
        for i in range(last):
            k4_bar = sixth * y_bar[i + 1]
            bars = k1_bar[i + 1] + k2_bar[i + 1] + k3_bar[i + 1] + k4_bar
            k1, k2, k3, _ = stages(padded, y, i, half)
            x_bar[i + 1] += bars * y[i + 4] + half * (k2_bar[i + 1] * k1 + k3_bar[i + 1] * k2) + h * k4_bar * k3
            y_bar[i] += x[i + 1] * bars
    return value, (x_bar,)


@compiled
def stages(padded, y, i, half):
    """The four stages at state `i`, which has index `i + 4`."""
    x0, x1, x2, x3 = padded[i + 4], padded[i + 3], padded[i + 2], padded[i + 1]
    y1, y2, y3, y4 = y[i + 3], y[i + 2], y[i + 1], y[i]
    k2_left = x1 * (y2 + half * x2 * y3)
    k3_left = x1 * (y2 + half * x2 * (y3 + half * x3 * y4))
    return x0 * y1, x0 * (y1 + half * x1 * y2), x0 * (y1 + half * k2_left), x0 * (y1 + 2.0 * half * k3_left)


def ode_jax(jax, x, steps):
    jnp = jax.numpy
    h = 2.0 / steps

    def slope(y):
        return x * jnp.concatenate((jnp.ones(1), y[:-1]))

    def step(y, _):
        k1 = slope(y)
        k2 = slope(y + 0.5 * h * k1)
        k3 = slope(y + 0.5 * h * k2)
        k4 = slope(y + h * k3)
        return y + h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4), None

    y, _ = jax.lax.scan(step, jnp.zeros_like(x), None, length=steps)
    return jnp.sum(y)


def barrier_option(spot, volatility, rate, strike, barrier, normals):
    paths, steps = normals.shape
    dt = 1.0 / steps
    drift = (rate - 0.5 * volatility * volatility) * dt
    scale = volatility * np.sqrt(dt)
    total = 0.0
    for i in range(paths):
        price = spot
        for t in range(steps):
            price = price * np.exp(drift + scale * normals[i, t])
            if price > barrier:
                break
        else:
            if price > strike:
                total = total + price - strike
    return np.exp(-rate) * total / paths


@compiled
def barrier_option_by_hand(spot, volatility, rate, strike, barrier, normals):
    # A path that pays runs backward right after it has run forward; others have no derivative.
    paths, steps = normals.shape
    dt = 1.0 / steps
    root = np.sqrt(dt)
    drift = (rate - 0.5 * volatility * volatility) * dt
    scale = volatility * root
    discount = np.exp(-rate)
    share = discount / paths
    factors, prices = np.empty(steps), np.empty(steps)
    total = 0.0
    spot_bar, drift_bar, scale_bar, strike_bar = 0.0, 0.0, 0.0, 0.0
    for i in range(paths):
        price = spot
        out = False
        for t in range(steps):
            factors[t] = np.exp(drift + scale * normals[i, t])
            price = price * factors[t]
            prices[t] = price
            if price > barrier:
                out = True
                break
        if out or price <= strike:
            continue
        total += price - strike
        strike_bar -= share
        price_bar = share
        for t in range(steps - 1, -1, -1):
            exponent_bar = price_bar * prices[t]
            drift_bar += exponent_bar
            scale_bar += exponent_bar * normals[i, t]
            price_bar *= factors[t]
        spot_bar += price_bar
    value = discount * total / paths
    volatility_bar = scale_bar * root - drift_bar * volatility * dt
    return value, (spot_bar, volatility_bar, drift_bar * dt - value)


def barrier_option_torch(torch, spot, volatility, rate, strike, barrier, normals):
    paths, steps = normals.shape
    dt = 1.0 / steps
    drift = (rate - 0.5 * volatility * volatility) * dt
    scale = volatility * dt**0.5
    total = 0.0
    for i in range(paths):
        price = spot
        for t in range(steps):
            price = price * torch.exp(drift + scale * normals[i, t])
            if price > barrier:
                break
        else:
            if price > strike:
                total = total + price - strike
    return torch.exp(-rate) * total / paths


def barrier_option_jax(jax, spot, volatility, rate, strike, barrier, normals):
    jnp = jax.numpy
    paths, steps = normals.shape
    dt = 1.0 / steps
    drift = (rate - 0.5 * volatility * volatility) * dt
    scale = volatility * jnp.sqrt(dt)

    def step(carried, normal):
        price, alive = carried
        price = jnp.where(alive, price * jnp.exp(drift + scale * normal), price)
        return (price, alive & (price <= barrier)), None

    start = (jnp.full(paths, spot), jnp.full(paths, True))
    (price, alive), _ = jax.lax.scan(step, start, normals.T)
    return jnp.exp(-rate) * jnp.sum(jnp.where(alive & (price > strike), price - strike, 0.0)) / paths


def market(rng, paths, steps):
    return (100.0, 0.2, 0.03, 95.0, 130.0, rng.normal(size=(paths, steps)))


PROGRAMS = (
    Program(
        name="ode",
        family="simulations",
        kind="array",
        function=ode,
        sizes={
            "n=1000 s=20": lambda rng: (rng.uniform(0.5, 1.5, 1000), 20),
            "n=10000 s=100": lambda rng: (rng.uniform(0.5, 1.5, 10_000), 100),
        },
        tiny=lambda rng: (rng.uniform(0.5, 1.5, 5), 3),
        wrt=(0,),
        hand=ode_by_hand,
        fused=ode_fused,
        expected=2.4,
        expected_at="n=10000 s=100",
        peers={"jax": ode_jax},
    ),
    Program(
        name="barrier_option",
        family="simulations",
        kind="loop",
        function=barrier_option,
        sizes={
            "100 paths, 50 steps": lambda rng: market(rng, 100, 50),
            "10000 paths, 100 steps": lambda rng: market(rng, 10_000, 100),
        },
        tiny=lambda rng: market(rng, 6, 4),
        wrt=(0, 1, 2),
        hand=barrier_option_by_hand,
        peers={"torch": barrier_option_torch, "jax": barrier_option_jax},
    ),
)
