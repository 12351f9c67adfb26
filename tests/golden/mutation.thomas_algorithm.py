import numpy as np


def thomas_algorithm_grad(low, diag, up, d):
    """Value of thomas_algorithm and its gradient with respect to low, diag, up, d."""
    m = low.shape[0]
    n = diag.shape[0]
    p = up.shape[0]
    q = d.shape[0]
    diag_1 = np.empty(n)
    for j in range(n):
        diag_1[j] = diag[j]
    d_1 = np.empty(q)
    for j in range(q):
        d_1[j] = d[j]
    # w = low[i - 1] / diag[i - 1]
    count = n - 2
    if count >= m:
        raise IndexError("index {} is out of bounds for axis {} with size {} (mutation.py)", count, 0, m)
    # diag[i] -= w * up[i - 1]
    if count >= p:
        raise IndexError("index {} is out of bounds for axis {} with size {} (mutation.py)", count, 0, p)
    # d[i] -= w * d[i - 1]
    count_1 = n - 1
    if not (1 >= n or count_1 < q):
        raise IndexError("index {} is out of bounds for axis {} with size {} (mutation.py)", count_1, 0, q)
    # for i in range(1, n):
    saved = np.empty(max(count_1, 0))
    for i in range(1, n):
        # w = low[i - 1] / diag[i - 1]
        diag_1_t = diag_1[i - 1]
        # d[i] -= w * d[i - 1]
        saved[i - 1] = diag_1_t
        # w = low[i - 1] / diag[i - 1]
        w = low[i - 1] / diag_1_t
        # diag[i] -= w * up[i - 1]
        diag_1[i] -= w * up[i - 1]
        # d[i] -= w * d[i - 1]
        d_1[i] -= w * d_1[i - 1]
    # d[-1] /= diag[-1]
    if q < 1:
        raise IndexError("index {} is out of bounds for axis {} with size {} (mutation.py)", -1, 0, q)
    if n < 1:
        raise IndexError("index {} is out of bounds for axis {} with size {} (mutation.py)", -1, 0, n)
    diag_1_t = diag_1[-1]
    t = d_1[-1] / diag_1_t
    d_1[q - 1] = t
    # d[i] = (d[i] - up[i] * d[i + 1]) / diag[i]
    count_2 = max(-(count_1 // -1), 0)
    # for i in range(n - 2, -1, -1):
    d_old_saved = np.empty(count_2)
    for i in range(count, -1, -1):
        # d[i] = (d[i] - up[i] * d[i + 1]) / diag[i]
        d_old = d_1[i]
        d_old_saved[(i - count) // -1] = d_old
        d_1[i] = (d_old - up[i] * d_1[i + 1]) / diag_1[i]
    # return np.sum(d * d) + diag[2]
    total = 0.0
    for j in range(0, q, 128):
        total_1 = 0.0
        for k in range(j, min(j + 128, q)):
            d_1_k = d_1[k]
            total_1 += d_1_k * d_1_k
        total += total_1
    if n <= 2:
        raise IndexError("index {} is out of bounds for axis {} with size {} (mutation.py)", 2, 0, n)
    t_1 = total + diag_1[2]
    diag_bar = np.zeros_like(diag_1)
    diag_bar[2] += 1.0
    d_bar = np.empty_like(d_1)
    for j in range(q):
        d_1_j = d_1[j]
        d_bar[j] = d_1_j + d_1_j
    # d[i] = (d[i] - up[i] * d[i + 1]) / diag[i]
    up_bar = np.zeros_like(up)
    # for i in range(n - 2, -1, -1):
    for i in range(count + (1 - count_2), count_1):
        # d[i] = (d[i] - up[i] * d[i + 1]) / diag[i]
        d_1_i = d_1[i]
        d_bar_i = d_bar[i]
        d_bar[i] = 0.0
        d_1[i] = d_old_saved[(i - count) // -1]
        t_2 = d_bar_i / diag_1[i]
        diag_bar[i] -= t_2 * d_1_i
        d_bar[i + 1] -= t_2 * up[i]
        up_bar[i] -= t_2 * d_1[i + 1]
        d_bar[i] += t_2
    # d[-1] /= diag[-1]
    d_bar_t = d_bar[q - 1]
    d_bar[q - 1] = 0.0
    t_2 = d_bar_t / diag_1_t
    diag_bar[-1] -= t_2 * t
    d_bar[-1] += t_2
    # w = low[i - 1] / diag[i - 1]
    low_bar = np.zeros_like(low)
    # for i in range(1, n):
    for i in range(count_1, 0, -1):
        # d[i] -= w * d[i - 1]
        t = -d_bar[i]
        test = t != 0.0
        saved_t = saved[i - 1]
        w = low[i - 1] / saved_t
        d_bar[i - 1] += t * w if test else 0.0
        # diag[i] -= w * up[i - 1]
        diag_bar_i = diag_bar[i]
        up_bar[i - 1] -= diag_bar_i * w
        # w = low[i - 1] / diag[i - 1]
        t = ((t * d_1[i - 1] if test else 0.0) - diag_bar_i * up[i - 1]) / saved_t
        diag_bar[i - 1] -= t * w
        low_bar[i - 1] += t
    return t_1, low_bar, diag_bar, up_bar, d_bar
