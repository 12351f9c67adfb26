import numpy as np


def histogram_grad(x, bins):
    """Value of histogram and its gradient with respect to x.

    Returns the value, then the derivatives with respect to
        x    of its shape, (n,)
    """
    n = x.shape[0]
    size_bins = bins.shape[0]
    # -- forward sweep --
    h = np.zeros(3)
    # h[k] += x[i] ** 2
    last = size_bins - 1
    if last >= n:
        raise IndexError(f"index {last} is out of bounds for axis 0 with size {n} (scatter.py)")
    # for i, k in enumerate(bins):
    for i in range(size_bins):
        k = bins[i]
        # h[k] += x[i] ** 2
        if not (k >= -3 and k < 3):
            raise IndexError(f"index {k} is out of bounds for axis 0 with size 3 (scatter.py)")
        x_i = x[i]
        h[k + 3 if k < 0 else k] = h[k] + x_i * x_i
    # h[bins] += 1.0
    temp = np.empty(size_bins)
    for j in range(size_bins):
        bins_j = bins[j]
        if not (bins_j >= -3 and bins_j < 3):
            raise IndexError(f"index {bins_j} is out of bounds for axis 0 with size 3 (scatter.py)")
        temp[j] = h[bins_j] + 1.0
    for j in range(size_bins):
        bins_j = bins[j]
        if not (bins_j >= -3 and bins_j < 3):
            raise IndexError(f"index {bins_j} is out of bounds for axis 0 with size 3 (scatter.py)")
        h[bins_j] = temp[j]
    # return np.sum(h * h)
    total = 0.0
    for j in range(3):
        h_j = h[j]
        total += h_j * h_j
    # -- backward sweep --
    h_bar = np.empty_like(h)
    for j in range(3):
        h_bar[j] = 2.0 * h[j]
    temp_bar = np.zeros_like(temp)
    # h[bins] += 1.0
    for j in range(last, -1, -1):
        bins_j = bins[j]
        h_bar_value = h_bar[bins_j]
        h_bar[bins_j] = 0.0
        temp_bar[j] += h_bar_value
    for j in range(size_bins):
        bins_j = bins[j]
        h_bar[bins_j] += temp_bar[j]
    x_bar = np.zeros_like(x)
    # for i, k in enumerate(bins):
    for i in range(last, -1, -1):
        # h[k] += x[i] ** 2
        k = bins[i]
        index = k + 3 if k < 0 else k
        h_bar_value = h_bar[index]
        h_bar[index] = 0.0
        x_bar[i] += 2.0 * (h_bar_value * x[i]) if h_bar_value != 0.0 else 0.0
        h_bar[k] += h_bar_value
    return total, x_bar
