"""Recurrences over a sequence: the diagonal LSTM of ADBench, and the forward algorithm of a hidden Markov model."""

from __future__ import annotations

import numpy as np

from benchmarks.compiled import compiled
from benchmarks.program import Program


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def lstm(weight, bias, extra, hidden, cell, sequence):
    hidden, cell = hidden.copy(), cell.copy()
    length, width = sequence.shape
    total = 0.0
    for t in range(length - 1):
        x = sequence[t] * extra[0]
        for layer in range(weight.shape[0]):
            forget = sigmoid(x * weight[layer, 0] + bias[layer, 0])
            ingate = sigmoid(hidden[layer] * weight[layer, 1] + bias[layer, 1])
            outgate = sigmoid(x * weight[layer, 2] + bias[layer, 2])
            change = np.tanh(hidden[layer] * weight[layer, 3] + bias[layer, 3])
            cell[layer] = cell[layer] * forget + ingate * change
            hidden[layer] = outgate * np.tanh(cell[layer])
            x = hidden[layer]
        predicted = x * extra[1] + extra[2]
        normalised = predicted - np.log(2.0 + np.sum(np.exp(predicted)))
        total += np.sum(sequence[t + 1] * normalised)
    return -total / ((length - 1) * width)


@compiled
def lstm_fused(weight, bias, extra, hidden, cell, sequence):
    hidden, cell = hidden.copy(), cell.copy()
    length, width = sequence.shape
    x = np.empty(width)
    total = 0.0
    for t in range(length - 1):
        for j in range(width):
            x[j] = sequence[t, j] * extra[0, j]
        for layer in range(weight.shape[0]):
            for j in range(width):
                forget = 1.0 / (1.0 + np.exp(-(x[j] * weight[layer, 0, j] + bias[layer, 0, j])))
                ingate = 1.0 / (1.0 + np.exp(-(hidden[layer, j] * weight[layer, 1, j] + bias[layer, 1, j])))
                outgate = 1.0 / (1.0 + np.exp(-(x[j] * weight[layer, 2, j] + bias[layer, 2, j])))
                change = np.tanh(hidden[layer, j] * weight[layer, 3, j] + bias[layer, 3, j])
                cell[layer, j] = cell[layer, j] * forget + ingate * change
                hidden[layer, j] = outgate * np.tanh(cell[layer, j])
                x[j] = hidden[layer, j]
        exps, golds, products = 0.0, 0.0, 0.0
        for j in range(width):
            predicted = x[j] * extra[1, j] + extra[2, j]
            exps += np.exp(predicted)
            golds += sequence[t + 1, j]
            products += sequence[t + 1, j] * predicted
        total += products - golds * np.log(2.0 + exps)
    return -total / ((length - 1) * width)


@compiled
def lstm_by_hand(weight, bias, extra, hidden, cell, sequence):
    # The gates and states of every step are kept; what leads from a step to the loss is differentiated at once.
    layers, width = hidden.shape
    steps = sequence.shape[0] - 1
    # An array for each gate: parts of one could overlap for all that LLVM knows, and it would not vectorise.
    forgets, ingates = np.empty((steps, layers, width)), np.empty((steps, layers, width))
    outgates, changes = np.empty((steps, layers, width)), np.empty((steps, layers, width))
    cells, hiddens = np.empty((steps + 1, layers, width)), np.empty((steps + 1, layers, width))
    tanhs = np.empty((steps, layers, width))
    predicted_bars = np.empty((steps, width))
    cells[0], hiddens[0] = cell, hidden
    h, c = np.empty_like(hidden), np.empty_like(cell)
    h[:], c[:] = hidden, cell
    scale = -1.0 / (steps * width)
    total = 0.0
    x = np.empty(width)
    for t in range(steps):
        for j in range(width):
            x[j] = sequence[t, j] * extra[0, j]
        for layer in range(layers):
            forget, ingate, outgate = forgets[t, layer], ingates[t, layer], outgates[t, layer]
            change, tanh = changes[t, layer], tanhs[t, layer]
            for j in range(width):
                forget[j] = np.exp(-(x[j] * weight[layer, 0, j] + bias[layer, 0, j]))
            for j in range(width):
                outgate[j] = np.exp(-(x[j] * weight[layer, 2, j] + bias[layer, 2, j]))
            for j in range(width):
                ingate[j] = np.exp(-(h[layer, j] * weight[layer, 1, j] + bias[layer, 1, j]))
            for j in range(width):
                change[j] = np.tanh(h[layer, j] * weight[layer, 3, j] + bias[layer, 3, j])
            for j in range(width):
                forget[j] = 1.0 / (1.0 + forget[j])
                ingate[j] = 1.0 / (1.0 + ingate[j])
                outgate[j] = 1.0 / (1.0 + outgate[j])
                c[layer, j] = c[layer, j] * forget[j] + ingate[j] * change[j]
                cells[t + 1, layer, j] = c[layer, j]
            for j in range(width):
                tanh[j] = np.tanh(c[layer, j])
            for j in range(width):
                h[layer, j] = outgate[j] * tanh[j]
                x[j] = h[layer, j]
                hiddens[t + 1, layer, j] = h[layer, j]
        for j in range(width):
            predicted_bars[t, j] = np.exp(x[j] * extra[1, j] + extra[2, j])
        exps, golds, products = 0.0, 0.0, 0.0
        for j in range(width):
            predicted = x[j] * extra[1, j] + extra[2, j]
            exps += predicted_bars[t, j]
            golds += sequence[t + 1, j]
            products += sequence[t + 1, j] * predicted
        total += products - golds * np.log(2.0 + exps)
        share = golds / (2.0 + exps)
        for j in range(width):
            predicted_bars[t, j] = scale * (sequence[t + 1, j] - share * predicted_bars[t, j])

    weight_bar, bias_bar, extra_bar = np.zeros_like(weight), np.zeros_like(bias), np.zeros_like(extra)
    hidden_bar, cell_bar = np.zeros_like(hidden), np.zeros_like(cell)
    x_bar = np.empty(width)
    for t in range(steps - 1, -1, -1):
        last = hiddens[t + 1, layers - 1]
        for j in range(width):
            extra_bar[1, j] += predicted_bars[t, j] * last[j]
            extra_bar[2, j] += predicted_bars[t, j]
            x_bar[j] = predicted_bars[t, j] * extra[1, j]
            x[j] = sequence[t, j] * extra[0, j]
        for layer in range(layers - 1, -1, -1):
            w, w_bar, b_bar = weight[layer], weight_bar[layer], bias_bar[layer]
            h_bar, c_bar, before = hidden_bar[layer], cell_bar[layer], hiddens[t, layer]
            under = hiddens[t + 1, layer - 1] if layer > 0 else x
            for j in range(width):
                above_bar = h_bar[j] + x_bar[j]
                forget, ingate = forgets[t, layer, j], ingates[t, layer, j]
                outgate, change = outgates[t, layer, j], changes[t, layer, j]
                tanh = tanhs[t, layer, j]
                state_bar = c_bar[j] + above_bar * outgate * (1.0 - tanh * tanh)
                forget_bar = state_bar * cells[t, layer, j] * forget * (1.0 - forget)
                ingate_bar = state_bar * change * ingate * (1.0 - ingate)
                outgate_bar = above_bar * tanh * outgate * (1.0 - outgate)
                change_bar = state_bar * ingate * (1.0 - change * change)
                c_bar[j] = state_bar * forget
                w_bar[0, j] += forget_bar * under[j]
                w_bar[1, j] += ingate_bar * before[j]
                w_bar[2, j] += outgate_bar * under[j]
                w_bar[3, j] += change_bar * before[j]
                b_bar[0, j] += forget_bar
                b_bar[1, j] += ingate_bar
                b_bar[2, j] += outgate_bar
                b_bar[3, j] += change_bar
                x_bar[j] = forget_bar * w[0, j] + outgate_bar * w[2, j]
                h_bar[j] = ingate_bar * w[1, j] + change_bar * w[3, j]
        for j in range(width):
            extra_bar[0, j] += x_bar[j] * sequence[t, j]
    return scale * total, (weight_bar, bias_bar, extra_bar)


def lstm_torch(torch, weight, bias, extra, hidden, cell, sequence):
    length, width = sequence.shape
    hidden, cell = list(hidden), list(cell)
    total = 0.0
    for t in range(length - 1):
        x = sequence[t] * extra[0]
        for layer in range(weight.shape[0]):
            forget = torch.sigmoid(x * weight[layer, 0] + bias[layer, 0])
            ingate = torch.sigmoid(hidden[layer] * weight[layer, 1] + bias[layer, 1])
            outgate = torch.sigmoid(x * weight[layer, 2] + bias[layer, 2])
            change = torch.tanh(hidden[layer] * weight[layer, 3] + bias[layer, 3])
            cell[layer] = cell[layer] * forget + ingate * change
            hidden[layer] = outgate * torch.tanh(cell[layer])
            x = hidden[layer]
        predicted = x * extra[1] + extra[2]
        normalised = predicted - torch.log(2.0 + torch.sum(torch.exp(predicted)))
        total = total + torch.sum(sequence[t + 1] * normalised)
    return -total / ((length - 1) * width)


def lstm_jax(jax, weight, bias, extra, hidden, cell, sequence):
    jnp = jax.numpy
    length, width = sequence.shape

    def step(carried, pair):
        hidden, cell = carried
        now, following = pair
        x = now * extra[0]
        hiddens, cells = [], []
        for layer in range(weight.shape[0]):
            forget = jax.nn.sigmoid(x * weight[layer, 0] + bias[layer, 0])
            ingate = jax.nn.sigmoid(hidden[layer] * weight[layer, 1] + bias[layer, 1])
            outgate = jax.nn.sigmoid(x * weight[layer, 2] + bias[layer, 2])
            change = jnp.tanh(hidden[layer] * weight[layer, 3] + bias[layer, 3])
            cells.append(cell[layer] * forget + ingate * change)
            x = outgate * jnp.tanh(cells[layer])
            hiddens.append(x)
        predicted = x * extra[1] + extra[2]
        normalised = predicted - jnp.log(2.0 + jnp.sum(jnp.exp(predicted)))
        return (tuple(hiddens), tuple(cells)), jnp.sum(following * normalised)

    _, terms = jax.lax.scan(step, (tuple(hidden), tuple(cell)), (sequence[:-1], sequence[1:]))
    return -jnp.sum(terms) / ((length - 1) * width)


def hmm(start, transition, emission, observed):
    alpha = start * emission[:, observed[0]]
    scale = np.sum(alpha)
    alpha = alpha / scale
    total = np.log(scale)
    for t in range(1, observed.shape[0]):
        alpha = (alpha @ transition) * emission[:, observed[t]]
        scale = np.sum(alpha)
        alpha = alpha / scale
        total = total + np.log(scale)
    return total


@compiled
def hmm_by_hand(start, transition, emission, observed):
    # The normalised states and the scales are kept; what came from the state before is found from these.
    states, length = start.shape[0], observed.shape[0]
    rows, columns = np.empty((emission.shape[1], states)), np.empty((states, states))
    rows[:, :], columns[:, :] = emission.T, transition.T
    alphas = np.empty((length, states))
    scales = np.empty(length)
    total = 0.0
    for t in range(length):
        alpha = alphas[t]
        if t == 0:
            alpha[:] = start
        else:
            alpha[:] = 0.0
            for i in range(states):
                before = alphas[t - 1, i]
                for j in range(states):
                    alpha[j] += before * transition[i, j]
        emitted = rows[observed[t]]
        for j in range(states):
            alpha[j] *= emitted[j]
        scale = alpha.sum()
        scales[t] = scale
        total += np.log(scale)
        for j in range(states):
            alpha[j] /= scale

    rows_bar, transition_bar = np.zeros_like(rows), np.zeros_like(transition)
    alpha_bar, sent_bar = np.zeros(states), np.empty(states)
    for t in range(length - 1, -1, -1):
        alpha, emitted, emitted_bar = alphas[t], rows[observed[t]], rows_bar[observed[t]]
        product = 0.0
        for j in range(states):
            product += alpha_bar[j] * alpha[j]
        for j in range(states):
            weighted_bar = (alpha_bar[j] + 1.0 - product) / scales[t]
            emitted_bar[j] += weighted_bar * alpha[j] * scales[t] / emitted[j]
            sent_bar[j] = weighted_bar * emitted[j]
        if t > 0:
            for i in range(states):
                before, alpha_bar[i] = alphas[t - 1, i], 0.0
                for j in range(states):
                    transition_bar[i, j] += before * sent_bar[j]
            for j in range(states):
                after_bar = sent_bar[j]
                for i in range(states):
                    alpha_bar[i] += columns[j, i] * after_bar
    return total, (sent_bar, transition_bar, rows_bar.T.copy())


def hmm_jax(jax, start, transition, emission, observed):
    jnp = jax.numpy
    alpha = start * emission[:, observed[0]]
    scale = jnp.sum(alpha)

    def step(alpha, symbol):
        alpha = (alpha @ transition) * emission[:, symbol]
        scale = jnp.sum(alpha)
        return alpha / scale, jnp.log(scale)

    _, logs = jax.lax.scan(step, alpha / scale, observed[1:])
    return jnp.log(scale) + jnp.sum(logs)


def letters(rng, layers, length, width=14):
    sequence = np.eye(width)[rng.integers(0, width, length)]
    return (
        rng.normal(size=(layers, 4, width)),
        rng.normal(size=(layers, 4, width)),
        rng.normal(size=(3, width)),
        rng.normal(size=(layers, width)),
        rng.normal(size=(layers, width)),
        sequence,
    )


def chain(rng, states, symbols, length):
    transition = rng.uniform(0.1, 1.0, (states, states))
    emission = rng.uniform(0.1, 1.0, (states, symbols))
    return (
        np.full(states, 1.0 / states),
        transition / transition.sum(axis=1, keepdims=True),
        emission / emission.sum(axis=1, keepdims=True),
        rng.integers(0, symbols, length),
    )


PROGRAMS = (
    Program(
        name="lstm",
        family="sequences",
        kind="loop",
        function=lstm,
        sizes={"l=2 c=256": lambda rng: letters(rng, 2, 256), "l=4 c=4096": lambda rng: letters(rng, 4, 4096)},
        tiny=lambda rng: letters(rng, 2, 4, 3),
        wrt=(0, 1, 2),
        hand=lstm_by_hand,
        fused=lstm_fused,
        expected=1.6,
        expected_at="l=4 c=4096",
        peers={"torch": lstm_torch, "jax": lstm_jax},
    ),
    Program(
        name="hmm",
        family="sequences",
        kind="loop",
        function=hmm,
        sizes={
            "S=8 T=200": lambda rng: chain(rng, 8, 10, 200),
            "S=32 T=2000": lambda rng: chain(rng, 32, 20, 2000),
        },
        tiny=lambda rng: chain(rng, 3, 4, 5),
        wrt=(0, 1, 2),
        hand=hmm_by_hand,
        peers={"jax": hmm_jax},
    ),
)
