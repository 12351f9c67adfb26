import numpy as np


def heat_by_slots_grad(u0, alpha, steps):
    """Value of heat_by_slots and its gradient with respect to u0, alpha.

    Returns the value, then the derivatives with respect to
        u0       of its shape, (n,)
        alpha    a number
    """
    n = u0.shape[0]
    # -- forward sweep --
    u = np.zeros((2, n))
    # u[0] = u0
    for i in range(n):
        u[0, i] = u0[i]
    # new[0] = old[0]
    if not (0 >= steps or n > 0):
        raise IndexError(f"index 0 is out of bounds for axis 0 with size {n} (everyday.py)")
    length = max(steps, 0)
    last = n - 2
    u_old_saved = np.empty((length, max(last, 0)))
    u_old_saved_1 = np.empty(length)
    u_old_saved_2 = np.empty(length)
    # for _ in range(steps):
    for i in range(steps):
        slot = i % 2
        # new = u[1 - slot]
        slot_1 = 1 - slot
        u_old_saved_2[i] = u[slot_1, 0]
        # new[0] = old[0]
        u[slot_1, 0] = u[slot, 0]
        u_old_saved_1[i] = u[slot_1, n - 1]
        # new[n - 1] = old[n - 1]
        u[slot_1, n - 1] = u[slot, n - 1]
        for j in range(1, n - 1):
            # u_old = old[j]
            u_old = u[slot, j]
            u_old_saved[i, j - 1] = u[slot_1, j]
            # new[j] = u_old + alpha * (old[j - 1] - 2.0 * u_old + old[j + 1])
            u[slot_1, j] = u_old + alpha * (u[slot, j - 1] - 2.0 * u_old + u[slot, j + 1])
    slot = length % 2
    # return np.sum(u[slot] ** 2)
    total = 0.0
    for i in range(0, n, 128):
        total_1 = 0.0
        for k in range(i, min(i + 128, n)):
            u_value = u[slot, k]
            total_1 += u_value * u_value
        total += total_1
    # -- backward sweep --
    u_bar = np.zeros_like(u)
    for i in range(n):
        u_bar[slot, i] += 2.0 * u[slot, i]
    # for _ in range(steps):
    alpha_bar = 0.0
    for i in range(steps - 1, -1, -1):
        # new[j] = u_old + alpha * (old[j - 1] - 2.0 * u_old + old[j + 1])
        slot = i % 2
        slot_1 = 1 - slot
        # for j in range(1, n - 1):
        for j in range(last, 0, -1):
            # new[j] = u_old + alpha * (old[j - 1] - 2.0 * u_old + old[j + 1])
            u_old_bar = u_bar[slot_1, j]
            u_bar[slot_1, j] = 0.0
            u[slot_1, j] = u_old_saved[i, j - 1]
            nonzero = u_old_bar != 0.0
            u_old = u[slot, j]
            value = u_old_bar * (u[slot, j - 1] - 2.0 * u_old + u[slot, j + 1]) if nonzero else 0.0
            alpha_bar += value
            product = u_old_bar * alpha
            u_previous_bar = product if nonzero else 0.0
            u_bar[slot, j + 1] += u_previous_bar
            u_old_bar -= product * 2.0
            u_bar[slot, j - 1] += u_previous_bar
            # u_old = old[j]
            u_bar[slot, j] += u_old_bar if nonzero else 0.0
        # new[n - 1] = old[n - 1]
        u_bar_last = u_bar[slot_1, n - 1]
        u_bar[slot_1, n - 1] = 0.0
        u[slot_1, n - 1] = u_old_saved_1[i]
        u_bar[slot, n - 1] += u_bar_last
        # new[0] = old[0]
        u_bar_first = u_bar[slot_1, 0]
        u_bar[slot_1, 0] = 0.0
        u[slot_1, 0] = u_old_saved_2[i]
        u_bar[slot, 0] += u_bar_first
    u0_bar = np.empty_like(u0)
    # u[0] = u0
    for i in range(n):
        u0_bar[i] = u_bar[0, i]
    return total, u0_bar, alpha_bar
