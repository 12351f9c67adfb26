import numpy as np


def state_in_a_dict_grad(x):
    """Value of state_in_a_dict and its gradient with respect to x.

    Returns the value, then the derivatives with respect to
        x    of its shape, (n,)
    """
    n = x.shape[0]
    # -- forward sweep --
    # state = {"u": x.copy(), "t": 0.0}
    temp = np.empty((2, n))
    for i in range(n):
        temp[0, i] = x[i]
    slot_saved = np.empty(64, dtype=np.int64)
    temp_old_saved = np.empty(64)
    # while state["t"] < 1.0:
    slot = 0
    t = 0.0
    trips = 0
    offset = 0
    while t < 1.0:
        if trips >= len(slot_saved):
            slot_saved = np.concatenate((slot_saved, np.empty_like(slot_saved)))
        slot_saved[trips] = slot
        # state["u"] = state["u"] * 0.9 + np.sin(state["u"])
        index = 0 if slot != 0 else 1
        offset_1 = offset + n
        if offset_1 > len(temp_old_saved):
            temp_old_saved = np.concatenate((temp_old_saved, np.empty(offset_1)))
        temp_old_row = temp_old_saved[offset:offset + n]
        for i in range(n):
            temp_value = temp[slot, i]
            temp_old_row[i] = temp[index, i]
            temp[index, i] = temp_value * 0.9 + np.sin(temp_value)
        # state["t"] += 0.3
        t += 0.3
        trips += 1
        slot = index
        offset = offset_1
    # return state["u"].sum() * state["t"]
    total = 0.0
    for i in range(0, n, 128):
        total_1 = 0.0
        for j in range(i, min(i + 128, n)):
            total_1 += temp[slot, j]
        total += total_1
    product = total * t
    # -- backward sweep --
    temp_bar = np.zeros_like(temp)
    for i in range(n):
        temp_bar[slot, i] += t
    # while state["t"] < 1.0:
    for trip in range(trips - 1, -1, -1):
        slot = slot_saved[trip]
        # state["u"] = state["u"] * 0.9 + np.sin(state["u"])
        index = 0 if slot != 0 else 1
        offset -= n
        temp_old_row = temp_old_saved[offset:offset + n]
        for j in range(n):
            temp_bar_value = temp_bar[index, j]
            temp_bar[index, j] = 0.0
            temp[index, j] = temp_old_row[j]
            temp_value_bar = temp_bar_value * np.cos(temp[slot, j]) + temp_bar_value * 0.9 if temp_bar_value != 0.0 else 0.0
            temp_bar[slot, j] += temp_value_bar
    x_bar = np.empty_like(x)
    # state = {"u": x.copy(), "t": 0.0}
    for i in range(n):
        x_bar[i] = temp_bar[0, i]
    return product, x_bar
