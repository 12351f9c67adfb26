import numpy as np


def halves_swapped_grad(x):
    """Value of halves_swapped and its gradient with respect to x.

    Returns the value, then the derivatives with respect to
        x    of its shape, (n,)
    """
    n = x.shape[0]
    # -- forward sweep --
    # h = len(x) // 2
    h = n // 2
    # y = x * 2.0
    y = np.empty(n)
    for i in range(n):
        y[i] = x[i] * 2.0
    first_saved = np.empty(3, dtype=np.int64)
    y_old_saved = np.empty((3, h))
    first_saved_1 = np.empty(3, dtype=np.int64)
    temp = np.empty(h)
    # for _ in range(3):
    first = 0
    first_1 = h
    for i in range(3):
        first_saved[i] = first
        first_saved_1[i] = first_1
        # a[:] = np.sin(b) + a
        for j in range(h):
            temp[j] = np.sin(y[first_1 + j])
        for j in range(h):
            index = first + j
            y_old = y[index]
            y_old_saved[i, j] = y_old
            y[index] = temp[j] + y_old
        first, first_1 = first_1, first
    # return (a * y[:h]).sum() + b[0]
    total = 0.0
    for i in range(0, h, 128):
        total_1 = 0.0
        for j in range(i, min(i + 128, h)):
            total_1 += y[first + j] * y[j]
        total += total_1
    if h <= 0:
        raise IndexError(f"index 0 is out of bounds for axis 0 with size {h} (windows.py)")
    value = total + y[first_1]
    # -- backward sweep --
    y_bar = np.zeros_like(y)
    y_bar[first_1] += 1.0
    for i in range(h):
        y_bar[i] += y[first + i]
    for i in range(h):
        index = first + i
        y_bar[index] += y[i]
    temp_bar = np.empty(h)
    # for _ in range(3):
    for i in range(2, -1, -1):
        first = first_saved[i]
        # a[:] = np.sin(b) + a
        for j in range(h):
            index = first + j
            y[index] = y_old_saved[i, j]
            temp_bar[j] = y_bar[index]
        first = first_saved_1[i]
        for j in range(h):
            temp_bar_j = temp_bar[j]
            index = first + j
            y_bar[index] += temp_bar_j * np.cos(y[index]) if temp_bar_j != 0.0 else 0.0
    # y = x * 2.0
    for i in range(n):
        y_bar[i] *= 2.0
    return value, y_bar
