import numpy as np


def operators_of_objects_grad(x):
    """Value of operators_of_objects and its gradient with respect to x.

    Returns the value, then the derivatives with respect to
        x    of its shape, (n,)
    """
    n = x.shape[0]
    # -- forward sweep --
    # for v in x:
    total = 0.0
    total_1 = 0.0
    for i in range(n):
        v = x[i]
        # return Dual(self.v**k, k * self.v ** (k - 1) * self.d)
        product = v * v
        # return Dual(self.v + o.v, self.d + o.d)
        total += product * v
        total_1 += product * 0.5 + 2.0 * v * v
    # total += x[0]
    if n <= 0:
        raise IndexError(f"index 0 is out of bounds for axis 0 with size {n} (objects.py)")
    # -- backward sweep --
    # self.v = self.v + o
    total_bar = 1.0 + total + x[0]
    condition = total_bar > 0.0
    # return total.v * total.d if total else total.v - total.d
    if condition:
        value = total_bar * total_1
    else:
        value = total_bar - total_1
    if not condition:
        total_1 = 1.0
        total_bar = -1.0
    x_bar = np.zeros_like(x)
    # total += x[0]
    x_bar[0] += total_1
    # return Dual(self.v * o.v, self.v * o.d + self.d * o.v)
    product_bar = total_bar * 0.5
    # for v in x:
    for i in range(n - 1, -1, -1):
        # return Dual(self.v * o.v, self.v * o.d + self.d * o.v)
        v = x[i]
        v_bar = total_bar * (2.0 * v) + total_1 * (v * v)
        # return Dual(self.v**k, k * self.v ** (k - 1) * self.d)
        v_bar += total_bar * v * 2.0
        product = (product_bar + total_1 * v) * v
        v_bar += product
        v_bar += product
        # for v in x:
        x_bar[i] += v_bar
    return value, x_bar
