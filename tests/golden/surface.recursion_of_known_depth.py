import numpy as np


def recursion_of_known_depth_grad(x):
    """Value of recursion_of_known_depth and its gradient with respect to x.

    Returns the value, then the derivatives with respect to
        x    a number
    """
    # -- forward sweep --
    # return power_tower(math.sin(x), depth - 1) * (1.0 + x / depth)
    value = np.sin(x)
    value_1 = np.sin(value)
    value_2 = np.sin(value_1)
    value_3 = np.sin(value_2)
    value_4 = 1.0 + value_2
    product = value_3 * value_4
    value_5 = 1.0 + value_1 / 2.0
    product_1 = product * value_5
    value_6 = 1.0 + value / 3.0
    # -- backward sweep --
    ratio_bar = product_1 * value_6
    value_7 = 1.0 + x / 4.0
    product_1_bar = value_7 * value_6
    product_bar = product_1_bar * value_5
    product = (product_1_bar * product * 0.5 + (product_bar * value_3 + product_bar * value_4 * np.cos(value_2)) * np.cos(value_1)) * np.cos(value)
    x_bar = ratio_bar * 0.25 + (value_7 * product_1 * 0.3333333333333333 + product) * np.cos(x)
    return ratio_bar * value_7, x_bar
