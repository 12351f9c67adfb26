import numpy as np


def cholesky_grad(a):
    """Value of cholesky and its gradient with respect to a.

    Returns the value, then the derivatives with respect to
        a    of its shape, (n, m)
    """
    n, m = a.shape
    # -- forward sweep --
    low = np.zeros((n, n))
    # s = a[j, j]
    last = n - 1
    if last >= m:
        raise IndexError(f"index {last} is out of bounds for axis 1 with size {m} (stores.py)")
    for j in range(n):
        s = a[j, j]
        for k in range(j):
            # s -= low[j, k] ** 2
            low_jk = low[j, k]
            s -= low_jk * low_jk
        # low[j, j] = math.sqrt(s)
        low[j, j] = np.sqrt(s)
        for i in range(j + 1, n):
            t = a[i, j]
            for k in range(j):
                t -= low[i, k] * low[j, k]
            low[i, j] = t / low[j, j]
    # return np.sum(low * low) + low[-1, 0]
    total = 0.0
    for l in range(n):
        s_1 = 0.0
        for p in range(n):
            low_lp = low[l, p]
            s_1 += low_lp * low_lp
        total += s_1
    if n < 1:
        raise IndexError(f"index -1 is out of bounds for axis 0 with size {n} (stores.py)")
    value = total + low[-1, 0]
    # -- backward sweep --
    low_bar = np.zeros_like(low)
    low_bar[-1, 0] += 1.0
    for l in range(n):
        for p in range(n):
            low_bar[l, p] += 2.0 * low[l, p]
    a_bar = np.zeros_like(a)
    terms = np.empty(last)
    terms_1 = np.empty(last)
    # for j in range(n):
    for j in range(last, -1, -1):
        low_jj = low[j, j]
        s_1 = low_bar[j, j]
        # for i in range(j + 1, n):
        for i in range(last, j, -1):
            # low[i, j] = t / low[j, j]
            t_bar = low_bar[i, j] / low_jj
            s_1 -= t_bar * low[i, j]
            for k in range(j):
                terms[k] = t_bar * low[i, k]
                terms_1[k] = t_bar * low[j, k]
            for k in range(j):
                # t -= low[i, k] * low[j, k]
                low_bar[j, k] -= terms[k]
            for k in range(j):
                # t -= low[i, k] * low[j, k]
                low_bar[i, k] -= terms_1[k]
            # t = a[i, j]
            a_bar[i, j] += t_bar
        # low[j, j] = math.sqrt(s)
        s_bar = 0.5 * s_1 / low_jj if s_1 != 0.0 else 0.0
        # for k in range(j):
        for k in range(j - 1, -1, -1):
            # s -= low[j, k] ** 2
            low_bar[j, k] -= 2.0 * (s_bar * low[j, k])
        # s = a[j, j]
        a_bar[j, j] += s_bar
    return value, a_bar
