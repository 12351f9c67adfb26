"""Loops that end when they have converged: Kepler's equation by Newton's method."""

from __future__ import annotations

import numpy as np

from benchmarks.compiled import compiled
from benchmarks.program import Program


def newton(eccentricity, anomaly):
    total = 0.0
    for i in range(anomaly.shape[0]):
        angle = anomaly[i]
        step = 1.0
        while abs(step) > 1e-12:
            step = (angle - eccentricity[i] * np.sin(angle) - anomaly[i]) / (1.0 - eccentricity[i] * np.cos(angle))
            angle = angle - step
        total += angle
    return total


@compiled
def newton_by_hand(eccentricity, anomaly):
    # Every element runs backward right after it has run forward: only its own angles are kept.
    n = anomaly.shape[0]
    eccentricity_bar, anomaly_bar = np.empty(n), np.empty(n)
    sines, cosines, steps = np.empty(16), np.empty(16), np.empty(16)
    total = 0.0
    for i in range(n):
        e = eccentricity[i]
        angle = anomaly[i]
        step = 1.0
        trips = 0
        while abs(step) > 1e-12:
            if trips == steps.shape[0]:
                sines = np.concatenate((sines, np.empty(trips)))
                cosines = np.concatenate((cosines, np.empty(trips)))
                steps = np.concatenate((steps, np.empty(trips)))
            sine, cosine = np.sin(angle), np.cos(angle)
            step = (angle - e * sine - anomaly[i]) / (1.0 - e * cosine)
            sines[trips], cosines[trips], steps[trips] = sine, cosine, step
            angle = angle - step
            trips += 1
        total += angle
        angle_bar, e_bar, m_bar = 1.0, 0.0, 0.0
        for k in range(trips - 1, -1, -1):
            # step = (angle - e sin(angle) - m) / d  with  d = 1 - e cos(angle):  d_angle = 1 - e cos(angle) = d
            scaled = -angle_bar / (1.0 - e * cosines[k])
            e_bar -= scaled * (sines[k] - steps[k] * cosines[k])
            m_bar -= scaled
            angle_bar = -scaled * steps[k] * e * sines[k]
        eccentricity_bar[i] = e_bar
        anomaly_bar[i] = m_bar + angle_bar
    return total, (eccentricity_bar, anomaly_bar)


def newton_jax(jax, eccentricity, anomaly):
    """JAX has no reverse mode for `while`: as many trips as the slowest element may need, masked."""
    jnp = jax.numpy

    def trip(carried, _):
        angle, going = carried
        step = (angle - eccentricity * jnp.sin(angle) - anomaly) / (1.0 - eccentricity * jnp.cos(angle))
        return (jnp.where(going, angle - step, angle), going & (jnp.abs(step) > 1e-12)), None

    (angle, _), _ = jax.lax.scan(trip, (anomaly, jnp.full(anomaly.shape, True)), None, length=20)
    return angle.sum()


PROGRAMS = (
    Program(
        name="newton",
        family="iterations",
        kind="loop",
        function=newton,
        sizes={
            "n=10": lambda rng: (rng.uniform(0.1, 0.6, 10), rng.uniform(0.1, 3.0, 10)),
            "n=10000": lambda rng: (rng.uniform(0.1, 0.6, 10_000), rng.uniform(0.1, 3.0, 10_000)),
        },
        tiny=lambda rng: (rng.uniform(0.1, 0.6, 3), rng.uniform(0.1, 3.0, 3)),
        wrt=(0, 1),
        hand=newton_by_hand,
        peers={"jax": newton_jax},
    ),
)
