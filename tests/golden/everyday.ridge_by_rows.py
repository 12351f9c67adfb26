import numpy as np


def ridge_by_rows_grad(x, w, y):
    """Value of ridge_by_rows and its gradient with respect to x, w, y.

    Returns the value, then the derivatives with respect to
        x    of its shape, (n, k)
        w    of its shape, (size_w,)
        y    of its shape, (size_y,)
    """
    n, k = x.shape
    size_w = w.shape[0]
    size_y = y.shape[0]
    # -- forward sweep --
    # cost += (value - y[i]) ** 2
    last = n - 1
    if last >= size_y:
        raise IndexError(f"index {last} is out of bounds for axis 0 with size {size_y} (everyday.py)")
    # value += x[i, j] * w[j]
    last_1 = k - 1
    if not (0 >= n or last_1 < size_w):
        raise IndexError(f"index {last_1} is out of bounds for axis 0 with size {size_w} (everyday.py)")
    # return cost / n + 0.1 * math.sqrt(w @ w)
    value_1 = np.float64(n)
    total = 0.0
    for l in range(0, size_w, 128):
        total_1 = 0.0
        for p in range(l, min(l + 128, size_w)):
            w_p = w[p]
            total_1 += w_p * w_p
        total += total_1
    root = np.sqrt(total)
    product = 0.1 * root
    # -- backward sweep --
    total_bar = 0.05 / root if root != 0.0 else 0.0
    w_bar = np.empty_like(w)
    for l in range(size_w):
        w_bar[l] = 2.0 * (total_bar * w[l])
    cost_bar = 1.0 / value_1
    y_bar = np.zeros_like(y)
    x_bar = np.zeros_like(x)
    # -- forward and backward sweep --
    cost = 0.0
    for i in range(n):
        value = 0.0
        for j in range(k):
            value += x[i, j] * w[j]
        # cost += (value - y[i]) ** 2
        difference = value - y[i]
        cost += difference * difference
        value_bar = 2.0 * (cost_bar * difference)
        y_bar[i] -= value_bar
        # for j in range(k):
        for j in range(last_1, -1, -1):
            # value += x[i, j] * w[j]
            w_bar[j] += value_bar * x[i, j]
            x_bar[i, j] += value_bar * w[j]
    return cost / value_1 + product, x_bar, w_bar, y_bar
