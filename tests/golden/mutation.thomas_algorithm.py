import numpy as np


def thomas_algorithm_grad(low, diag, up, d):
    """Value of thomas_algorithm and its gradient with respect to low, diag, up, d.

    Returns the value, then the derivatives with respect to
        low     of its shape, (size_low,)
        diag    of its shape, (n,)
        up      of its shape, (size_up,)
        d       of its shape, (size_d,)
    """
    size_low = low.shape[0]
    n = diag.shape[0]
    size_up = up.shape[0]
    size_d = d.shape[0]
    diag_1 = np.empty(n)
    for j in range(n):
        diag_1[j] = diag[j]
    d_1 = np.empty(size_d)
    for j in range(size_d):
        d_1[j] = d[j]
    # -- forward sweep --
    # w = low[i - 1] / diag[i - 1]
    last = n - 2
    if last >= size_low:
        raise IndexError(f"index {last} is out of bounds for axis 0 with size {size_low} (mutation.py)")
    # diag[i] -= w * up[i - 1]
    if last >= size_up:
        raise IndexError(f"index {last} is out of bounds for axis 0 with size {size_up} (mutation.py)")
    # d[i] -= w * d[i - 1]
    last_1 = n - 1
    if not (1 >= n or last_1 < size_d):
        raise IndexError(f"index {last_1} is out of bounds for axis 0 with size {size_d} (mutation.py)")
    diag_1_previous_saved = np.empty(max(last_1, 0))
    for i in range(1, n):
        diag_1_previous = diag_1[i - 1]
        diag_1_previous_saved[i - 1] = diag_1_previous
        # w = low[i - 1] / diag[i - 1]
        w = low[i - 1] / diag_1_previous
        # diag[i] -= w * up[i - 1]
        diag_1[i] -= w * up[i - 1]
        # d[i] -= w * d[i - 1]
        d_1[i] -= w * d_1[i - 1]
    # d[-1] /= diag[-1]
    if size_d < 1:
        raise IndexError(f"index -1 is out of bounds for axis 0 with size {size_d} (mutation.py)")
    if n < 1:
        raise IndexError(f"index -1 is out of bounds for axis 0 with size {n} (mutation.py)")
    diag_1_last = diag_1[-1]
    ratio = d_1[-1] / diag_1_last
    d_1[size_d - 1] = ratio
    length = max(-(last_1 // -1), 0)
    d_old_saved = np.empty(length)
    # for i in range(n - 2, -1, -1):
    for i in range(last, -1, -1):
        d_old = d_1[i]
        d_old_saved[(i - last) // -1] = d_old
        # d[i] = (d[i] - up[i] * d[i + 1]) / diag[i]
        d_1[i] = (d_old - up[i] * d_1[i + 1]) / diag_1[i]
    # return np.sum(d * d) + diag[2]
    total = 0.0
    for j in range(0, size_d, 128):
        total_1 = 0.0
        for k in range(j, min(j + 128, size_d)):
            d_1_k = d_1[k]
            total_1 += d_1_k * d_1_k
        total += total_1
    if n <= 2:
        raise IndexError(f"index 2 is out of bounds for axis 0 with size {n} (mutation.py)")
    value = total + diag_1[2]
    # -- backward sweep --
    diag_bar = np.zeros_like(diag_1)
    diag_bar[2] += 1.0
    d_bar = np.empty_like(d_1)
    for j in range(size_d):
        d_bar[j] = 2.0 * d_1[j]
    up_bar = np.zeros_like(up)
    # for i in range(n - 2, -1, -1):
    for i in range(last + (1 - length), last_1):
        # d[i] = (d[i] - up[i] * d[i + 1]) / diag[i]
        d_1_i = d_1[i]
        d_bar_i = d_bar[i]
        d_bar[i] = 0.0
        d_1[i] = d_old_saved[(i - last) // -1]
        ratio_1 = d_bar_i / diag_1[i]
        diag_bar[i] -= ratio_1 * d_1_i
        d_bar[i + 1] -= ratio_1 * up[i]
        up_bar[i] -= ratio_1 * d_1[i + 1]
        d_bar[i] += ratio_1
    # d[-1] /= diag[-1]
    d_bar_last = d_bar[size_d - 1]
    d_bar[size_d - 1] = 0.0
    ratio_1 = d_bar_last / diag_1_last
    diag_bar[-1] -= ratio_1 * ratio
    d_bar[-1] += ratio_1
    low_bar = np.zeros_like(low)
    # for i in range(1, n):
    for i in range(last_1, 0, -1):
        # d[i] -= w * d[i - 1]
        product_bar = -d_bar[i]
        nonzero = product_bar != 0.0
        diag_1_previous = diag_1_previous_saved[i - 1]
        w = low[i - 1] / diag_1_previous
        d_bar[i - 1] += product_bar * w if nonzero else 0.0
        # diag[i] -= w * up[i - 1]
        diag_bar_i = diag_bar[i]
        w_bar = (product_bar * d_1[i - 1] if nonzero else 0.0) - diag_bar_i * up[i - 1]
        up_bar[i - 1] -= diag_bar_i * w
        # w = low[i - 1] / diag[i - 1]
        ratio = w_bar / diag_1_previous
        diag_bar[i - 1] -= ratio * w
        low_bar[i - 1] += ratio
    return value, low_bar, diag_bar, up_bar, d_bar
