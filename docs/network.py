"""The function whose adjoint the README shows: a network of one layer and its mean squared error."""

import numpy as np


def loss(w, b, x, y):
    h = np.tanh(x @ w + b)
    return np.mean((h - y) ** 2)
