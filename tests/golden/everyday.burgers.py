import numpy as np


def burgers_grad(u0, nu, dx, dt, steps):
    """Value of burgers and its gradient with respect to u0, nu, dx, dt."""
    n = u0.shape[0]
    # u = u0.copy()
    u = np.empty(n)
    for i in range(n):
        u[i] = u0[i]
    # advection = un[1:-1] * (un[1:-1] - un[:-2]) / dx
    count = max(n - 2, 0)
    # diffusion = nu * (un[2:] - 2.0 * un[1:-1] + un[:-2]) / dx**2
    t = dx * dx
    un_saved = np.empty((max(steps, 0), n))
    # for _ in range(steps):
    for i in range(steps):
        # un = u.copy()
        un = un_saved[i]
        for j in range(n):
            un[j] = u[j]
        # u[1:-1] = un[1:-1] + dt * (diffusion - advection)
        for j in range(count):
            un_t = un[j + 1]
            # diffusion = nu * (un[2:] - 2.0 * un[1:-1] + un[:-2]) / dx**2
            un_j = un[j]
            # u[1:-1] = un[1:-1] + dt * (diffusion - advection)
            t_1 = un_t + dt * (nu * (un[j + 2] - 2.0 * un_t + un_j) / t - un_t * (un_t - un_j) / dx)
            u[j + 1] = t_1
    # return dx * np.sum(u**2)
    dx_bar = 0.0
    for i in range(0, n, 128):
        total = 0.0
        for j in range(i, min(i + 128, n)):
            u_j = u[j]
            total += u_j * u_j
        dx_bar += total
    t_1 = dx * dx_bar
    u_bar = np.empty_like(u)
    for i in range(n):
        u_bar[i] = 2.0 * (dx * u[i])
    # u[1:-1] = un[1:-1] + dt * (diffusion - advection)
    count_1 = count + 4
    test = 0 < count
    row = np.zeros(count_1)
    row_1 = np.zeros(count_1)
    row_2 = np.zeros(count_1)
    # for _ in range(steps):
    nu_bar = 0.0
    s = 0.0
    dt_bar = 0.0
    for i in range(steps - 1, -1, -1):
        # u[1:-1] = un[1:-1] + dt * (diffusion - advection)
        un = un_saved[i]
        # diffusion = nu * (un[2:] - 2.0 * un[1:-1] + un[:-2]) / dx**2
        un_bar = np.zeros(n)
        # u[1:-1] = un[1:-1] + dt * (diffusion - advection)
        for j in range(count):
            u_bar_t = u_bar[j + 1]
            u_bar[j + 1] = 0.0
            un_t = un[j + 1]
            un_j = un[j]
            t_2 = un[j + 2] - 2.0 * un_t + un_j
            t_3 = nu * t_2 / t
            t_4 = un_t - un_j
            t_5 = un_t * t_4 / dx
            dt_bar += u_bar_t * (t_3 - t_5)
            t_6 = u_bar_t * dt
            # advection = un[1:-1] * (un[1:-1] - un[:-2]) / dx
            t_7 = t_6 / dx
            dx_bar += t_7 * t_5
            t_5 = -t_7 * un_t
            # diffusion = nu * (un[2:] - 2.0 * un[1:-1] + un[:-2]) / dx**2
            t_6 /= t
            s -= t_6 * t_3
            nu_bar += t_6 * t_2
            t_2 = t_6 * nu
            row_1[j + 2] = t_2
            row[j + 2] = t_2 - t_5
            row_2[j + 2] = u_bar_t - t_7 * t_4 + t_5 - t_2 * 2.0
        if test:
            for j in range(count + 2):
                # diffusion = nu * (un[2:] - 2.0 * un[1:-1] + un[:-2]) / dx**2
                t_2 = un_bar[j] + (row[j + 2] + row_1[j] + row_2[j + 1])
                un_bar[j] = t_2
        # un = u.copy()
        for j in range(n):
            u_bar[j] += un_bar[j]
    # diffusion = nu * (un[2:] - 2.0 * un[1:-1] + un[:-2]) / dx**2
    t = s * dx
    return t_1, u_bar, nu_bar, dx_bar + t + t, dt_bar
