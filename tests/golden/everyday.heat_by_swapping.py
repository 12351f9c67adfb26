import numpy as np


def heat_by_swapping_grad(u0, alpha, steps):
    """Value of heat_by_swapping and its gradient with respect to u0, alpha.

    Returns the value, then the derivatives with respect to
        u0       of its shape, (n,)
        alpha    a number
    """
    n = u0.shape[0]
    # -- forward sweep --
    # u = u0.copy()
    u = np.empty((2, n))
    for i in range(n):
        u[0, i] = u0[i]
    # new = u0.copy()
    for i in range(n):
        u[1, i] = u0[i]
    length = max(n - 2, 0)
    length_1 = max(steps, 0)
    u_old_saved = np.empty((length_1, length))
    temp = np.empty(length)
    # for _ in range(steps):
    for i in range(steps):
        slot = i % 2
        slot_1 = 1 - slot
        # new[1:-1] = u[1:-1] + alpha * (u[:-2] - 2.0 * u[1:-1] + u[2:])
        for j in range(length):
            u_next = u[slot, j + 1]
            temp[j] = u_next + alpha * (u[slot, j] - 2.0 * u_next + u[slot, j + 2])
        for j in range(length):
            u_old_saved[i, j] = u[slot_1, j + 1]
            u[slot_1, j + 1] = temp[j]
    slot = length_1 % 2
    # return np.sum(u * u)
    total = 0.0
    for i in range(0, n, 128):
        total_1 = 0.0
        for j in range(i, min(i + 128, n)):
            u_value = u[slot, j]
            total_1 += u_value * u_value
        total += total_1
    # -- backward sweep --
    u_bar = np.zeros_like(u)
    for i in range(n):
        u_bar[slot, i] += 2.0 * u[slot, i]
    padded = length + 4
    condition = 0 < length
    temp_bar = np.empty(length)
    terms = np.zeros(padded)
    terms_1 = np.zeros(padded)
    # for _ in range(steps):
    alpha_bar = 0.0
    for i in range(steps - 1, -1, -1):
        # new[1:-1] = u[1:-1] + alpha * (u[:-2] - 2.0 * u[1:-1] + u[2:])
        slot = i % 2
        slot_1 = 1 - slot
        for j in range(length):
            u_bar_next = u_bar[slot_1, j + 1]
            u_bar[slot_1, j + 1] = 0.0
            u[slot_1, j + 1] = u_old_saved[i, j]
            temp_bar[j] = u_bar_next
        for j in range(length):
            temp_bar_j = temp_bar[j]
            alpha_bar += temp_bar_j * (u[slot, j] - 2.0 * u[slot, j + 1] + u[slot, j + 2])
            u_value_bar = temp_bar_j * alpha
            terms[j + 2] = u_value_bar
            terms_1[j + 2] = temp_bar_j - u_value_bar * 2.0
        if condition:
            for j in range(length + 2):
                value = u_bar[slot, j] + (terms[j] + terms[j + 2] + terms_1[j + 1])
                u_bar[slot, j] = value
    u0_bar = np.empty_like(u0)
    # new = u0.copy()
    for i in range(n):
        u0_bar[i] = u_bar[1, i]
    # u = u0.copy()
    for i in range(n):
        u0_bar[i] += u_bar[0, i]
    return total, u0_bar, alpha_bar
