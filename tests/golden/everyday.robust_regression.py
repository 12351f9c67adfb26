import numpy as np


def robust_regression_grad(w, x, y):
    """Value of robust_regression and its gradient with respect to w, x, y."""
    n = w.shape[0]
    m, p = x.shape
    q = y.shape[0]
    # good = np.abs(y) < 1.5
    good = np.empty(q, dtype=np.bool_)
    for i in range(q):
        good[i] = abs(y[i]) < 1.5
    # r = x @ w - y
    if p != n:
        raise ValueError("shapes ({},{}) and ({},) not aligned: {} != {} (everyday.py)", m, p, n, p, n)
    r = x @ w
    if m != q:
        raise ValueError("operands could not be broadcast together with shapes ({},) ({},) (everyday.py)", m, q)
    for i in range(m):
        r[i] -= y[i]
    # return np.sum(losses[good]) / np.sum(good)
    total = 0.0
    for i in range(0, m, 128):
        total_1 = 0.0
        for j in range(i, min(i + 128, m)):
            # losses = np.where(np.abs(r) > 1.0, np.abs(r) - 0.5, 0.5 * r * r)
            r_j = r[j]
            t = abs(r_j)
            # return np.sum(losses[good]) / np.sum(good)
            total_1 += (t - 0.5 if t > 1.0 else 0.5 * r_j * r_j) if good[j] else 0.0
        total += total_1
    total_2 = 0
    for i in range(0, q, 128):
        total_3 = 0
        for j in range(i, min(i + 128, q)):
            total_3 += int(good[j])
        total_2 += total_3
    t = np.float64(total_2)
    t_1 = total / t
    total_bar = 1.0 / t
    # r = x @ w - y
    y_bar = np.empty_like(y)
    product_bar = np.empty_like(r)
    # return np.sum(losses[good]) / np.sum(good)
    for i in range(m):
        t = total_bar if good[i] else 0.0
        # losses = np.where(np.abs(r) > 1.0, np.abs(r) - 0.5, 0.5 * r * r)
        r_i = r[i]
        test = abs(r_i) > 1.0
        t_2 = t if test else 0.0
        t = 0.0 if test else t
        t = t * (0.5 * r_i) + t * r_i * 0.5 if t != 0.0 else 0.0
        t += t_2 * np.sign(r_i) if t_2 != 0.0 else 0.0
        # r = x @ w - y
        y_bar[i] = -t
        product_bar[i] = t
    # r = x @ w - y
    x_bar = np.empty_like(x)
    for i in range(m):
        product_bar_i = product_bar[i]
        test = product_bar_i != 0.0
        for j in range(p):
            x_bar[i, j] = product_bar_i * w[j] if test else 0.0
    w_bar = x.T @ product_bar
    finite = True
    for i in range(n):
        finite = finite and np.isfinite(w_bar[i])
    if not finite:
        for i in range(n):
            total = 0.0
            for j in range(m):
                product_bar_j = product_bar[j]
                total += x[j, i] * product_bar_j if product_bar_j != 0.0 else 0.0
            w_bar[i] = total
    return t_1, w_bar, x_bar, y_bar
