import numpy as np


def n_body_grad(pos, vel, mass, dt, steps):
    """Value of n_body and its gradient with respect to pos, vel, mass, dt.

    Returns the value, then the derivatives with respect to
        pos     of its shape, (n, m)
        vel     of its shape, (rows_vel, columns_vel)
        mass    of its shape, (size_mass,)
        dt      a number
    """
    n, m = pos.shape
    rows_vel, columns_vel = vel.shape
    size_mass = mass.shape[0]
    # -- forward sweep --
    # acc = np.zeros_like(pos)
    offset = n * m
    offset_1 = rows_vel * columns_vel
    memory = np.empty(offset + 2 * offset_1)
    for k in range(n):
        offset_2 = m * k
        for l in range(m):
            memory[offset_2 + l] = 0.0
    # acc[i] += mass[j] * d / r2**1.5
    last = n - 1
    if last >= size_mass:
        raise IndexError(
            f"index {last} is out of bounds for axis 0 with size {size_mass} (everyday.py -> everyday.py)"
        )
    r2_saved = np.empty((n, n))
    d = np.empty(m)
    # for i in range(pos.shape[0]):
    for i in range(n):
        offset_2 = m * i
        # for j in range(pos.shape[0]):
        for j in range(n):
            # d = pos[j] - pos[i]
            for k in range(m):
                d[k] = pos[j, k] - pos[i, k]
            # r2 = np.sum(d**2) + eps
            total = 0.0
            for k in range(m):
                d_k = d[k]
                total += d_k * d_k
            r2 = total + 0.1
            r2_saved[i, j] = r2
            # acc[i] += mass[j] * d / r2**1.5
            mass_j = mass[j]
            power = r2 ** 1.5
            for k in range(m):
                index = offset_2 + k
                memory[index] += mass_j * d[k] / power
    # for _ in range(steps):
    index = max(steps, 0)
    vel_1 = np.empty((index + 1, rows_vel, columns_vel))
    for k in range(rows_vel):
        for l in range(columns_vel):
            vel_1[0, k, l] = vel[k, l]
    pos_1 = np.empty((2, n, m))
    for k in range(n):
        for l in range(m):
            pos_1[0, k, l] = pos[k, l]
    # vel = vel + 0.5 * dt * acc
    product = 0.5 * dt
    condition = columns_vel == m
    condition_1 = rows_vel == n
    d_saved = np.empty((index, rows_vel, rows_vel, columns_vel))
    condition_saved = np.empty(index, dtype=np.bool_)
    memory_old_saved = np.empty((index, rows_vel, rows_vel, columns_vel))
    r2_saved_1 = np.empty((index, rows_vel, rows_vel))
    memory_old_saved_1 = np.empty((index, rows_vel, columns_vel))
    step_saved = np.empty(index, dtype=np.int64)
    first_saved = np.empty(index, dtype=np.int64)
    vel_2 = np.empty((rows_vel, columns_vel))
    pos_2 = np.empty((rows_vel, columns_vel))
    # for _ in range(steps):
    slot = 0
    first = 0
    step = m
    for k in range(steps):
        step_saved[k] = step
        first_saved[k] = first
        index_1 = k % 2
        index_2 = 1 - index_1
        # vel = vel + 0.5 * dt * acc
        if not condition or not condition_1:
            raise ValueError(
                f"operands could not be broadcast together with shapes ({rows_vel},{columns_vel}) ({n},{m}) (everyday.py)"
            )
        for l in range(rows_vel):
            number = first + step * l
            for p in range(columns_vel):
                vel_2[l, p] = vel_1[k, l, p] + product * memory[number + p]
        # pos = pos + dt * vel
        for l in range(rows_vel):
            for p in range(columns_vel):
                pos_2[l, p] = pos_1[index_1, l, p] + dt * vel_2[l, p]
        condition_2 = slot != 1
        condition_saved[k] = condition_2
        # acc = np.zeros_like(pos)
        slot = 1 if condition_2 else 2
        first = offset + (slot - 1) * offset_1
        for l in range(rows_vel):
            number = first + columns_vel * l
            for p in range(columns_vel):
                index_1 = number + p
                memory_old_saved_1[k, l, p] = memory[index_1]
                memory[index_1] = 0.0
        # for i in range(pos.shape[0]):
        for i in range(rows_vel):
            number = first + columns_vel * i
            # for j in range(pos.shape[0]):
            for j in range(rows_vel):
                # d = pos[j] - pos[i]
                d = d_saved[k, i, j]
                for l in range(columns_vel):
                    d[l] = pos_2[j, l] - pos_2[i, l]
                # r2 = np.sum(d**2) + eps
                total = 0.0
                for l in range(columns_vel):
                    d_l = d[l]
                    total += d_l * d_l
                r2 = total + 0.1
                r2_saved_1[k, i, j] = r2
                # acc[i] += mass[j] * d / r2**1.5
                mass_j = mass[j]
                power = r2 ** 1.5
                for l in range(columns_vel):
                    index_1 = number + l
                    memory_old = memory[index_1]
                    memory_old_saved[k, i, j, l] = memory_old
                    memory[index_1] = memory_old + mass_j * d[l] / power
        # for _ in range(steps):
        for l in range(rows_vel):
            number = first + columns_vel * l
            for p in range(columns_vel):
                vel_1[k + 1, l, p] = vel_2[l, p] + product * memory[number + p]
        for l in range(n):
            for p in range(m):
                pos_1[index_2, l, p] = pos_2[l, p]
        step = columns_vel
    # return 0.5 * np.sum(mass[:, None] * vel**2)
    if size_mass != rows_vel:
        raise ValueError(
            f"operands could not be broadcast together with shapes ({size_mass},1) ({rows_vel},{columns_vel}) (everyday.py)"
        )
    total = 0.0
    for k in range(size_mass):
        mass_k = mass[k]
        s = 0.0
        for l in range(columns_vel):
            vel_1_value = vel_1[index, k, l]
            s += mass_k * (vel_1_value * vel_1_value)
        total += s
    product_1 = 0.5 * total
    # -- backward sweep --
    vel_1_bar = np.zeros((2, rows_vel, columns_vel))
    mass_bar = np.empty_like(mass)
    index_1 = index % 2
    for k in range(size_mass):
        product_bar = 0.5 * mass[k]
        mass_k_bar = 0.0
        for l in range(columns_vel):
            vel_1_value = vel_1[index, k, l]
            mass_k_bar += 0.5 * (vel_1_value * vel_1_value)
            vel_1_bar[index_1, k, l] += 2.0 * (product_bar * vel_1_value)
        mass_bar[k] = mass_k_bar
    pos_1_bar = np.zeros_like(pos_1)
    memory_bar = np.zeros_like(memory)
    pos_2_bar = np.empty((rows_vel, columns_vel))
    vel_2_bar = np.empty((rows_vel, columns_vel))
    d_bar = np.empty(columns_vel)
    # for _ in range(steps):
    product_bar = 0.0
    dt_bar = 0.0
    for k in range(steps - 1, -1, -1):
        index = k % 2
        index_1 = 1 - index
        for l in range(n):
            for p in range(m):
                pos_1_bar_value = pos_1_bar[index_1, l, p]
                pos_1_bar[index_1, l, p] = 0.0
                pos_2_bar[l, p] = pos_1_bar_value
        number = offset + ((1 if condition_saved[k] else 2) - 1) * offset_1
        for l in range(rows_vel):
            number_1 = number + columns_vel * l
            for p in range(columns_vel):
                vel_1_bar_value = vel_1_bar[index_1, l, p]
                vel_1_bar[index_1, l, p] = 0.0
                # vel = vel + 0.5 * dt * acc
                index_2 = number_1 + p
                product_bar += vel_1_bar_value * memory[index_2]
                memory_bar[index_2] += vel_1_bar_value * product
                vel_2_bar[l, p] = vel_1_bar_value
        # for i in range(pos.shape[0]):
        for i in range(rows_vel - 1, -1, -1):
            number_1 = number + columns_vel * i
            # for j in range(pos.shape[0]):
            for j in range(rows_vel - 1, -1, -1):
                r2 = r2_saved_1[k, i, j]
                # acc[i] += mass[j] * d / r2**1.5
                power = r2 ** 1.5
                mass_j = mass[j]
                d = d_saved[k, i, j]
                mass_j_bar = 0.0
                power_bar = 0.0
                for l in range(columns_vel):
                    index_1 = number_1 + l
                    memory_bar_value = memory_bar[index_1]
                    memory[index_1] = memory_old_saved[k, i, j, l]
                    nonzero = memory_bar_value != 0.0
                    ratio = memory_bar_value / power
                    d_l = d[l]
                    power_bar += -ratio * (mass_j * d_l / power) if nonzero else 0.0
                    mass_j_bar += ratio * d_l if nonzero else 0.0
                    d_bar[l] = ratio * mass_j if nonzero else 0.0
                r2_bar = power_bar * (1.5 * r2 ** 0.5) if power_bar != 0.0 else 0.0
                mass_bar[j] += mass_j_bar
                # r2 = np.sum(d**2) + eps
                nonzero = r2_bar != 0.0
                for l in range(columns_vel):
                    d_bar[l] += 2.0 * (r2_bar * d[l]) if nonzero else 0.0
                # d = pos[j] - pos[i]
                for l in range(columns_vel):
                    pos_2_bar[i, l] -= d_bar[l]
                for l in range(columns_vel):
                    pos_2_bar[j, l] += d_bar[l]
        # acc = np.zeros_like(pos)
        for l in range(rows_vel):
            number_1 = number + columns_vel * l
            for p in range(columns_vel):
                index_1 = number_1 + p
                memory_bar[index_1] = 0.0
                memory[index_1] = memory_old_saved_1[k, l, p]
        step = step_saved[k]
        first = first_saved[k]
        # vel = vel + 0.5 * dt * acc
        for l in range(rows_vel):
            number = first + step * l
            for p in range(columns_vel):
                # pos = pos + dt * vel
                pos_2_bar_lp = pos_2_bar[l, p]
                nonzero = pos_2_bar_lp != 0.0
                value = pos_2_bar_lp * (vel_1[k, l, p] + product * memory[number + p]) if nonzero else 0.0
                dt_bar += value
                vel_2_bar[l, p] += pos_2_bar_lp * dt if nonzero else 0.0
                pos_1_bar[index, l, p] += pos_2_bar_lp
        for l in range(rows_vel):
            number = first + step * l
            for p in range(columns_vel):
                vel_2_bar_lp = vel_2_bar[l, p]
                index_1 = number + p
                product_bar += vel_2_bar_lp * memory[index_1]
                memory_bar[index_1] += vel_2_bar_lp * product
                vel_1_bar[index, l, p] += vel_2_bar_lp
    # vel = vel + 0.5 * dt * acc
    dt_bar += product_bar * 0.5
    pos_bar = np.empty_like(pos)
    # for _ in range(steps):
    for k in range(n):
        for l in range(m):
            pos_bar[k, l] = pos_1_bar[0, k, l]
    vel_bar = np.empty_like(vel)
    for k in range(rows_vel):
        for l in range(columns_vel):
            vel_bar[k, l] = vel_1_bar[0, k, l]
    d = np.empty(m)
    d_bar = np.empty(m)
    # for i in range(pos.shape[0]):
    for i in range(last, -1, -1):
        offset = m * i
        # for j in range(pos.shape[0]):
        for j in range(last, -1, -1):
            r2 = r2_saved[i, j]
            # acc[i] += mass[j] * d / r2**1.5
            power = r2 ** 1.5
            mass_j = mass[j]
            # d = pos[j] - pos[i]
            for k in range(m):
                d[k] = pos[j, k] - pos[i, k]
            # acc[i] += mass[j] * d / r2**1.5
            mass_j_bar = 0.0
            power_bar = 0.0
            for k in range(m):
                memory_bar_value = memory_bar[offset + k]
                nonzero = memory_bar_value != 0.0
                ratio = memory_bar_value / power
                d_k = d[k]
                power_bar += -ratio * (mass_j * d_k / power) if nonzero else 0.0
                mass_j_bar += ratio * d_k if nonzero else 0.0
                d_bar[k] = ratio * mass_j if nonzero else 0.0
            r2_bar = power_bar * (1.5 * r2 ** 0.5) if power_bar != 0.0 else 0.0
            mass_bar[j] += mass_j_bar
            # r2 = np.sum(d**2) + eps
            nonzero = r2_bar != 0.0
            for k in range(m):
                d_bar[k] += 2.0 * (r2_bar * d[k]) if nonzero else 0.0
            # d = pos[j] - pos[i]
            for k in range(m):
                pos_bar[i, k] -= d_bar[k]
            for k in range(m):
                pos_bar[j, k] += d_bar[k]
    return product_1, pos_bar, vel_bar, mass_bar, dt_bar
