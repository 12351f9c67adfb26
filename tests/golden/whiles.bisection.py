import numpy as np


def bisection_grad(a):
    """Value of bisection and its gradient with respect to a.

    Returns the value, then the derivatives with respect to
        a    a number
    """
    # -- forward sweep --
    # while high - low > 1e-3 and trips < 60:
    high = 3.0
    low = 0.0
    trips = 0
    while high - low > 0.001 and trips < 60:
        middle = 0.5 * (low + high)
        if middle ** 3 + a * middle > 4.0:
            high = middle
        else:
            low = middle
        trips += 1
    # -- backward sweep --
    # return (low * a + high) * trips
    product_bar = np.float64(trips)
    return (low * a + high) * product_bar, product_bar * low
