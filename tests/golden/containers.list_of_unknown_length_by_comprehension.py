import numpy as np


def list_of_unknown_length_by_comprehension_grad(x):
    """Value of list_of_unknown_length_by_comprehension and its gradient with respect to x."""
    n = x.shape[0]
    # a = [x[i] * x[n - 1 - i] for i in range(n)]
    a = np.empty(n)
    count = n - 1
    _position__saved = np.empty(n, dtype=np.int64)
    for i in range(n):
        _position__saved[i] = i
        a[i] = x[i] * x[count - i]
    # a[1] = a[0] * a[2]
    if 0 >= n:
        raise IndexError("list index out of range (containers.py)")
    a_t = a[0]
    if 2 >= n:
        raise IndexError("list index out of range (containers.py)")
    a_t_1 = a[2]
    a[1] = a_t * a_t_1
    # for i, v in enumerate(a):
    t = 0.0
    for i in range(n):
        v = a[i]
        # t += v * a[i - 1]
        count_1 = i - 1
        t += v * a[n + count_1 if count_1 < 0 else count_1]
    # middle = a[1:3]
    middle = np.empty(2)
    for j in range(2):
        middle[j] = a[j + 1]
    # return t + middle[0] * middle[1] + sum(a[2:]) + max(a)
    middle_t = middle[0]
    middle_t_1 = middle[1]
    t_1 = t + middle_t * middle_t_1
    count_1 = n - 2
    total = 0.0
    for j in range(0, count_1, 128):
        total_1 = 0.0
        for k in range(j, min(j + 128, count_1)):
            total_1 += a[k + 2]
        total += total_1
    t_1 += total
    # def list_of_unknown_length_by_comprehension(x: Array) -> Result:
    _found__saved = np.empty(n, dtype=np.bool_)
    saved = np.empty(n, dtype=np.bool_)
    _best__bound = False
    _best_ = 0.0
    _found_ = False
    for j in range(n):
        _found__saved[j] = _found_
        _best__1 = a[j]
        if _found_:
            if not _best__bound:
                raise UnboundLocalError(
                    "cannot access local variable '<best>' where it is not associated with a value (containers.py)"
                )
            test = _best__1 > _best_
            if test:
                _best__bound = True
            else:
                _best__1 = _best_
        else:
            _best__bound = True
            test = False
        saved[j] = test
        _best_ = _best__1
        _found_ = True
    if not _found_:
        raise ValueError("max() iterable argument is empty")
    if not _best__bound:
        raise UnboundLocalError(
            "cannot access local variable '<best>' where it is not associated with a value (containers.py)"
        )
    # return t + middle[0] * middle[1] + sum(a[2:]) + max(a)
    t_1 += _best_
    # def list_of_unknown_length_by_comprehension(x: Array) -> Result:
    a_bar = np.zeros_like(a)
    _item__bar = 1.0
    for j in range(count, -1, -1):
        if _found__saved[j]:
            if saved[j]:
                _best__bar = 0.0
            else:
                _best__bar = _item__bar
                _item__bar = 0.0
        else:
            _best__bar = 0.0
        a_bar[j] += _item__bar
        _item__bar = _best__bar
    # return t + middle[0] * middle[1] + sum(a[2:]) + max(a)
    for j in range(count_1):
        a_bar[j + 2] += 1.0
    middle_bar = np.zeros_like(middle)
    middle_bar[1] += middle_t
    middle_bar[0] += middle_t_1
    # middle = a[1:3]
    for j in range(2):
        a_bar[j + 1] += middle_bar[j]
    # for i, v in enumerate(a):
    for i in range(count, -1, -1):
        # t += v * a[i - 1]
        count_1 = i - 1
        index = n + count_1 if count_1 < 0 else count_1
        v = a[i]
        a_bar[index] += v
        # for i, v in enumerate(a):
        a_bar[i] += a[index]
    # a[1] = a[0] * a[2]
    a_bar_t = a_bar[1]
    a_bar[1] = 0.0
    a_bar[2] += a_bar_t * a_t
    a_bar[0] += a_bar_t * a_t_1
    # a = [x[i] * x[n - 1 - i] for i in range(n)]
    x_bar = np.zeros_like(x)
    for i in range(count, -1, -1):
        _position_ = _position__saved[i]
        a_bar_t = a_bar[_position_]
        a_bar[_position_] = 0.0
        test = a_bar_t != 0.0
        index = count - i
        x_bar[index] += a_bar_t * x[i] if test else 0.0
        x_bar[i] += a_bar_t * x[index] if test else 0.0
    return t_1, x_bar
