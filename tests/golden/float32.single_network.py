import numpy as np


def single_network_grad(x, w, b):
    """Value of single_network and its gradient with respect to x, w, b.

    Returns the value, then the derivatives with respect to
        x    of its shape, (n, m)
        w    of its shape, (rows_w, columns_w)
        b    of its shape, (size_b,)
    """
    n, m = x.shape
    rows_w, columns_w = w.shape
    size_b = b.shape[0]
    # -- forward sweep --
    # h = np.maximum(x @ w + b, 0)
    if m != rows_w:
        raise ValueError(f"shapes ({n},{m}) and ({rows_w},{columns_w}) not aligned: {m} != {rows_w} (float32.py)")
    product = x @ w
    if columns_w != size_b:
        raise ValueError(
            f"operands could not be broadcast together with shapes ({n},{columns_w}) ({size_b},) (float32.py)"
        )
    h = np.empty((n, columns_w), dtype=np.float32)
    for i in range(n):
        for j in range(columns_w):
            value = np.maximum(product[i, j] + b[j], np.float32(0.0))
            h[i, j] = value
    # return np.mean(h * h) + np.max(h)
    offset = n * columns_w
    total = 0.0
    for i in range(n):
        s = 0.0
        for j in range(columns_w):
            h_ij = h[i, j]
            s += np.float64(h_ij * h_ij)
        total += s
    value = np.float32(offset)
    ratio = np.float32(total) / value
    if n <= 0 or columns_w <= 0:
        raise ValueError("zero-size array to reduction operation maximum which has no identity (float32.py)")
    largest = np.float32(-np.inf)
    for i in range(n):
        for j in range(columns_w):
            largest = np.maximum(largest, h[i, j])
    ties = np.float32(0.0)
    for i in range(0, n, 128):
        ties_1 = np.float32(0.0)
        for j in range(i, min(i + 128, n)):
            for k in range(columns_w):
                ties_1 += np.float32(1.0) if h[j, k] == largest else np.float32(0.0)
        ties += ties_1
    ratio_1 = np.float32(1.0) / ties
    value_1 = ratio + largest
    # -- backward sweep --
    h_bar = np.empty_like(h)
    for i in range(n):
        for j in range(columns_w):
            value_bar = ratio_1 if h[i, j] == largest else np.float32(0.0)
            h_bar[i, j] = value_bar
    product_bar = np.float32(np.float64(np.float32(1.0) / value))
    for i in range(n):
        for j in range(columns_w):
            h_ij_bar = np.float32(2.0) * (product_bar * h[i, j])
            h_bar[i, j] += h_ij_bar
    b_bar = np.zeros_like(b)
    # h = np.maximum(x @ w + b, 0)
    for i in range(n):
        for j in range(columns_w):
            h_bar_ij = h_bar[i, j]
            value = product[i, j] + b[j]
            b_j_bar = h_bar_ij if value > 0.0 else np.float32(0.5) * h_bar_ij if value == 0.0 else np.float32(0.0)
            b_bar[j] += b_j_bar
            h_bar[i, j] = b_j_bar
    x_bar = h_bar @ w.T
    w_bar = x.T @ h_bar
    return value_1, x_bar, w_bar, b_bar
