import numpy as np


def n_body_grad(pos, vel, mass, dt, steps):
    """Value of n_body and its gradient with respect to pos, vel, mass, dt."""
    n, m = pos.shape
    p, q = vel.shape
    n_1 = mass.shape[0]
    # acc = np.zeros_like(pos)
    count = n * m
    count_1 = p * q
    memory = np.empty(count + 2 * count_1)
    for k in range(n):
        count_2 = m * k
        for l in range(m):
            memory[count_2 + l] = 0.0
    # acc[i] += mass[j] * d / r2**1.5
    count_2 = n - 1
    if count_2 >= n_1:
        raise IndexError("index {} is out of bounds for axis {} with size {} (everyday.py)", count_2, 0, n_1)
    # for i in range(pos.shape[0]):
    r2_saved = np.empty((n, n))
    # d = pos[j] - pos[i]
    d = np.empty(m)
    # for i in range(pos.shape[0]):
    for i in range(n):
        # acc[i] += mass[j] * d / r2**1.5
        count_3 = m * i
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
            # acc[i] += mass[j] * d / r2**1.5
            r2_saved[i, j] = r2
            mass_j = mass[j]
            t = r2 ** 1.5
            for k in range(m):
                index = count_3 + k
                memory[index] += mass_j * d[k] / t
    # for _ in range(steps):
    count_3 = max(steps, 0)
    vel_1 = np.empty((count_3 + 1, p, q))
    for k in range(p):
        for l in range(q):
            vel_1[0, k, l] = vel[k, l]
    pos_1 = np.empty((2, n, m))
    for k in range(n):
        for l in range(m):
            pos_1[0, k, l] = pos[k, l]
    # vel = vel + 0.5 * dt * acc
    t = 0.5 * dt
    test = q == m
    test_1 = p == n
    d_saved = np.empty((count_3, p, p, q))
    # for _ in range(steps):
    saved = np.empty(count_3, dtype=np.bool_)
    memory_old_saved = np.empty((count_3, p, p, q))
    r2_saved_1 = np.empty((count_3, p, p))
    memory_old_saved_1 = np.empty((count_3, p, q))
    step_saved = np.empty(count_3, dtype=np.int64)
    first_saved = np.empty(count_3, dtype=np.int64)
    # vel = vel + 0.5 * dt * acc
    vel_2 = np.empty((p, q))
    # pos = pos + dt * vel
    pos_2 = np.empty((p, q))
    # for _ in range(steps):
    slot = 0
    first = 0
    step = m
    for k in range(steps):
        # pos = pos + dt * vel
        step_saved[k] = step
        first_saved[k] = first
        # for _ in range(steps):
        count_4 = k % 2
        count_5 = 1 - count_4
        # vel = vel + 0.5 * dt * acc
        if not test:
            raise ValueError(
                "operands could not be broadcast together with shapes ({},{}) ({},{}) (everyday.py)", p, q, n, m
            )
        if not test_1:
            raise ValueError(
                "operands could not be broadcast together with shapes ({},{}) ({},{}) (everyday.py)", p, q, n, m
            )
        for l in range(p):
            count_6 = first + step * l
            for r in range(q):
                vel_2[l, r] = vel_1[k, l, r] + t * memory[count_6 + r]
        # pos = pos + dt * vel
        for l in range(p):
            for r in range(q):
                pos_2[l, r] = pos_1[count_4, l, r] + dt * vel_2[l, r]
        # acc = np.zeros_like(pos)
        test_2 = slot != 1
        # vel = vel + 0.5 * dt * acc
        saved[k] = test_2
        # acc = np.zeros_like(pos)
        slot = 1 if test_2 else 2
        first = count + (slot - 1) * count_1
        for l in range(p):
            count_4 = first + q * l
            for r in range(q):
                index = count_4 + r
                memory_old_saved_1[k, l, r] = memory[index]
                memory[index] = 0.0
        # for i in range(pos.shape[0]):
        for i in range(p):
            # acc[i] += mass[j] * d / r2**1.5
            count_4 = first + q * i
            # for j in range(pos.shape[0]):
            for j in range(p):
                # d = pos[j] - pos[i]
                d = d_saved[k, i, j]
                for l in range(q):
                    d[l] = pos_2[j, l] - pos_2[i, l]
                # r2 = np.sum(d**2) + eps
                total = 0.0
                for l in range(q):
                    d_l = d[l]
                    total += d_l * d_l
                r2 = total + 0.1
                # acc[i] += mass[j] * d / r2**1.5
                r2_saved_1[k, i, j] = r2
                mass_j = mass[j]
                t_1 = r2 ** 1.5
                for l in range(q):
                    index = count_4 + l
                    memory_old = memory[index]
                    memory_old_saved[k, i, j, l] = memory_old
                    memory[index] = memory_old + mass_j * d[l] / t_1
        # for _ in range(steps):
        for l in range(p):
            # vel = vel + 0.5 * dt * acc
            count_4 = first + q * l
            # for _ in range(steps):
            for r in range(q):
                vel_1[k + 1, l, r] = vel_2[l, r] + t * memory[count_4 + r]
        for l in range(n):
            for r in range(m):
                pos_1[count_5, l, r] = pos_2[l, r]
        step = q
    # return 0.5 * np.sum(mass[:, None] * vel**2)
    if n_1 != p:
        raise ValueError(
            "operands could not be broadcast together with shapes ({},{}) ({},{}) (everyday.py)", n_1, 1, p, q
        )
    total = 0.0
    for k in range(n_1):
        mass_k = mass[k]
        s = 0.0
        for l in range(q):
            vel_1_t = vel_1[count_3, k, l]
            s += mass_k * (vel_1_t * vel_1_t)
        total += s
    t_1 = 0.5 * total
    vel_bar = np.zeros((2, p, q))
    mass_bar = np.empty_like(mass)
    count_4 = count_3 % 2
    for k in range(n_1):
        t_2 = 0.5 * mass[k]
        s = 0.0
        for l in range(q):
            vel_1_t = vel_1[count_3, k, l]
            s += 0.5 * (vel_1_t * vel_1_t)
            vel_bar[count_4, k, l] += 2.0 * (t_2 * vel_1_t)
        mass_bar[k] = s
    # for _ in range(steps):
    pos_bar = np.zeros_like(pos_1)
    # vel = vel + 0.5 * dt * acc
    memory_bar = np.zeros_like(memory)
    # for _ in range(steps):
    pos_bar_1 = np.empty((p, q))
    # vel = vel + 0.5 * dt * acc
    vel_bar_1 = np.empty((p, q))
    # acc[i] += mass[j] * d / r2**1.5
    d_bar = np.empty(q)
    # for _ in range(steps):
    s = 0.0
    dt_bar = 0.0
    for k in range(steps - 1, -1, -1):
        count_3 = k % 2
        count_4 = 1 - count_3
        for l in range(n):
            for r in range(m):
                pos_bar_t = pos_bar[count_4, l, r]
                pos_bar[count_4, l, r] = 0.0
                pos_bar_1[l, r] = pos_bar_t
        # vel = vel + 0.5 * dt * acc
        count_5 = count + ((1 if saved[k] else 2) - 1) * count_1
        # for _ in range(steps):
        for l in range(p):
            # vel = vel + 0.5 * dt * acc
            count_6 = count_5 + q * l
            # for _ in range(steps):
            for r in range(q):
                vel_bar_t = vel_bar[count_4, l, r]
                vel_bar[count_4, l, r] = 0.0
                # vel = vel + 0.5 * dt * acc
                index = count_6 + r
                s += vel_bar_t * memory[index]
                memory_bar[index] += vel_bar_t * t
                vel_bar_1[l, r] = vel_bar_t
        # for i in range(pos.shape[0]):
        for i in range(p - 1, -1, -1):
            # acc[i] += mass[j] * d / r2**1.5
            count_4 = count_5 + q * i
            # for j in range(pos.shape[0]):
            for j in range(p - 1, -1, -1):
                # acc[i] += mass[j] * d / r2**1.5
                r2 = r2_saved_1[k, i, j]
                t_2 = r2 ** 1.5
                mass_j = mass[j]
                d = d_saved[k, i, j]
                s_1 = 0.0
                s_2 = 0.0
                for l in range(q):
                    index = count_4 + l
                    memory_bar_t = memory_bar[index]
                    memory[index] = memory_old_saved[k, i, j, l]
                    test = memory_bar_t != 0.0
                    t_3 = memory_bar_t / t_2
                    d_l = d[l]
                    s_2 += -t_3 * (mass_j * d_l / t_2) if test else 0.0
                    s_1 += t_3 * d_l if test else 0.0
                    d_bar[l] = t_3 * mass_j if test else 0.0
                r2_bar = s_2 * (1.5 * r2 ** 0.5) if s_2 != 0.0 else 0.0
                mass_bar[j] += s_1
                # r2 = np.sum(d**2) + eps
                test = r2_bar != 0.0
                for l in range(q):
                    d_bar[l] += 2.0 * (r2_bar * d[l]) if test else 0.0
                # d = pos[j] - pos[i]
                for l in range(q):
                    pos_bar_1[i, l] -= d_bar[l]
                for l in range(q):
                    pos_bar_1[j, l] += d_bar[l]
        # acc = np.zeros_like(pos)
        for l in range(p):
            count_4 = count_5 + q * l
            for r in range(q):
                index = count_4 + r
                memory_bar[index] = 0.0
                memory[index] = memory_old_saved_1[k, l, r]
        # pos = pos + dt * vel
        step = step_saved[k]
        first = first_saved[k]
        # vel = vel + 0.5 * dt * acc
        for l in range(p):
            count_4 = first + step * l
            for r in range(q):
                # pos = pos + dt * vel
                pos_bar_1_lr = pos_bar_1[l, r]
                test = pos_bar_1_lr != 0.0
                dt_bar += pos_bar_1_lr * (vel_1[k, l, r] + t * memory[count_4 + r]) if test else 0.0
                vel_bar_1[l, r] += pos_bar_1_lr * dt if test else 0.0
                pos_bar[count_3, l, r] += pos_bar_1_lr
        for l in range(p):
            count_4 = first + step * l
            for r in range(q):
                vel_bar_1_lr = vel_bar_1[l, r]
                index = count_4 + r
                s += vel_bar_1_lr * memory[index]
                memory_bar[index] += vel_bar_1_lr * t
                vel_bar[count_3, l, r] += vel_bar_1_lr
    # vel = vel + 0.5 * dt * acc
    dt_bar += s * 0.5
    # for _ in range(steps):
    pos_bar_1 = np.empty_like(pos)
    for k in range(n):
        for l in range(m):
            pos_bar_1[k, l] = pos_bar[0, k, l]
    vel_bar_1 = np.empty_like(vel)
    for k in range(p):
        for l in range(q):
            vel_bar_1[k, l] = vel_bar[0, k, l]
    # acc[i] += mass[j] * d / r2**1.5
    d = np.empty(m)
    d_bar = np.empty(m)
    # for i in range(pos.shape[0]):
    for i in range(count_2, -1, -1):
        # acc[i] += mass[j] * d / r2**1.5
        count = m * i
        # for j in range(pos.shape[0]):
        for j in range(count_2, -1, -1):
            # acc[i] += mass[j] * d / r2**1.5
            r2 = r2_saved[i, j]
            t = r2 ** 1.5
            mass_j = mass[j]
            # d = pos[j] - pos[i]
            for k in range(m):
                d[k] = pos[j, k] - pos[i, k]
            # acc[i] += mass[j] * d / r2**1.5
            s = 0.0
            s_1 = 0.0
            for k in range(m):
                memory_bar_t = memory_bar[count + k]
                test = memory_bar_t != 0.0
                t_2 = memory_bar_t / t
                d_k = d[k]
                s_1 += -t_2 * (mass_j * d_k / t) if test else 0.0
                s += t_2 * d_k if test else 0.0
                d_bar[k] = t_2 * mass_j if test else 0.0
            r2_bar = s_1 * (1.5 * r2 ** 0.5) if s_1 != 0.0 else 0.0
            mass_bar[j] += s
            # r2 = np.sum(d**2) + eps
            test = r2_bar != 0.0
            for k in range(m):
                d_bar[k] += 2.0 * (r2_bar * d[k]) if test else 0.0
            # d = pos[j] - pos[i]
            for k in range(m):
                pos_bar_1[i, k] -= d_bar[k]
            for k in range(m):
                pos_bar_1[j, k] += d_bar[k]
    return t_1, pos_bar_1, vel_bar_1, mass_bar, dt_bar
