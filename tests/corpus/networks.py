"""Layers, losses and attention."""

import math

import numpy as np

from tests.corpus.registry import Array, Result, program


def softmax(x: Array) -> Array:
    e = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)


def log_sum_exp(x: Array) -> Result:
    top = np.max(x)
    return top + np.log(np.sum(np.exp(x - top)))


@program(
    args=lambda rng: (rng.normal(size=(4, 3)), rng.normal(size=(3, 2)), rng.normal(size=2), rng.normal(size=(4, 2))),
)
def dense_layer(x: Array, w: Array, b: Array, target: Array) -> Result:
    y = np.tanh(x @ w + b)
    return np.mean((y - target) ** 2)


@program(
    args=lambda rng: (
        rng.normal(size=(5, 3)),
        (rng.normal(size=(3, 4)), rng.normal(size=4)),
        (rng.normal(size=(4, 4)), rng.normal(size=4)),
        (rng.normal(size=(4, 3)), rng.normal(size=3)),
        np.array([0, 2, 1, 1, 0]),
    ),
    compiled=True,
)
def three_layers_cross_entropy(
    x: Array, first: tuple[Array, Array], second: tuple[Array, Array], third: tuple[Array, Array], labels: Array
) -> Result:
    h = np.tanh(x @ first[0] + first[1])
    h = np.maximum(h @ second[0] + second[1], 0.0)
    logits = h @ third[0] + third[1]
    logits = logits - np.max(logits, axis=1, keepdims=True)
    scores = logits - np.log(np.sum(np.exp(logits), axis=1, keepdims=True))
    return -np.mean(scores[np.arange(len(labels)), labels])


@program(args=lambda rng: (rng.normal(size=(3, 4)), rng.normal(size=(3, 4))))
def softmax_twice(x: Array, w: Array) -> Result:
    p = softmax(x)
    return np.sum(p * w) + np.sum(softmax(w + p) ** 2)


@program(args=lambda rng: (rng.normal(size=6) * 30.0,))
def log_sum_exp_of_large(x: Array) -> Result:
    return log_sum_exp(x) + log_sum_exp(-x)


@program(args=lambda rng: (rng.normal(size=(3, 5)), rng.normal(size=5), rng.normal(size=5)), compiled=True)
def layer_norm(x: Array, gain: Array, bias: Array) -> Result:
    mean = x.mean(axis=-1, keepdims=True)
    variance = ((x - mean) ** 2).mean(axis=-1, keepdims=True)
    y = gain * (x - mean) / np.sqrt(variance + 1e-5) + bias
    return np.sum(y**3)


@program(args=lambda rng: (rng.normal(size=(4, 3)), rng.normal(size=(5, 3)), rng.normal(size=(5, 2))))
def attention(q: Array, k: Array, v: Array) -> Result:
    scores = q @ k.T / math.sqrt(q.shape[1])
    return softmax(scores) @ v


@program(args=lambda rng: (rng.normal(size=(4, 3)), rng.normal(size=(3, 3)), rng.normal(size=(3, 3))))
def causal_attention(x: Array, wq: Array, wk: Array) -> Result:
    scores = (x @ wq) @ (x @ wk).T
    allowed = np.arange(4)[:, None] >= np.arange(4)
    weights = softmax(np.where(allowed, scores, -1e9))
    return np.sum((weights @ x) ** 2)


@program(args=lambda rng: (rng.normal(size=(3, 4)), np.array([1, 0, 1])))
def logistic_loss(x: Array, y: Array) -> Result:
    z = x.sum(axis=1)
    return np.mean(np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z))))


@program(args=lambda rng: (rng.normal(size=(5, 2)), rng.normal(size=(3, 2))))
def pairwise_distances(x: Array, y: Array) -> Result:
    d = np.sqrt(np.sum((x[:, None, :] - y[None, :, :]) ** 2, axis=2))
    return np.sum(np.min(d, axis=1)) + np.mean(d)


@program(args=lambda rng: (rng.normal(size=(6, 2)), rng.normal(size=(2, 3)), rng.normal(size=(3, 3))))
def recurrent_by_elements(x: Array, w: Array, u: Array) -> Result:
    h = np.zeros((7, 3))
    for t in range(6):
        for j in range(3):
            s = 0.0
            for k in range(2):
                s += x[t, k] * w[k, j]
            for k in range(3):
                s += h[t, k] * u[k, j]
            h[t + 1, j] = math.tanh(s)
    return np.sum(h[-1] ** 2)


@program(args=lambda rng: (rng.normal(size=(6, 5)), np.array([1, 3, 1, 0]), rng.normal(size=5)))
def embedding_lookup(table: Array, tokens: Array, w: Array) -> Result:
    e = table[tokens]
    return softmax(e @ w) @ (e @ w)


@program(args=lambda rng: (rng.normal(size=(6, 6)), rng.normal(size=(3, 3))))
def convolution_and_pooling(image: Array, kernel: Array) -> Result:
    out = np.zeros((4, 4))
    for i in range(4):
        for j in range(4):
            out[i, j] = np.sum(image[i : i + 3, j : j + 3] * kernel)
    blocks = out.reshape(2, 2, 2, 2)
    return np.sum(blocks.max(axis=(1, 3)) ** 2)


@program(args=lambda rng: (rng.normal(size=(4, 3)), rng.uniform(0.1, 0.9, 3)))
def gelu_and_dropout_mask(x: Array, keep: Array) -> Result:
    g = 0.5 * x * (1.0 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))
    return np.sum(g * (keep > 0.5) / keep)
