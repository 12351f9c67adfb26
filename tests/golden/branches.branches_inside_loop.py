import numpy as np


def branches_inside_loop_grad(x, t):
    """Value of branches_inside_loop and its gradient with respect to x, t."""
    n = x.shape[0]
    # for i in range(len(x)):
    last_saved = np.empty(n)
    s_saved = np.empty(n)
    last_bar = 0.0
    s_bar = 1.0
    for i in range(n):
        # s += x[i] * last
        last_saved[i] = s_bar
        # s = s * x[i]
        s_saved[i] = last_bar
        # if x[i] > t:
        last = x[i]
        if last > t:
            # s += x[i] * last
            last_bar += last * s_bar
        else:
            # elif x[i] > -t:
            if last > -t:
                # s = s * x[i]
                last_bar *= last
            else:
                # last *= 0.5
                s_bar *= 0.5
            last = s_bar
        s_bar = last
    # return s * last
    t_1 = last_bar * s_bar
    # if x[i] > t:
    x_bar = np.zeros_like(x)
    # for i in range(len(x)):
    for i in range(n - 1, -1, -1):
        # if x[i] > t:
        last = x[i]
        if last > t:
            # s += x[i] * last
            last_bar_1 = last_bar + s_bar * last_saved[i]
            last_bar = s_bar * last
        else:
            # elif x[i] > -t:
            if last > -t:
                # s = s * x[i]
                s_bar_1 = s_bar * last
                last_bar_1 = s_bar * s_saved[i]
            else:
                # last *= 0.5
                last_bar *= 0.5
                s_bar_1 = s_bar
                last_bar_1 = 0.0
            s_bar = s_bar_1
        x_bar[i] += last_bar_1
    return t_1, x_bar, 0.0
