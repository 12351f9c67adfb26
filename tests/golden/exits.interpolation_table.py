import numpy as np


def interpolation_table_grad(knots, values, at):
    """Value of interpolation_table and its gradient with respect to knots, values, at.

    Returns the value, then the derivatives with respect to
        knots     of its shape, (n,)
        values    of its shape, (size_values,)
        at        a number
    """
    n = knots.shape[0]
    size_values = values.shape[0]
    # -- forward sweep --
    # for i in range(len(knots) - 1):
    last = n - 1
    lowest = -n
    i = 0
    for i_1 in range(last):
        i = i_1
        if knots[i_1 + 1] >= at:
            break
    # w = (at - knots[i]) / (knots[i + 1] - knots[i])
    if 0 >= last:
        raise UnboundLocalError(
            "cannot access local variable 'i' where it is not associated with a value (exits.py)"
        )
    if not (i >= lowest and i < n):
        raise IndexError(f"index {i} is out of bounds for axis 0 with size {n} (exits.py)")
    knots_i = knots[i]
    index = i + 1
    if index >= n:
        raise IndexError(f"index {index} is out of bounds for axis 0 with size {n} (exits.py)")
    difference = knots[index] - knots_i
    w = (at - knots_i) / difference
    # -- backward sweep --
    # return (1.0 - w) * values[i] + w * values[i + 1]
    difference_1 = 1.0 - w
    if not (i >= -size_values and i < size_values):
        raise IndexError(f"index {i} is out of bounds for axis 0 with size {size_values} (exits.py)")
    values_i = values[i]
    if index >= size_values:
        raise IndexError(f"index {index} is out of bounds for axis 0 with size {size_values} (exits.py)")
    w_bar = values[index]
    values_bar = np.zeros_like(values)
    values_bar[index] += w
    values_bar[i] += difference_1
    w_bar_1 = w_bar - values_i
    # w = (at - knots[i]) / (knots[i + 1] - knots[i])
    at_bar = w_bar_1 / difference
    knots_value_bar = -at_bar * w
    knots_bar = np.zeros_like(knots)
    knots_bar[index] += knots_value_bar
    knots_bar[i] += -knots_value_bar - at_bar
    return difference_1 * values_i + w * w_bar, knots_bar, values_bar, at_bar
