import numpy as np


def gaussian_process_likelihood_grad(x, y, scale, noise):
    """Value of gaussian_process_likelihood and its gradient with respect to x, y, scale, noise.

    Returns the value, then the derivatives with respect to
        x        of its shape, (n, m)
        y        of its shape, (size_y,)
        scale    a number
        noise    a number
    """
    n, m = x.shape
    size_y = y.shape[0]
    # -- forward sweep --
    # k = np.exp(-0.5 * squares / scale**2) + noise * np.eye(len(y))
    product = scale * scale
    temp = np.empty((n, n))
    ratio_saved = np.empty((n, n))
    for l in range(n):
        for p in range(n):
            # squares = np.sum((x[:, None, :] - x[None, :, :]) ** 2, axis=2)
            total = 0.0
            for q in range(m):
                difference = x[l, q] - x[p, q]
                total += difference * difference
            # k = np.exp(-0.5 * squares / scale**2) + noise * np.eye(len(y))
            ratio = -0.5 * total / product
            ratio_saved[l, p] = ratio
            temp[l, p] = np.exp(ratio)
    if n != size_y:
        raise ValueError(
            f"operands could not be broadcast together with shapes ({n},{n}) ({size_y},{size_y}) (linear_algebra.py)"
        )
    k = np.empty((n, n))
    for l in range(n):
        for p in range(n):
            k[l, p] = temp[l, p] + noise * (1.0 if p == l else 0.0)
    factor = np.linalg.cholesky(k)
    alpha = np.linalg.solve(k, y)
    # return 0.5 * (y @ alpha) + np.sum(np.log(np.diag(factor)))
    total = 0.0
    for l in range(0, size_y, 128):
        total_1 = 0.0
        for p in range(l, min(l + 128, size_y)):
            total_1 += y[p] * alpha[p]
        total += total_1
    product_1 = 0.5 * total
    total = 0.0
    for l in range(0, n, 128):
        total_1 = 0.0
        for p in range(l, min(l + 128, n)):
            total_1 += np.log(factor[p, p])
        total += total_1
    value = product_1 + total
    # -- backward sweep --
    factor_bar = np.zeros_like(factor)
    for l in range(n):
        factor_bar[l, l] += 1.0 / factor[l, l]
    alpha_bar = np.empty_like(alpha)
    y_bar = np.empty_like(y)
    for l in range(size_y):
        alpha_bar[l] = 0.5 * y[l]
        y_bar[l] = 0.5 * alpha[l]
    y_bar_1 = np.linalg.solve(k.T, alpha_bar)
    k_bar = np.empty((n, n))
    # alpha = np.linalg.solve(k, y)
    for l in range(n):
        y_bar_1_l = y_bar_1[l]
        for p in range(n):
            k_bar[l, p] = -(y_bar_1_l * alpha[p])
    for l in range(size_y):
        y_bar[l] += y_bar_1[l]
    # factor = np.linalg.cholesky(k)
    u = np.empty((n, n))
    for l in range(n):
        for p in range(n):
            u[l, p] = factor[p, l]
    w = np.empty((n, n))
    # -- forward and backward sweep --
    for l in range(n):
        for p in range(n):
            w[l, p] = factor_bar[p, l]
    for k_1 in range(n - 1, -1, -1):
        for j in range(k_1 + 1, n):
            factor_1 = u[k_1, j]
            s = w[k_1, j] - 2.0 * w[j, j] * factor_1
            for i in range(j + 1, n):
                w_ji = w[j, i]
                s -= w_ji * u[k_1, i]
                w[k_1, i] -= w_ji * factor_1
            w[k_1, j] = s
        diagonal = w[k_1, k_1]
        u_value = u[k_1, k_1]
        for j in range(k_1 + 1, n):
            ratio = w[k_1, j] / u_value
            w[k_1, j] = ratio
            diagonal -= ratio * u[k_1, j]
        w[k_1, k_1] = diagonal / (2.0 * u_value)
    k_bar_1 = np.zeros((n, n))
    for i in range(n):
        for j in range(i + 1):
            k_bar_1[i, j] = w[j, i]
    for l in range(n):
        for p in range(n):
            k_bar[l, p] += k_bar_1[l, p]
    x_bar = np.zeros_like(x)
    terms = np.empty(m)
    # k = np.exp(-0.5 * squares / scale**2) + noise * np.eye(len(y))
    noise_bar = 0.0
    product_bar = 0.0
    for l in range(0, n, 128):
        noise_bar_1 = 0.0
        product_bar_1 = 0.0
        for p in range(l, min(l + 128, n)):
            for q in range(n):
                k_bar_pq = k_bar[p, q]
                noise_bar_1 += k_bar_pq * (1.0 if q == p else 0.0)
                ratio = k_bar_pq * temp[p, q] / product
                product_bar_1 -= ratio * ratio_saved[p, q]
                total_bar = ratio * -0.5
                # squares = np.sum((x[:, None, :] - x[None, :, :]) ** 2, axis=2)
                for r in range(m):
                    terms[r] = 2.0 * (total_bar * (x[p, r] - x[q, r]))
                for r in range(m):
                    x_bar[q, r] -= terms[r]
                for r in range(m):
                    x_bar[p, r] += terms[r]
        noise_bar += noise_bar_1
        product_bar += product_bar_1
    return value, x_bar, y_bar, 2.0 * (product_bar * scale), noise_bar
