import numpy as np


def quadratic_or_linear_grad(c):
    """Value of quadratic_or_linear and its gradient with respect to c.

    Returns the value, then the derivatives with respect to
        c    of its shape, (n,)
    """
    n = c.shape[0]
    # -- forward sweep --
    # a, b, d = c[0], c[1], c[2]
    if n <= 0:
        raise IndexError(f"index 0 is out of bounds for axis 0 with size {n} (returns.py)")
    a = c[0]
    if n <= 1:
        raise IndexError(f"index 1 is out of bounds for axis 0 with size {n} (returns.py)")
    b = c[1]
    if n <= 2:
        raise IndexError(f"index 2 is out of bounds for axis 0 with size {n} (returns.py)")
    d = c[2]
    # if a == 0.0:
    condition = a == 0.0
    disc_saved = np.empty(3)
    if condition:
        if b == 0.0:
            result = 0.0
        else:
            # return -d / b
            result = -(d / b)
        returned = False
        number = 0
        trips = 0
    else:
        # if (disc := b * b - 4.0 * a * d) < 0.0:
        disc = b * b - 4.0 * a * d
        if disc < 0.0:
            returned = False
            result = 0.0
            number = 0
            for k in range(3):
                # disc = disc + 0.5 * k * a
                disc += 0.5 * k * a
                disc_saved[k] = disc
                # if disc > 0.0:
                condition_1 = disc > 0.0
                if condition_1:
                    # return math.sqrt(disc) * a
                    result = np.sqrt(disc) * a
                else:
                    result = 0.0
                returned = condition_1
                number += 1
                if condition_1:
                    break
            if not returned:
                result = disc
            trips = number
        else:
            # return (-b + math.sqrt(disc)) / (2.0 * a)
            result = (np.sqrt(disc) - b) / (2.0 * a)
            returned = False
            number = 0
            trips = 0
    # -- backward sweep --
    if condition:
        if b == 0.0:
            d_bar = 0.0
            b_bar = 0.0
        else:
            # return -d / b
            d_bar = -1.0 / b
            b_bar = 1.0 / b * (d / b)
        a_bar = 0.0
    else:
        # if (disc := b * b - 4.0 * a * d) < 0.0:
        product = 4.0 * a
        disc = b * b - product * d
        if disc < 0.0:
            # for k in range(3):
            if returned:
                result_bar = 1.0
                disc_bar = 0.0
            else:
                result_bar = 0.0
                disc_bar = 1.0
            last = number - 1
            if disc_bar != 0.0 or result_bar != 0.0:
                a_bar = 0.0
                for k in range(last, -1, -1):
                    trip = trips + (k - last) - 1
                    disc = disc_saved[trip]
                    if disc > 0.0:
                        # return math.sqrt(disc) * a
                        nonzero = result_bar != 0.0
                        root_bar = result_bar * a if nonzero else 0.0
                        root = np.sqrt(disc)
                        a_bar += result_bar * root if nonzero else 0.0
                        disc_bar += 0.5 * root_bar / root if root_bar != 0.0 else 0.0
                    # disc = disc + 0.5 * k * a
                    a_bar += disc_bar * (0.5 * k)
                    result_bar = 0.0
            else:
                a_bar = 0.0
            b_bar = 0.0
        else:
            # return (-b + math.sqrt(disc)) / (2.0 * a)
            product_1 = 2.0 * a
            ratio = 1.0 / product_1
            b_bar = -ratio
            root = np.sqrt(disc)
            a_bar = b_bar * ((root - b) / product_1) * 2.0
            disc_bar = 0.5 * ratio / root if ratio != 0.0 else 0.0
        product_bar = -disc_bar
        nonzero = product_bar != 0.0
        d_bar = product_bar * product if nonzero else 0.0
        a_bar += (product_bar * d if nonzero else 0.0) * 4.0
        value = disc_bar * b if disc_bar != 0.0 else 0.0
        b_bar += value
        b_bar += value
    c_bar = np.zeros_like(c)
    # a, b, d = c[0], c[1], c[2]
    c_bar[2] += d_bar
    c_bar[1] += b_bar
    c_bar[0] += a_bar
    return result, c_bar
