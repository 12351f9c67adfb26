import numpy as np


def list_of_unknown_length_by_comprehension_grad(x):
    """Value of list_of_unknown_length_by_comprehension and its gradient with respect to x.

    Returns the value, then the derivatives with respect to
        x    of its shape, (n,)
    """
    n = x.shape[0]
    # -- forward sweep --
    # a = [x[i] * x[n - 1 - i] for i in range(n)]
    a = np.empty(n)
    last = n - 1
    _position__saved = np.empty(n, dtype=np.int64)
    for i in range(n):
        _position__saved[i] = i
        a[i] = x[i] * x[last - i]
    # a[1] = a[0] * a[2]
    if 0 >= n:
        raise IndexError("list index out of range (containers.py)")
    a_first = a[0]
    if 2 >= n:
        raise IndexError("list index out of range (containers.py)")
    a_value = a[2]
    a[1] = a_first * a_value
    # for i, v in enumerate(a):
    t = 0.0
    for i in range(n):
        v = a[i]
        # t += v * a[i - 1]
        last_1 = i - 1
        t += v * a[n + last_1 if last_1 < 0 else last_1]
    # middle = a[1:3]
    middle = np.empty(2)
    for j in range(2):
        middle[j] = a[j + 1]
    # -- backward sweep --
    # return t + middle[0] * middle[1] + sum(a[2:]) + max(a)
    middle_first = middle[0]
    middle_value = middle[1]
    value = t + middle_first * middle_value
    end = n - 2
    total = 0.0
    for j in range(0, end, 128):
        total_1 = 0.0
        for k in range(j, min(j + 128, end)):
            total_1 += a[k + 2]
        total += total_1
    value += total
    _found__saved = np.empty(n, dtype=np.bool_)
    work = np.empty(n, dtype=np.bool_)
    # def list_of_unknown_length_by_comprehension(x: Array) -> Result:
    _best__bound = False
    _best_ = 0.0
    _found_ = False
    for j in range(n):
        _found__saved[j] = _found_
        _item_ = a[j]
        if _found_:
            if not _best__bound:
                raise UnboundLocalError(
                    "cannot access local variable '<best>' where it is not associated with a value (containers.py)"
                )
            condition = _item_ > _best_
            if condition:
                _best__bound = True
                _best_ = _item_
        else:
            _best__bound = True
            _best_ = _item_
            condition = False
        work[j] = condition
        _found_ = True
    if not _found_:
        raise ValueError("max() iterable argument is empty")
    if not _best__bound:
        raise UnboundLocalError(
            "cannot access local variable '<best>' where it is not associated with a value (containers.py)"
        )
    # return t + middle[0] * middle[1] + sum(a[2:]) + max(a)
    value += _best_
    a_bar = np.zeros_like(a)
    # def list_of_unknown_length_by_comprehension(x: Array) -> Result:
    _best__bar = 1.0
    for j in range(last, -1, -1):
        if _found__saved[j]:
            if work[j]:
                _item__bar = _best__bar
                _best__bar = 0.0
            else:
                _item__bar = 0.0
        else:
            _item__bar = _best__bar
            _best__bar = 0.0
        a_bar[j] += _item__bar
    # return t + middle[0] * middle[1] + sum(a[2:]) + max(a)
    for j in range(end):
        a_bar[j + 2] += 1.0
    middle_bar = np.zeros_like(middle)
    middle_bar[1] += middle_first
    middle_bar[0] += middle_value
    # middle = a[1:3]
    for j in range(2):
        a_bar[j + 1] += middle_bar[j]
    # for i, v in enumerate(a):
    for i in range(last, -1, -1):
        # t += v * a[i - 1]
        last_1 = i - 1
        index = n + last_1 if last_1 < 0 else last_1
        v = a[i]
        a_bar[index] += v
        # for i, v in enumerate(a):
        a_bar[i] += a[index]
    # a[1] = a[0] * a[2]
    a_bar_value = a_bar[1]
    a_bar[1] = 0.0
    a_bar[2] += a_bar_value * a_first
    a_bar[0] += a_bar_value * a_value
    x_bar = np.zeros_like(x)
    # a = [x[i] * x[n - 1 - i] for i in range(n)]
    for i in range(last, -1, -1):
        _position_ = _position__saved[i]
        a_bar_value = a_bar[_position_]
        a_bar[_position_] = 0.0
        nonzero = a_bar_value != 0.0
        index = last - i
        x_bar[index] += a_bar_value * x[i] if nonzero else 0.0
        x_bar[i] += a_bar_value * x[index] if nonzero else 0.0
    return value, x_bar
