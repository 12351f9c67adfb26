import numpy as np


def root_of_a_cubic_grad(a, b):
    """Value of root_of_a_cubic and its gradient with respect to a, b.

    Returns the value, then the derivatives with respect to
        a    a number
        b    a number
    """
    # -- forward sweep --
    # r = x**3 + b * x - a
    r = 1.0 + b - a
    x_saved = np.empty(64)
    ratio_saved = np.empty(64)
    x = 1.0
    trips = 0
    while abs(r) > 1e-10:
        if trips >= len(x_saved):
            x_saved = np.concatenate((x_saved, np.empty_like(x_saved)))
            ratio_saved = np.concatenate((ratio_saved, np.empty_like(ratio_saved)))
        x_saved[trips] = x
        # x = x - r / (3.0 * x * x + b)
        ratio = r / (3.0 * x * x + b)
        ratio_saved[trips] = ratio
        x -= ratio
        r = x ** 3 + b * x - a
        trips += 1
    # -- backward sweep --
    x_bar = 1.0
    r_bar = 0.0
    b_bar = 0.0
    a_bar = 0.0
    for trip in range(trips - 1, -1, -1):
        # r = x**3 + b * x - a
        a_bar -= r_bar
        nonzero = r_bar != 0.0
        x_1 = x_saved[trip]
        ratio = ratio_saved[trip]
        x_2 = x_1 - ratio
        b_bar += r_bar * x_2 if nonzero else 0.0
        x_bar += r_bar * b if nonzero else 0.0
        x_bar += r_bar * (3.0 * (x_2 * x_2)) if nonzero else 0.0
        # x = x - r / (3.0 * x * x + b)
        product = 3.0 * x_1
        ratio_1 = x_bar / (product * x_1 + b)
        r_bar = -ratio_1
        product_bar = ratio_1 * ratio
        b_bar += product_bar
        x_bar += product_bar * product
        x_bar += product_bar * x_1 * 3.0
    # r = x**3 + b * x - a
    a_bar -= r_bar
    b_bar += r_bar
    return x, a_bar, b_bar
