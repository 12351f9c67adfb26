import numpy as np


def branches_inside_loop_grad(x, t):
    """Value of branches_inside_loop and its gradient with respect to x, t.

    Returns the value, then the derivatives with respect to
        x    of its shape, (n,)
        t    a number
    """
    n = x.shape[0]
    # -- forward sweep --
    last_saved = np.empty(n)
    s_saved = np.empty(n)
    # for i in range(len(x)):
    s = 0.0
    last = 1.0
    for i in range(n):
        last_saved[i] = last
        s_saved[i] = s
        # if x[i] > t:
        last_1 = x[i]
        if last_1 > t:
            # s += x[i] * last
            s += last_1 * last
        else:
            # elif x[i] > -t:
            if last_1 > -t:
                # s = s * x[i]
                s *= last_1
            else:
                last *= 0.5
            last_1 = last
        last = last_1
    # return s * last
    product = s * last
    # -- backward sweep --
    x_bar = np.zeros_like(x)
    # for i in range(len(x)):
    for i in range(n - 1, -1, -1):
        # if x[i] > t:
        last_1 = x[i]
        if last_1 > t:
            # s += x[i] * last
            last_bar = s + last * last_saved[i]
            s = last * last_1
        else:
            # elif x[i] > -t:
            if last_1 > -t:
                # s = s * x[i]
                s_bar = last * last_1
                last_bar = last * s_saved[i]
            else:
                # last *= 0.5
                s *= 0.5
                s_bar = last
                last_bar = 0.0
            last = s_bar
        x_bar[i] += last_bar
    return product, x_bar, 0.0
