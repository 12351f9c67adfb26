import numpy as np


def dataclass_argument_grad(layer_w, layer_b, x):
    """Value of dataclass_argument and its gradient with respect to layer, x.

    Returns the value, then the derivatives with respect to
        layer_w    of its shape, (n, m)
        layer_b    of its shape, (size_layer_b,)
        x          of its shape, (rows_x, columns_x)
    """
    n, m = layer_w.shape
    size_layer_b = layer_b.shape[0]
    rows_x, columns_x = x.shape
    # -- forward sweep --
    # z = x @ self.w + self.b
    if columns_x != n:
        raise ValueError(
            f"shapes ({rows_x},{columns_x}) and ({n},{m}) not aligned: {columns_x} != {n} (surface.py -> surface.py)"
        )
    product = x @ layer_w
    if m != size_layer_b:
        raise ValueError(
            f"operands could not be broadcast together with shapes ({rows_x},{m}) ({size_layer_b},) (surface.py -> surface.py)"
        )
    # return np.tanh(z) if self.activation == "tanh" else z
    temp = np.empty((rows_x, m))
    for i in range(rows_x):
        for j in range(m):
            temp[i, j] = np.tanh(product[i, j] + layer_b[j])
    # return np.sum(layer(x) ** 2) / layer.width
    total = 0.0
    for i in range(rows_x):
        s = 0.0
        for j in range(m):
            temp_ij = temp[i, j]
            s += temp_ij * temp_ij
        total += s
    value = np.float64(m)
    ratio = total / value
    # -- backward sweep --
    total_bar = 1.0 / value
    layer_b_bar = np.zeros_like(layer_b)
    product_bar = np.empty_like(product)
    for i in range(rows_x):
        for j in range(m):
            # return np.tanh(z) if self.activation == "tanh" else z
            exponential = np.exp(-2.0 * abs(product[i, j] + layer_b[j]))
            value = 1.0 + exponential
            layer_b_j_bar = 2.0 * (total_bar * temp[i, j]) * (4.0 * exponential / (value * value))
            # z = x @ self.w + self.b
            layer_b_bar[j] += layer_b_j_bar
            product_bar[i, j] = layer_b_j_bar
    x_bar = product_bar @ layer_w.T
    layer_w_bar = x.T @ product_bar
    return ratio, layer_w_bar, layer_b_bar, x_bar
