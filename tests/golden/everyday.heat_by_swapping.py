import numpy as np


def heat_by_swapping_grad(u0, alpha, steps):
    """Value of heat_by_swapping and its gradient with respect to u0, alpha."""
    n = u0.shape[0]
    # u = u0.copy()
    u = np.empty((2, n))
    for i in range(n):
        u[0, i] = u0[i]
    # new = u0.copy()
    for i in range(n):
        u[1, i] = u0[i]
    # new[1:-1] = u[1:-1] + alpha * (u[:-2] - 2.0 * u[1:-1] + u[2:])
    count = max(n - 2, 0)
    count_1 = max(steps, 0)
    # for _ in range(steps):
    slot_saved = np.empty(count_1, dtype=np.int64)
    u_old_saved = np.empty((count_1, count))
    slot_saved_1 = np.empty(count_1, dtype=np.int64)
    # new[1:-1] = u[1:-1] + alpha * (u[:-2] - 2.0 * u[1:-1] + u[2:])
    temp = np.empty(count)
    # for _ in range(steps):
    slot = 0
    slot_1 = 1
    for i in range(steps):
        # new[1:-1] = u[1:-1] + alpha * (u[:-2] - 2.0 * u[1:-1] + u[2:])
        slot_saved[i] = slot_1
        slot_saved_1[i] = slot
        for j in range(count):
            u_t = u[slot, j + 1]
            temp[j] = u_t + alpha * (u[slot, j] - 2.0 * u_t + u[slot, j + 2])
        for j in range(count):
            u_old_saved[i, j] = u[slot_1, j + 1]
            u[slot_1, j + 1] = temp[j]
        slot, slot_1 = slot_1, slot
    # return np.sum(u * u)
    total = 0.0
    for i in range(0, n, 128):
        total_1 = 0.0
        for j in range(i, min(i + 128, n)):
            u_t = u[slot, j]
            total_1 += u_t * u_t
        total += total_1
    u_bar = np.zeros_like(u)
    for i in range(n):
        u_t = u[slot, i]
        u_bar[slot, i] += u_t + u_t
    # new[1:-1] = u[1:-1] + alpha * (u[:-2] - 2.0 * u[1:-1] + u[2:])
    count_1 = count + 4
    test = 0 < count
    temp_bar = np.empty(count)
    row = np.zeros(count_1)
    row_1 = np.zeros(count_1)
    # for _ in range(steps):
    alpha_bar = 0.0
    for i in range(steps - 1, -1, -1):
        # new[1:-1] = u[1:-1] + alpha * (u[:-2] - 2.0 * u[1:-1] + u[2:])
        slot = slot_saved[i]
        for j in range(count):
            u_bar_t = u_bar[slot, j + 1]
            u_bar[slot, j + 1] = 0.0
            u[slot, j + 1] = u_old_saved[i, j]
            temp_bar[j] = u_bar_t
        slot = slot_saved_1[i]
        for j in range(count):
            temp_bar_j = temp_bar[j]
            t = temp_bar_j * (u[slot, j] - 2.0 * u[slot, j + 1] + u[slot, j + 2])
            alpha_bar += t
            t = temp_bar_j * alpha
            row[j + 2] = t
            row_1[j + 2] = temp_bar_j - t * 2.0
        if test:
            for j in range(count + 2):
                t = u_bar[slot, j] + (row[j] + row[j + 2] + row_1[j + 1])
                u_bar[slot, j] = t
    # new = u0.copy()
    u0_bar = np.empty_like(u0)
    for i in range(n):
        u0_bar[i] = u_bar[1, i]
    # u = u0.copy()
    for i in range(n):
        u0_bar[i] += u_bar[0, i]
    return total, u0_bar, alpha_bar
