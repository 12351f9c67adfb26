import numpy as np


def softmax_classifier_grad(params_w, params_b, params_v, x, labels):
    """Value of softmax_classifier and its gradient with respect to params, x.

    Returns the value, then the derivatives with respect to
        params_w    of its shape, (n, m)
        params_b    of its shape, (size_params_b,)
        params_v    of its shape, (rows_params_v, columns_params_v)
        x           of its shape, (rows_x, columns_x)
    """
    n, m = params_w.shape
    size_params_b = params_b.shape[0]
    rows_params_v, columns_params_v = params_v.shape
    rows_x, columns_x = x.shape
    size_labels = labels.shape[0]
    # -- forward sweep --
    # h = np.tanh(x @ params["w"] + params["b"])
    if columns_x != n:
        raise ValueError(
            f"shapes ({rows_x},{columns_x}) and ({n},{m}) not aligned: {columns_x} != {n} (everyday.py)"
        )
    product = x @ params_w
    if m != size_params_b:
        raise ValueError(
            f"operands could not be broadcast together with shapes ({rows_x},{m}) ({size_params_b},) (everyday.py)"
        )
    h = np.empty((rows_x, m))
    for j in range(rows_x):
        for k in range(m):
            h[j, k] = np.tanh(product[j, k] + params_b[k])
    # logits = h @ params["v"]
    if m != rows_params_v:
        raise ValueError(
            f"shapes ({rows_x},{m}) and ({rows_params_v},{columns_params_v}) not aligned: {m} != {rows_params_v} (everyday.py)"
        )
    logits = h @ params_v
    # logits = logits - np.max(logits, axis=1, keepdims=True)
    if columns_params_v <= 0:
        raise ValueError("zero-size array to reduction operation maximum which has no identity (everyday.py)")
    logp = np.empty((rows_x, columns_params_v))
    largest_saved = np.empty(rows_x)
    ratio_saved = np.empty(rows_x)
    for j in range(rows_x):
        largest = -np.inf
        for k in range(columns_params_v):
            largest = np.maximum(largest, logits[j, k])
        largest_saved[j] = largest
        ties = 0.0
        for k in range(columns_params_v):
            ties += 1.0 if logits[j, k] == largest else 0.0
        ratio_saved[j] = 1.0 / ties
        for k in range(columns_params_v):
            logp[j, k] = logits[j, k] - largest
    # logp = logits - np.log(np.sum(np.exp(logits), axis=1, keepdims=True))
    temp = np.empty((rows_x, columns_params_v))
    for j in range(rows_x):
        for k in range(columns_params_v):
            temp[j, k] = np.exp(logp[j, k])
    total_saved = np.empty(rows_x)
    for j in range(rows_x):
        total = 0.0
        for k in range(columns_params_v):
            total += temp[j, k]
        total_saved[j] = total
        logarithm = np.log(total)
        for k in range(columns_params_v):
            logp[j, k] -= logarithm
    # loss -= logp[i, labels[i]]
    lowest = -columns_params_v
    last = rows_x - 1
    if last >= size_labels:
        raise IndexError(f"index {last} is out of bounds for axis 0 with size {size_labels} (everyday.py)")
    # for i in range(x.shape[0]):
    loss = 0.0
    for i in range(rows_x):
        # loss -= logp[i, labels[i]]
        labels_i = labels[i]
        if not (labels_i >= lowest and labels_i < columns_params_v):
            raise IndexError(
                f"index {labels_i} is out of bounds for axis 1 with size {columns_params_v} (everyday.py)"
            )
        loss -= logp[i, labels_i]
    # return loss / x.shape[0] + 0.01 * np.sum(params["w"] ** 2)
    value = np.float64(rows_x)
    ratio = loss / value
    total = 0.0
    for j in range(n):
        s = 0.0
        for k in range(m):
            params_w_jk = params_w[j, k]
            s += params_w_jk * params_w_jk
        total += s
    value_1 = ratio + 0.01 * total
    # -- backward sweep --
    params_w_bar = np.empty_like(params_w)
    for j in range(n):
        for k in range(m):
            params_w_bar[j, k] = 0.02 * params_w[j, k]
    loss_bar = 1.0 / value
    logp_bar = np.zeros_like(logp)
    # for i in range(x.shape[0]):
    for i in range(last, -1, -1):
        # loss -= logp[i, labels[i]]
        labels_i = labels[i]
        logp_bar[i, labels_i] -= loss_bar
    # logp = logits - np.log(np.sum(np.exp(logits), axis=1, keepdims=True))
    for j in range(rows_x):
        logarithm_bar = 0.0
        for k in range(columns_params_v):
            logarithm_bar -= logp_bar[j, k]
        total_bar = logarithm_bar / total_saved[j] if logarithm_bar != 0.0 else 0.0
        for k in range(columns_params_v):
            value = logp_bar[j, k] + (total_bar * temp[j, k] if total_bar != 0.0 else 0.0)
            logp_bar[j, k] = value
        # logits = logits - np.max(logits, axis=1, keepdims=True)
        largest_bar = 0.0
        for k in range(columns_params_v):
            largest_bar -= logp_bar[j, k]
        largest = largest_saved[j]
        ratio = ratio_saved[j]
        nonzero = largest_bar != 0.0
        for k in range(columns_params_v):
            value_bar = largest_bar * (ratio if logits[j, k] == largest else 0.0) if nonzero else 0.0
            logp_bar[j, k] += value_bar
    h_bar = logp_bar @ params_v.T
    # logits = h @ params["v"]
    finite = True
    for j in range(rows_x):
        finite_1 = True
        for k in range(m):
            finite_1 = finite_1 and np.isfinite(h_bar[j, k])
        finite = finite and finite_1
    if not finite:
        for j in range(rows_x):
            for k in range(m):
                total = 0.0
                for l in range(columns_params_v):
                    logp_bar_jl = logp_bar[j, l]
                    total += logp_bar_jl * params_v[k, l] if logp_bar_jl != 0.0 else 0.0
                h_bar[j, k] = total
    params_v_bar = h.T @ logp_bar
    finite = True
    for j in range(rows_params_v):
        finite_1 = True
        for k in range(columns_params_v):
            finite_1 = finite_1 and np.isfinite(params_v_bar[j, k])
        finite = finite and finite_1
    if not finite:
        for j in range(rows_params_v):
            for k in range(columns_params_v):
                total = 0.0
                for l in range(rows_x):
                    logp_bar_lk = logp_bar[l, k]
                    total += h[l, j] * logp_bar_lk if logp_bar_lk != 0.0 else 0.0
                params_v_bar[j, k] = total
    params_b_bar = np.zeros_like(params_b)
    # h = np.tanh(x @ params["w"] + params["b"])
    for j in range(rows_x):
        for k in range(m):
            h_bar_jk = h_bar[j, k]
            exponential = np.exp(-2.0 * abs(product[j, k] + params_b[k]))
            value = 1.0 + exponential
            params_b_k_bar = h_bar_jk * (4.0 * exponential / (value * value)) if h_bar_jk != 0.0 else 0.0
            params_b_bar[k] += params_b_k_bar
            h_bar[j, k] = params_b_k_bar
    x_bar = h_bar @ params_w.T
    finite = True
    for j in range(rows_x):
        finite_1 = True
        for k in range(columns_x):
            finite_1 = finite_1 and np.isfinite(x_bar[j, k])
        finite = finite and finite_1
    if not finite:
        for j in range(rows_x):
            for k in range(columns_x):
                total = 0.0
                for l in range(m):
                    h_bar_jl = h_bar[j, l]
                    total += h_bar_jl * params_w[k, l] if h_bar_jl != 0.0 else 0.0
                x_bar[j, k] = total
    product_1 = x.T @ h_bar
    finite = True
    for j in range(n):
        finite_1 = True
        for k in range(m):
            finite_1 = finite_1 and np.isfinite(product_1[j, k])
        finite = finite and finite_1
    if not finite:
        for j in range(n):
            for k in range(m):
                total = 0.0
                for l in range(rows_x):
                    h_bar_lk = h_bar[l, k]
                    total += x[l, j] * h_bar_lk if h_bar_lk != 0.0 else 0.0
                product_1[j, k] = total
    for j in range(n):
        for k in range(m):
            params_w_bar[j, k] += product_1[j, k]
    return value_1, params_w_bar, params_b_bar, params_v_bar, x_bar
