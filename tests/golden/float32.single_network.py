import numpy as np


def single_network_grad(x, w, b):
    """Value of single_network and its gradient with respect to x, w, b."""
    n, m = x.shape
    p, q = w.shape
    n_1 = b.shape[0]
    # h = np.maximum(x @ w + b, 0)
    if m != p:
        raise ValueError("shapes ({},{}) and ({},{}) not aligned: {} != {} (float32.py)", n, m, p, q, m, p)
    product = x @ w
    if q != n_1:
        raise ValueError(
            "operands could not be broadcast together with shapes ({},{}) ({},) (float32.py)", n, q, n_1
        )
    h = np.empty((n, q), dtype=np.float32)
    for i in range(n):
        for j in range(q):
            t = np.maximum(product[i, j] + b[j], np.float32(0.0))
            h[i, j] = t
    # return np.mean(h * h) + np.max(h)
    count = n * q
    total = 0.0
    for i in range(n):
        s = 0.0
        for j in range(q):
            h_ij = h[i, j]
            s += np.float64(h_ij * h_ij)
        total += s
    t = np.float32(count)
    t_1 = np.float32(total) / t
    if n <= 0:
        raise ValueError("zero-size array to reduction operation maximum which has no identity (float32.py)")
    if q <= 0:
        raise ValueError("zero-size array to reduction operation maximum which has no identity (float32.py)")
    largest = np.float32(-np.inf)
    for i in range(n):
        for j in range(q):
            largest = np.maximum(largest, h[i, j])
    ties = np.float32(0.0)
    for i in range(0, n, 128):
        ties_1 = np.float32(0.0)
        for j in range(i, min(i + 128, n)):
            for k in range(q):
                ties_1 += np.float32(1.0) if h[j, k] == largest else np.float32(0.0)
        ties += ties_1
    t_2 = np.float32(1.0) / ties
    t_1 += largest
    h_bar = np.empty_like(h)
    for i in range(n):
        for j in range(q):
            t_3 = t_2 if h[i, j] == largest else np.float32(0.0)
            h_bar[i, j] = t_3
    t = np.float32(np.float64(np.float32(1.0) / t))
    for i in range(n):
        for j in range(q):
            t_2 = np.float32(2.0) * (t * h[i, j])
            h_bar[i, j] += t_2
    # h = np.maximum(x @ w + b, 0)
    b_bar = np.zeros_like(b)
    for i in range(n):
        for j in range(q):
            h_bar_ij = h_bar[i, j]
            t = product[i, j] + b[j]
            t = h_bar_ij if t > 0.0 else np.float32(0.5) * h_bar_ij if t == 0.0 else np.float32(0.0)
            b_bar[j] += t
            h_bar[i, j] = t
    x_bar = h_bar @ w.T
    w_bar = x.T @ h_bar
    return t_1, x_bar, w_bar, b_bar
