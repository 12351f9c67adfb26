import numpy as np


def heat_by_copies_grad(y0, alpha, steps):
    """Value of heat_by_copies and its gradient with respect to y0, alpha.

    Returns the value, then the derivatives with respect to
        y0       of its shape, (n,)
        alpha    a number
    """
    n = y0.shape[0]
    # -- forward sweep --
    # y = y0.copy()
    y = np.empty(n)
    for i in range(n):
        y[i] = y0[i]
    last = n - 1
    y_old_saved = np.empty((max(steps, 0), n))
    # for _ in range(steps):
    for i in range(steps):
        # y_old = y.copy()
        y_old = y_old_saved[i]
        for k in range(n):
            y_old[k] = y[k]
        # for j in range(1, len(y) - 1):
        for j in range(1, last):
            # y[j] = y_old[j] + alpha * (y_old[j - 1] - 2.0 * y_old[j] + y_old[j + 1])
            y_old_j = y_old[j]
            y[j] = y_old_j + alpha * (y_old[j - 1] - 2.0 * y_old_j + y_old[j + 1])
    # return np.sum(y * y)
    total = 0.0
    for i in range(0, n, 128):
        total_1 = 0.0
        for k in range(i, min(i + 128, n)):
            y_k = y[k]
            total_1 += y_k * y_k
        total += total_1
    # -- backward sweep --
    y_bar = np.empty_like(y)
    for i in range(n):
        y_bar[i] = 2.0 * y[i]
    padded = max(n - 2, 0) + 4
    condition = 1 < last
    terms = np.zeros(padded)
    terms_1 = np.zeros(padded)
    # for _ in range(steps):
    alpha_bar = 0.0
    for i in range(steps - 1, -1, -1):
        # y[j] = y_old[j] + alpha * (y_old[j - 1] - 2.0 * y_old[j] + y_old[j + 1])
        y_old = y_old_saved[i]
        y_old_bar = np.zeros(n)
        # for j in range(1, len(y) - 1):
        for j in range(1, last):
            # y[j] = y_old[j] + alpha * (y_old[j - 1] - 2.0 * y_old[j] + y_old[j + 1])
            y_bar_j = y_bar[j]
            y_bar[j] = 0.0
            alpha_bar += y_bar_j * (y_old[j - 1] - 2.0 * y_old[j] + y_old[j + 1])
            y_old_previous_bar = y_bar_j * alpha
            terms[j + 1] = y_old_previous_bar
            terms_1[j + 1] = y_bar_j - y_old_previous_bar * 2.0
        if condition:
            for j in range(1, n + 1):
                # y[j] = y_old[j] + alpha * (y_old[j - 1] - 2.0 * y_old[j] + y_old[j + 1])
                y_old_bar[j - 1] += terms[j - 1] + terms[j + 1] + terms_1[j]
        # y_old = y.copy()
        for k in range(n):
            y_bar[k] += y_old_bar[k]
    return total, y_bar, alpha_bar
