import numpy as np


def ridge_by_rows_grad(x, w, y):
    """Value of ridge_by_rows and its gradient with respect to x, w, y."""
    n, k = x.shape
    m = w.shape[0]
    p = y.shape[0]
    # cost += (value - y[i]) ** 2
    count = n - 1
    if count >= p:
        raise IndexError("index {} is out of bounds for axis {} with size {} (everyday.py)", count, 0, p)
    # value += x[i, j] * w[j]
    count = k - 1
    if not (0 >= n or count < m):
        raise IndexError("index {} is out of bounds for axis {} with size {} (everyday.py)", count, 0, m)
    # return cost / n + 0.1 * math.sqrt(w @ w)
    t = np.float64(n)
    total = 0.0
    for l in range(0, m, 128):
        total_1 = 0.0
        for p in range(l, min(l + 128, m)):
            w_p = w[p]
            total_1 += w_p * w_p
        total += total_1
    t_1 = np.sqrt(total)
    t_2 = 0.1 * t_1
    total_bar = 0.05 / t_1 if t_1 != 0.0 else 0.0
    w_bar = np.empty_like(w)
    for l in range(m):
        w_bar[l] = 2.0 * (total_bar * w[l])
    cost_bar = 1.0 / t
    # cost += (value - y[i]) ** 2
    y_bar = np.zeros_like(y)
    # value += x[i, j] * w[j]
    x_bar = np.zeros_like(x)
    # for i in range(n):
    cost = 0.0
    for i in range(n):
        # for j in range(k):
        value = 0.0
        for j in range(k):
            # value += x[i, j] * w[j]
            value += x[i, j] * w[j]
        # cost += (value - y[i]) ** 2
        t_1 = value - y[i]
        cost += t_1 * t_1
        value_bar = 2.0 * (cost_bar * t_1)
        y_bar[i] -= value_bar
        # for j in range(k):
        for j in range(count, -1, -1):
            # value += x[i, j] * w[j]
            w_bar[j] += value_bar * x[i, j]
            x_bar[i, j] += value_bar * w[j]
    return cost / t + t_2, x_bar, w_bar, y_bar
