"""A Gaussian mixture in the form of ADBench, without the terms of its prior that no input influences."""

from __future__ import annotations

import numpy as np

from benchmarks.compiled import compiled
from benchmarks.program import Program


def lower_triangle(packed, d):
    """The logarithms of the diagonal, then the columns below it."""
    lower = np.zeros((d, d))
    start = d
    for c in range(d):
        lower[c, c] = np.exp(packed[c])
        lower[c + 1 :, c] = packed[start : start + d - 1 - c]
        start += d - 1 - c
    return lower


def gmm(alphas, means, icf, x, gamma, m):
    n, d = x.shape
    k = alphas.shape[0]
    logs = np.empty((n, k))
    prior = 0.0
    for j in range(k):
        lower = lower_triangle(icf[j], d)
        scaled = (x - means[j]) @ lower.T
        logdet = np.sum(icf[j, :d])
        logs[:, j] = alphas[j] + logdet - 0.5 * np.sum(scaled * scaled, axis=1)
        prior += 0.5 * gamma * gamma * np.sum(lower * lower) - m * logdet
    largest = np.max(logs, axis=1)
    likelihood = np.sum(largest + np.log(np.sum(np.exp(logs - largest[:, None]), axis=1)))
    highest = np.max(alphas)
    normaliser = highest + np.log(np.sum(np.exp(alphas - highest)))
    return likelihood - n * normaliser + prior


@compiled
def unpack(packed, lower):
    d = lower.shape[0]
    start = d
    for c in range(d):
        lower[c, c] = np.exp(packed[c])
        for r in range(c + 1, d):
            lower[r, c] = packed[start + r - c - 1]
        start += d - 1 - c


@compiled
def gmm_fused(alphas, means, icf, x, gamma, m):
    n, d = x.shape
    k = alphas.shape[0]
    lower = np.zeros((d, d))
    centered = np.empty(d)
    offsets = np.empty(k)
    lowers = np.empty((k, d, d))
    prior = 0.0
    for j in range(k):
        unpack(icf[j], lower)
        lowers[j] = lower
        logdet = icf[j, :d].sum()
        offsets[j] = alphas[j] + logdet
        prior += 0.5 * gamma * gamma * (lower * lower).sum() - m * logdet
    logs = np.empty(k)
    likelihood = 0.0
    for i in range(n):
        for j in range(k):
            factor = lowers[j]
            for c in range(d):
                centered[c] = x[i, c] - means[j, c]
            square = 0.0
            for r in range(d):
                element = 0.0
                for c in range(r + 1):
                    element += factor[r, c] * centered[c]
                square += element * element
            logs[j] = offsets[j] - 0.5 * square
        largest = logs.max()
        total = 0.0
        for j in range(k):
            total += np.exp(logs[j] - largest)
        likelihood += largest + np.log(total)
    highest = alphas.max()
    return likelihood - n * (highest + np.log(np.exp(alphas - highest).sum())) + prior


@compiled
def gmm_by_hand(alphas, means, icf, x, gamma, m):
    # A row of `logs` for each component, so that the loops over points run along memory.
    n, d = x.shape
    k = alphas.shape[0]
    alphas_bar, means_bar, icf_bar = np.empty_like(alphas), np.empty_like(means), np.empty_like(icf)
    lowers = np.zeros((k, d, d))
    scaled = np.empty((k, n, d))
    centered = np.empty((n, d))
    logs = np.empty((k, n))
    prior = 0.0
    for j in range(k):
        lower = lowers[j]
        unpack(icf[j], lower)
        for i in range(n):
            for c in range(d):
                centered[i, c] = x[i, c] - means[j, c]
        np.dot(centered, lower.T, scaled[j])
        logdet, squares = 0.0, 0.0
        for c in range(d):
            logdet += icf[j, c]
            for r in range(c, d):
                squares += lower[r, c] * lower[r, c]
        prior += 0.5 * gamma * gamma * squares - m * logdet
        for i in range(n):
            square = 0.0
            for c in range(d):
                square += scaled[j, i, c] * scaled[j, i, c]
            logs[j, i] = alphas[j] + logdet - 0.5 * square
    likelihood = softmax_columns(logs)
    normaliser = softmax(alphas, alphas_bar)
    for j in range(k):
        lower = lowers[j]
        weight = 0.0
        for i in range(n):
            weight += logs[j, i]
            for c in range(d):
                centered[i, c] = x[i, c] - means[j, c]
                scaled[j, i, c] *= -logs[j, i]
        lower_bar = np.dot(scaled[j].T, centered)
        np.dot(scaled[j], lower, centered)
        means_bar[j] = 0.0
        for i in range(n):
            for c in range(d):
                means_bar[j, c] -= centered[i, c]
        alphas_bar[j] = weight - n * alphas_bar[j]
        start = d
        for c in range(d):
            icf_bar[j, c] = weight - m + (lower_bar[c, c] + gamma * gamma * lower[c, c]) * lower[c, c]
            for r in range(c + 1, d):
                icf_bar[j, start + r - c - 1] = lower_bar[r, c] + gamma * gamma * lower[r, c]
            start += d - 1 - c
    return likelihood - n * normaliser + prior, (alphas_bar, means_bar, icf_bar)


@compiled
def softmax_columns(logs):
    """Overwrites each column with its softmax, and returns the sum of the columns' logsumexp."""
    k, n = logs.shape
    largest = logs[0].copy()
    for j in range(1, k):
        for i in range(n):
            largest[i] = max(largest[i], logs[j, i])
    totals = np.zeros(n)
    for j in range(k):
        for i in range(n):
            logs[j, i] = np.exp(logs[j, i] - largest[i])
            totals[i] += logs[j, i]
    value = 0.0
    for i in range(n):
        value += largest[i] + np.log(totals[i])
        totals[i] = 1.0 / totals[i]
    for j in range(k):
        for i in range(n):
            logs[j, i] *= totals[i]
    return value


@compiled
def softmax(x, result):
    """Stores the softmax of `x`, and returns its logsumexp."""
    highest = x.max()
    total = 0.0
    for j in range(x.shape[0]):
        result[j] = np.exp(x[j] - highest)
        total += result[j]
    for j in range(x.shape[0]):
        result[j] /= total
    return highest + np.log(total)


def gmm_jax(jax, alphas, means, icf, x, gamma, m):
    jnp = jax.numpy
    n, d = x.shape
    columns, rows = np.triu_indices(d, 1)
    diagonals = jnp.exp(icf[:, :d])
    lower = jnp.zeros((alphas.shape[0], d, d)).at[:, rows, columns].set(icf[:, d:])
    lower = lower + diagonals[:, :, None] * jnp.eye(d)
    scaled = jnp.einsum("kij,nkj->nki", lower, x[:, None, :] - means)
    logdets = jnp.sum(icf[:, :d], axis=1)
    logs = alphas + logdets - 0.5 * jnp.sum(scaled * scaled, axis=2)
    prior = 0.5 * gamma * gamma * jnp.sum(lower * lower) - m * jnp.sum(logdets)
    logsumexp = jax.scipy.special.logsumexp
    return jnp.sum(logsumexp(logs, axis=1)) - n * logsumexp(alphas) + prior


def gmm_torch(torch, alphas, means, icf, x, gamma, m):
    n, d = x.shape
    columns, rows = torch.triu_indices(d, d, 1)
    lower = torch.diag_embed(torch.exp(icf[:, :d]))
    lower[:, rows, columns] = icf[:, d:]
    scaled = torch.einsum("kij,nkj->nki", lower, x[:, None, :] - means)
    logdets = torch.sum(icf[:, :d], dim=1)
    logs = alphas + logdets - 0.5 * torch.sum(scaled * scaled, dim=2)
    prior = 0.5 * gamma * gamma * torch.sum(lower * lower) - m * torch.sum(logdets)
    return torch.sum(torch.logsumexp(logs, dim=1)) - n * torch.logsumexp(alphas, dim=0) + prior


def mixture(rng, n, d, k):
    icf = rng.normal(size=(k, d * (d + 1) // 2)) / d
    return (rng.normal(size=k), rng.normal(size=(k, d)), icf, rng.normal(size=(n, d)), 1.0, 0)


PROGRAMS = (
    Program(
        name="gmm",
        family="mixtures",
        kind="array",
        function=gmm,
        sizes={
            "n=1000 d=10 k=25": lambda rng: mixture(rng, 1000, 10, 25),
            "n=1000 d=64 k=100": lambda rng: mixture(rng, 1000, 64, 100),
        },
        tiny=lambda rng: mixture(rng, 4, 3, 2),
        wrt=(0, 1, 2),
        hand=gmm_by_hand,
        fused=gmm_fused,
        expected=2.3,
        expected_at="n=1000 d=10 k=25",
        peers={"torch": gmm_torch, "jax": gmm_jax},
    ),
)
