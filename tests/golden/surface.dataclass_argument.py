import numpy as np


def dataclass_argument_grad(layer_w, layer_b, x):
    """Value of dataclass_argument and its gradient with respect to layer, x."""
    n, m = layer_w.shape
    p = layer_b.shape[0]
    q, m_1 = x.shape
    # z = x @ self.w + self.b
    if m_1 != n:
        raise ValueError("shapes ({},{}) and ({},{}) not aligned: {} != {} (surface.py)", q, m_1, n, m, m_1, n)
    product = x @ layer_w
    if m != p:
        raise ValueError("operands could not be broadcast together with shapes ({},{}) ({},) (surface.py)", q, m, p)
    # return np.tanh(z) if self.activation == "tanh" else z
    temp = np.empty((q, m))
    for i in range(q):
        for j in range(m):
            temp[i, j] = np.tanh(product[i, j] + layer_b[j])
    # return np.sum(layer(x) ** 2) / layer.width
    total = 0.0
    for i in range(q):
        s = 0.0
        for j in range(m):
            temp_ij = temp[i, j]
            s += temp_ij * temp_ij
        total += s
    t = np.float64(m)
    t_1 = total / t
    total_bar = 1.0 / t
    # z = x @ self.w + self.b
    layer_b_bar = np.zeros_like(layer_b)
    product_bar = np.empty_like(product)
    # return np.sum(layer(x) ** 2) / layer.width
    for i in range(q):
        for j in range(m):
            # return np.tanh(z) if self.activation == "tanh" else z
            t = np.exp(-2.0 * abs(product[i, j] + layer_b[j]))
            t_2 = 1.0 + t
            t = 2.0 * (total_bar * temp[i, j]) * (4.0 * t / (t_2 * t_2))
            # z = x @ self.w + self.b
            layer_b_bar[j] += t
            product_bar[i, j] = t
    # z = x @ self.w + self.b
    x_bar = product_bar @ layer_w.T
    layer_w_bar = x.T @ product_bar
    return t_1, layer_w_bar, layer_b_bar, x_bar
