import numpy as np


def robust_regression_grad(w, x, y):
    """Value of robust_regression and its gradient with respect to w, x, y.

    Returns the value, then the derivatives with respect to
        w    of its shape, (n,)
        x    of its shape, (rows_x, columns_x)
        y    of its shape, (size_y,)
    """
    n = w.shape[0]
    rows_x, columns_x = x.shape
    size_y = y.shape[0]
    # -- forward sweep --
    # good = np.abs(y) < 1.5
    good = np.empty(size_y, dtype=np.bool_)
    for i in range(size_y):
        good[i] = abs(y[i]) < 1.5
    # r = x @ w - y
    if columns_x != n:
        raise ValueError(f"shapes ({rows_x},{columns_x}) and ({n},) not aligned: {columns_x} != {n} (everyday.py)")
    r = x @ w
    if rows_x != size_y:
        raise ValueError(
            f"operands could not be broadcast together with shapes ({rows_x},) ({size_y},) (everyday.py)"
        )
    for i in range(rows_x):
        r[i] -= y[i]
    # return np.sum(losses[good]) / np.sum(good)
    total = 0.0
    for i in range(0, rows_x, 128):
        total_1 = 0.0
        for j in range(i, min(i + 128, rows_x)):
            # losses = np.where(np.abs(r) > 1.0, np.abs(r) - 0.5, 0.5 * r * r)
            r_j = r[j]
            magnitude = abs(r_j)
            # return np.sum(losses[good]) / np.sum(good)
            total_1 += (magnitude - 0.5 if magnitude > 1.0 else 0.5 * r_j * r_j) if good[j] else 0.0
        total += total_1
    total_2 = 0
    for i in range(size_y):
        total_2 += int(good[i])
    value = np.float64(total_2)
    ratio = total / value
    # -- backward sweep --
    total_bar = 1.0 / value
    y_bar = np.empty_like(y)
    product_bar = np.empty_like(r)
    for i in range(rows_x):
        value_bar = total_bar if good[i] else 0.0
        # losses = np.where(np.abs(r) > 1.0, np.abs(r) - 0.5, 0.5 * r * r)
        r_i = r[i]
        condition = abs(r_i) > 1.0
        magnitude_bar = value_bar if condition else 0.0
        product_bar_1 = 0.0 if condition else value_bar
        r_j_bar = product_bar_1 * (0.5 * r_i) + product_bar_1 * r_i * 0.5 if product_bar_1 != 0.0 else 0.0
        r_i_bar = r_j_bar + (magnitude_bar * np.sign(r_i) if magnitude_bar != 0.0 else 0.0)
        # r = x @ w - y
        y_bar[i] = -r_i_bar
        product_bar[i] = r_i_bar
    x_bar = np.empty_like(x)
    # r = x @ w - y
    for i in range(rows_x):
        product_bar_i = product_bar[i]
        nonzero = product_bar_i != 0.0
        for j in range(columns_x):
            x_bar[i, j] = product_bar_i * w[j] if nonzero else 0.0
    w_bar = x.T @ product_bar
    finite = True
    for i in range(n):
        finite = finite and np.isfinite(w_bar[i])
    if not finite:
        for i in range(n):
            total = 0.0
            for j in range(rows_x):
                product_bar_j = product_bar[j]
                total += x[j, i] * product_bar_j if product_bar_j != 0.0 else 0.0
            w_bar[i] = total
    return ratio, w_bar, x_bar, y_bar
