"""Lists, dicts and objects that branches and loops change; lists whose length is known when the program runs."""

import math

import numpy as np

from tests.corpus.registry import Array, Result, program


class Meter:
    """An object with a running total."""

    def __init__(self, scale: float) -> None:
        self.total = 0.0
        self.scale = scale

    def add(self, v: float) -> None:
        self.total += self.scale * v * v
        if v > 0.3:
            self.scale = self.scale * 0.9


def sorted_into(bins: dict[str, float], v: float) -> float:
    if v > 0.4:
        bins["high"] = bins["high"] + v
        return 1.0
    bins["low"] = bins["low"] * v
    return 2.0


@program(args=lambda rng: (rng.normal(size=7),), compiled=True)
def values_of_a_dict(x: Array) -> Result:
    d = {"s": 0.0, "n": 0}
    for v in x:
        d["s"] += v * v
        if v > 0.1:
            d["n"] += 1
    return d["s"] * (d["n"] + 1)


@program(args=lambda rng: (rng.normal(size=6),))
def items_of_a_list_swapped(x: Array) -> Result:
    pair = [0.0, 1.0]
    for i in range(len(x)):
        pair[0], pair[1] = pair[1], pair[0] * 0.5 + math.sin(x[i]) * pair[1]
    return pair[0] * pair[1]


@program(args=lambda rng: (rng.normal(size=9),))
def object_changed_until_it_is_full(x: Array) -> Result:
    m = Meter(2.0)
    i = 0
    while i < len(x) and m.total < 5.0:
        m.add(x[i])
        i += 1
    return m.total * m.scale


@program(args=lambda rng: (rng.normal(size=6),))
def arrays_swapped_in_a_list(x: Array) -> Result:
    one, other = np.ones(3), np.zeros(3)
    buffers = [one, other]
    for v in x:
        buffers[1][:] = np.sin(buffers[0]) * v + buffers[0]
        buffers[0], buffers[1] = buffers[1], buffers[0]
    return buffers[0].sum() + 2 * (buffers[1] ** 2).sum() + one[0] * 3 + other[1]


@program(args=lambda rng: (np.array([0.7, -0.3, 0.9, 0.45, 0.6]),))
def helper_that_returns_early_changes_a_dict(x: Array) -> Result:
    bins = {"high": 0.0, "low": 1.0}
    t = 0.0
    for v in x:
        t += sorted_into(bins, v)
        if bins["high"] > 1.5:
            break
    return t * bins["high"] + bins["low"]


@program(args=lambda rng: (rng.normal(size=4),))
def state_in_a_dict(x: Array) -> Result:
    state = {"u": x.copy(), "t": 0.0}
    while state["t"] < 1.0:
        state["u"] = state["u"] * 0.9 + np.sin(state["u"])
        state["t"] += 0.3
    return state["u"].sum() * state["t"]


@program(args=lambda rng: (rng.normal(size=5),))
def list_chosen_then_read(x: Array) -> Result:
    a = [x[0], 2.0]
    b = [3.0, x[3]]
    z = a if x[1] > 0 else b
    a[1] = x[2]
    return z[0] * x[1] + a[1] * b[1]


@program(args=lambda rng: (np.array([0.7, -0.3, 0.9, 0.45, -1.2, 0.1]),), compiled=True)
def squares_kept_in_a_list(x: Array) -> Result:
    out = []
    for v in x:
        if v > 0:
            out.append(v * v)
    return sum(out) / len(out)


@program(args=lambda rng: (np.array([0.7, 0.3, -0.9, 0.45, 1.2, 0.1]),))
def each_item_from_the_one_before(x: Array) -> Result:
    chain = [x[0]]
    i = 1
    while i < len(x):
        if x[i] > 0:
            chain.append(x[i] * chain[-1])
        i += 1
    s = 0.0
    for v in chain:
        s += v * v
    return s + len(chain)


@program(args=lambda rng: (rng.normal(size=40),))
def list_that_outgrows_its_room(x: Array) -> Result:
    sums = [0.0]
    for v in x:
        sums.append(sums[-1] + math.sin(v))
    return np.sum(np.array(sums) ** 2) * sums[20] + max(sums)


@program(args=lambda rng: (rng.normal(size=6),))
def list_as_a_stack(x: Array) -> Result:
    stack = [x[0] * 2]
    s = 0.0
    k = 0
    while stack:
        v = stack.pop()
        s += v * v
        k += 1
        if k < len(x):
            stack.append(x[k] * v)
            if k == 2:
                stack.append(math.sin(v))
        if k > 12:
            break
    return s


@program(args=lambda rng: (rng.normal(size=5),))
def list_of_unknown_length_by_comprehension(x: Array) -> Result:
    n = len(x)
    a = [x[i] * x[n - 1 - i] for i in range(n)]
    a[1] = a[0] * a[2]
    t = 0.0
    for i, v in enumerate(a):
        t += v * a[i - 1]
    middle = a[1:3]
    return t + middle[0] * middle[1] + sum(a[2:]) + max(a)


@program(args=lambda rng: (rng.normal(size=7),))
def filtered_by_comprehension(x: Array) -> Result:
    return sum([v * v for v in x if v > 0.1]) + len([v for v in x if v < 0])


@program(args=lambda rng: (rng.normal(size=8),))
def path_until_it_leaves(x: Array) -> Result:
    path = []
    s = x[0]
    for t in range(len(x)):
        s = s + math.sin(x[t])
        path.append(s)
        if s > 2.0:
            break
    p = np.array(path)
    return (p * p).mean() + path[-1]


@program(args=lambda rng: (rng.normal(size=5),))
def list_made_in_every_trip(x: Array) -> Result:
    total = 0.0
    for i in range(len(x)):
        row = []
        for j in range(i + 1):
            row.append(x[j] * x[i])
        total += sum(row) * row[-1]
    return total


@program(args=lambda rng: (rng.normal(size=6),))
def ints_in_a_list(x: Array) -> Result:
    fibonacci = [1, 1]
    for _ in range(len(x)):
        fibonacci.append(fibonacci[-1] + fibonacci[-2])
    s = 0.0
    for k in range(len(x)):
        s += fibonacci[k] * x[k]
    return s


@program(args=lambda rng: (rng.normal(size=7),))
def item_of_a_tuple_by_remainder(x: Array) -> Result:
    rates = (0.1, 0.2, 0.5)
    s = 0.0
    for k in range(len(x)):
        s += rates[k % 3] * x[k] ** 2
    return s


@program(args=lambda rng: (rng.normal(size=7),))
def items_of_a_list_by_remainder(x: Array) -> Result:
    ring = [x[0], x[1], x[2]]
    for k in range(len(x)):
        ring[k % 3] = ring[(k + 1) % 3] * x[k] + 0.5
    return ring[0] + 2 * ring[1] + 3 * ring[2]


@program(args=lambda rng: (rng.normal(size=5),))
def arrays_of_a_list_by_remainder(x: Array) -> Result:
    buffers = [x * 1.0, x * 2.0]
    for k in range(len(x)):
        buffers[k % 2][:] = buffers[(k + 1) % 2] * x[k] + 0.1
    return buffers[0].sum() * buffers[1][0]


@program(args=lambda rng: (rng.normal(size=5),))
def builtins_of_an_array(x: Array) -> Result:
    return max(x) * min(x) + sum(x, x[0])


class Lowest:
    """The lowest value seen, None before the first."""

    def __init__(self) -> None:
        self.best = None
        self.seen = 0

    def see(self, v: float) -> None:
        self.seen += 1
        if self.best is None or v < self.best:
            self.best = v


@program(args=lambda rng: (rng.normal(size=6),), compiled=True)
def none_until_the_first(x: Array) -> Result:
    previous = None
    s = 0.0
    for v in x:
        if previous is not None:
            s += (v - previous) ** 2
        previous = v
    return s


@program(args=lambda rng: (rng.normal(size=6),))
def none_in_an_object(x: Array) -> Result:
    lowest = Lowest()
    for v in x:
        lowest.see(v * v)
    return lowest.best * lowest.seen


@program(args=lambda rng: (np.array([0.1, 0.7, 0.3]),), label="found")
@program(args=lambda rng: (np.array([0.1, 0.2, 0.3]),), label="not_found")
def array_or_none(x: Array) -> Result:
    last = None
    for v in x:
        if v > 0.5:
            last = x * v
            break
    if last is None:
        return x.sum()
    return last.sum() * 3


@program(args=lambda rng: (rng.normal(size=4),))
def dict_filled_by_an_index(x: Array) -> Result:
    m = {}
    names = {}
    for i in range(3):
        m[i] = x[i]
        names["k%d" % i] = x[i + 1]  # noqa: UP031
        names[f"l{i}"] = i
    m[1] *= m.get(0, 1.0)
    return sum(v * (i + 1) for i, v in m.items()) + names["k1"] * names["l2"]


@program(args=lambda rng: (rng.normal(size=4),))
def functions_made_by_a_comprehension(x: Array) -> Result:
    late = [lambda v: v * k for k in range(3)]
    bound = [lambda v, k=k: v * k for k in range(3)]
    return late[0](x[0]) + late[1](x[1]) + bound[1](x[2]) + bound[2](x[3])


@program(args=lambda rng: (rng.normal(size=5),))
def list_of_an_array(x: Array) -> Result:
    items = list(x[:4])
    items.append(x[4])
    last = items.pop()
    items[1] *= last
    return items[0] * items[1] + items[-1] * len(items)


class Tank:
    """A level that starts as the class has it."""

    level = 1.0

    def __init__(self, area: float) -> None:
        self.area = area
        self.levels = []

    def flow(self, q: float) -> "Tank":
        self.level = self.level + q / self.area
        self.levels.append(self.level)
        return self


@program(args=lambda rng: (rng.normal(size=5),))
def attribute_of_the_class_set_on_the_instance(x: Array) -> Result:
    tank = Tank(2.0)
    for v in x:
        tank.flow(v).flow(-0.1)
    return tank.level * len(tank.levels) + tank.levels[2]


@program(args=lambda rng: (rng.normal(size=4),))
def items_changed_while_looped_over(x: Array) -> Result:
    items = [x[0], x[1], x[2]]
    for i, v in enumerate(items):
        items[i] = v * 2
        if i + 1 < 3:
            items[i + 1] = v * x[3]
    s = 0.0
    for v, w in zip(items, reversed(items)):
        items[2] = v + 1.0
        s += v * w
    for v in items:
        if len(items) < 5:
            items.append(v * x[0])
    d = {"a": x[0], "b": x[1]}
    for value in d.values():
        d["b"] = value * 3
    return s + sum(items) * d["b"]


@program(args=lambda rng: (rng.normal(size=4),))
def items_of_unknown_number_changed_while_looped_over(x: Array) -> Result:
    items = [v for v in x if v > -10.0]
    s = 0.0
    for k, v in enumerate(items):
        items[2] = v + 1.0
        s += v * (k + 1)
    return s


@program(args=lambda rng: (rng.normal(size=5),))
def stack_machine(x: Array) -> Result:
    stack = []
    for i in range(5):
        if i in (2, 4):
            b = stack.pop()
            a = stack.pop()
            stack.append(a * b)
        stack.append(x[i])
    return stack[-1] - stack[0]


@program(args=lambda rng: (rng.normal(size=5), 0.7, 2))
def numbers_in_tuples_and_lists(x: Array, s: float, k: int) -> Result:
    total = 0.0
    for i in range(len(x)):
        if i in (2, 4):
            total += x[i] * 2
        elif i not in [0, k + 1]:
            total -= x[i] ** 2
    if s in (0.7, 1.0) and k not in (1, 3):
        total *= s
    return total


@program(args=lambda rng: (rng.normal(size=3), 0.7))
def error_in_a_branch_not_taken(x: Array, s: float) -> Result:
    parts = [x[0], x[1] * s]
    if s > 3.0:
        s = parts[5] + 1.0
    return parts[0] * s + (parts[1] if s < 1.0 else [x[2]].pop(1))


@program(args=lambda rng: (rng.normal(size=6), 4))
def ranges_are_indexed(x: Array, k: int) -> Result:
    s, turned, n = 0.0, range(len(x))[::-1], range(1, k)
    for i in turned:
        s = s * 0.5 + x[i]
    for i in range(len(x))[-3::2]:
        s += x[i] ** 2
    for i in range(k, -1, -2)[: k - 2]:
        s += x[i] ** 3
    return s + x[n[0]] * x[n[-1]] + sum(x[i] * i for i in n[1:]) * len(range(k)[5:])
