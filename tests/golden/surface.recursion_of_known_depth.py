import numpy as np


def recursion_of_known_depth_grad(x):
    """Value of recursion_of_known_depth and its gradient with respect to x."""
    # return power_tower(math.sin(x), depth - 1) * (1.0 + x / depth)
    t = np.sin(x)
    t_1 = np.sin(t)
    t_2 = np.sin(t_1)
    t_3 = np.sin(t_2)
    t_4 = 1.0 + t_2
    t_5 = t_3 * t_4
    t_6 = 1.0 + t_1 / 2.0
    t_7 = t_5 * t_6
    t_8 = 1.0 + t / 3.0
    t_9 = t_7 * t_8
    t_10 = 1.0 + x / 4.0
    t_8 *= t_10
    t_6 *= t_8
    t = (t_8 * t_5 * 0.5 + (t_6 * t_3 + t_6 * t_4 * np.cos(t_2)) * np.cos(t_1)) * np.cos(t)
    return t_9 * t_10, t_9 * 0.25 + (t_10 * t_7 * 0.3333333333333333 + t) * np.cos(x)
