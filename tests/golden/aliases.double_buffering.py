import numpy as np


def double_buffering_grad(x, c):
    """Value of double_buffering and its gradient with respect to x, c.

    Returns the value, then the derivatives with respect to
        x    of its shape, (n,)
        c    of its shape, (...,)
    """
    n = x.shape[0]
    # -- forward sweep --
    # u, v = x * 1.0, np.zeros(6)
    memory = np.empty(n + 6)
    for i in range(n):
        memory[i] = x[i]
    for i in range(6):
        memory[n + i] = 0.0
    # v[1:-1] = u[1:-1] * c[1:-1] + 0.3 * (u[2:] - u[:-2])
    last = n - 1
    length = max(n - 2, 0)
    length_1 = max(c.shape[0] - 2, 0)
    if length != length_1:
        raise ValueError(
            f"operands could not be broadcast together with shapes ({length},) ({length_1},) (aliases.py)"
        )
    if length != 4:
        raise ValueError(f"could not broadcast input array from shape ({length},) into shape (4,) (aliases.py)")
    # v[0], v[-1] = u[0], u[-1] ** 2
    if n <= 0:
        raise IndexError(f"index 0 is out of bounds for axis 0 with size {n} (aliases.py)")
    # for _ in range(5):
    if n != 6:
        raise NotImplementedError(
            f"adcompile: `u` changes its shape in a loop, from ({n},) to (6,), which is not supported here (aliases.py)\nMake the number of iterations known (a literal, or `static_argnames`), or keep the shape."
        )
    first_saved = np.empty(5, dtype=np.int64)
    memory_old_saved = np.empty(5)
    memory_old_saved_1 = np.empty(5)
    first_saved_1 = np.empty(5, dtype=np.int64)
    memory_old_saved_2 = np.empty((5, 4))
    temp = np.empty(length)
    first = 0
    first_1 = n
    for i in range(5):
        first_saved[i] = first_1
        first_saved_1[i] = first
        # v[1:-1] = u[1:-1] * c[1:-1] + 0.3 * (u[2:] - u[:-2])
        number = first + 1
        number_1 = first + 2
        number_2 = first_1 + 1
        for j in range(length):
            product = 0.3 * (memory[number_1 + j] - memory[first + j])
            temp[j] = memory[number + j] * c[j + 1] + product
        for j in range(4):
            index = number_2 + j
            memory_old_saved_2[i, j] = memory[index]
            memory[index] = temp[j]
        # v[0], v[-1] = u[0], u[-1] ** 2
        memory_value = memory[first + last]
        memory_old_saved_1[i] = memory[first_1]
        memory[first_1] = memory[first]
        index = first_1 + 5
        memory_old_saved[i] = memory[index]
        memory[index] = memory_value * memory_value
        first, first_1 = first_1, first
    # return np.sum(u * v)
    total = 0.0
    for i in range(6):
        total += memory[first + i] * memory[first_1 + i]
    # -- backward sweep --
    memory_bar = np.zeros_like(memory)
    for i in range(6):
        index = first_1 + i
        memory_bar[index] += memory[first + i]
    for i in range(6):
        index = first + i
        memory_bar[index] += memory[first_1 + i]
    c_bar = np.zeros_like(c)
    padded = length + 4
    end = length + 2
    temp_bar = np.empty(length)
    terms = np.zeros(padded)
    terms_1 = np.zeros(padded)
    # for _ in range(5):
    for i in range(4, -1, -1):
        first = first_saved[i]
        # v[0], v[-1] = u[0], u[-1] ** 2
        index = first + 5
        memory_bar_value = memory_bar[index]
        memory_bar[index] = 0.0
        memory[index] = memory_old_saved[i]
        memory_bar_value_1 = memory_bar[first]
        memory_bar[first] = 0.0
        memory[first] = memory_old_saved_1[i]
        first_2 = first_saved_1[i]
        index = first_2 + last
        memory_bar[index] += 2.0 * (memory_bar_value * memory[index])
        memory_bar[first_2] += memory_bar_value_1
        # v[1:-1] = u[1:-1] * c[1:-1] + 0.3 * (u[2:] - u[:-2])
        number = first + 1
        for j in range(4):
            index = number + j
            memory_bar_value = memory_bar[index]
            memory_bar[index] = 0.0
            memory[index] = memory_old_saved_2[i, j]
            temp_bar[j] = memory_bar_value
        number = first_2 + 1
        for j in range(length):
            temp_bar_j = temp_bar[j]
            terms[j + 2] = temp_bar_j * 0.3
            terms_1[j + 2] = temp_bar_j * c[j + 1]
            c_bar[j + 1] += temp_bar_j * memory[number + j]
        for j in range(end):
            index = first_2 + j
            memory_bar[index] -= terms[j + 2] - terms[j] - terms_1[j + 1]
    x_bar = np.empty_like(x)
    # u, v = x * 1.0, np.zeros(6)
    for i in range(n):
        x_bar[i] = memory_bar[i]
    return total, x_bar, c_bar
