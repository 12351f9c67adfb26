import numpy as np


def waves_by_a_helper_grad(x, steps):
    """Value of waves_by_a_helper and its gradient with respect to x.

    Returns the value, then the derivatives with respect to
        x    of its shape, (n,)
    """
    n = x.shape[0]
    # -- forward sweep --
    # y = np.zeros((steps, len(x)))
    if steps < 0:
        raise ValueError("negative dimensions are not allowed (everyday.py)")
    y = np.zeros((steps, n))
    for k in range(steps):
        t = 0.1 * k
        # for j in range(row.shape[0]):
        for j in range(n):
            # row[j] = np.sin(x[j] * t)
            y[k, j] = np.sin(x[j] * t)
    # return np.sum(y**2)
    total = 0.0
    for i in range(steps):
        s = 0.0
        for l in range(n):
            y_il = y[i, l]
            s += y_il * y_il
        total += s
    # -- backward sweep --
    y_bar = np.empty_like(y)
    for i in range(steps):
        for l in range(n):
            y_bar[i, l] = 2.0 * y[i, l]
    x_bar = np.zeros_like(x)
    # for k in range(steps):
    for k in range(steps - 1, -1, -1):
        # row[j] = np.sin(x[j] * t)
        t = 0.1 * k
        # for j in range(row.shape[0]):
        for j in range(n - 1, -1, -1):
            # row[j] = np.sin(x[j] * t)
            x_bar[j] += y_bar[k, j] * np.cos(x[j] * t) * t
    return total, x_bar
