import numpy as np


def burgers_grad(u0, nu, dx, dt, steps):
    """Value of burgers and its gradient with respect to u0, nu, dx, dt.

    Returns the value, then the derivatives with respect to
        u0    of its shape, (n,)
        nu    a number
        dx    a number
        dt    a number
    """
    n = u0.shape[0]
    # -- forward sweep --
    # u = u0.copy()
    u = np.empty(n)
    for i in range(n):
        u[i] = u0[i]
    length = max(n - 2, 0)
    # diffusion = nu * (un[2:] - 2.0 * un[1:-1] + un[:-2]) / dx**2
    product = dx * dx
    un_saved = np.empty((max(steps, 0), n))
    # for _ in range(steps):
    for i in range(steps):
        # un = u.copy()
        un = un_saved[i]
        for j in range(n):
            un[j] = u[j]
        # u[1:-1] = un[1:-1] + dt * (diffusion - advection)
        for j in range(length):
            un_next = un[j + 1]
            # diffusion = nu * (un[2:] - 2.0 * un[1:-1] + un[:-2]) / dx**2
            un_j = un[j]
            # u[1:-1] = un[1:-1] + dt * (diffusion - advection)
            value = un_next + dt * (nu * (un[j + 2] - 2.0 * un_next + un_j) / product - un_next * (un_next - un_j) / dx)
            u[j + 1] = value
    # return dx * np.sum(u**2)
    total = 0.0
    for i in range(0, n, 128):
        total_1 = 0.0
        for j in range(i, min(i + 128, n)):
            u_j = u[j]
            total_1 += u_j * u_j
        total += total_1
    product_1 = dx * total
    # -- backward sweep --
    u_bar = np.empty_like(u)
    for i in range(n):
        u_bar[i] = 2.0 * (dx * u[i])
    padded = length + 4
    condition = 0 < length
    terms = np.zeros(padded)
    terms_1 = np.zeros(padded)
    terms_2 = np.zeros(padded)
    # for _ in range(steps):
    nu_bar = 0.0
    product_bar = 0.0
    dt_bar = 0.0
    for i in range(steps - 1, -1, -1):
        # u[1:-1] = un[1:-1] + dt * (diffusion - advection)
        un = un_saved[i]
        un_bar = np.zeros(n)
        for j in range(length):
            u_bar_next = u_bar[j + 1]
            u_bar[j + 1] = 0.0
            un_next = un[j + 1]
            un_j = un[j]
            value = un[j + 2] - 2.0 * un_next + un_j
            ratio = nu * value / product
            difference = un_next - un_j
            ratio_1 = un_next * difference / dx
            dt_bar += u_bar_next * (ratio - ratio_1)
            ratio_bar = u_bar_next * dt
            # advection = un[1:-1] * (un[1:-1] - un[:-2]) / dx
            ratio_2 = ratio_bar / dx
            total += ratio_2 * ratio_1
            difference_bar = -ratio_2 * un_next
            # diffusion = nu * (un[2:] - 2.0 * un[1:-1] + un[:-2]) / dx**2
            ratio_1 = ratio_bar / product
            product_bar -= ratio_1 * ratio
            nu_bar += ratio_1 * value
            un_value_bar = ratio_1 * nu
            terms_1[j + 2] = un_value_bar
            terms[j + 2] = un_value_bar - difference_bar
            terms_2[j + 2] = u_bar_next - ratio_2 * difference + difference_bar - un_value_bar * 2.0
        if condition:
            for j in range(length + 2):
                # diffusion = nu * (un[2:] - 2.0 * un[1:-1] + un[:-2]) / dx**2
                un_bar[j] += terms[j + 2] + terms_1[j] + terms_2[j + 1]
        # un = u.copy()
        for j in range(n):
            u_bar[j] += un_bar[j]
    # diffusion = nu * (un[2:] - 2.0 * un[1:-1] + un[:-2]) / dx**2
    product = product_bar * dx
    dx_bar = total + product
    dx_bar += product
    return product_1, u_bar, nu_bar, dx_bar, dt_bar
