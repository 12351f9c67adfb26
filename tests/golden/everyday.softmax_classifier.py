import numpy as np


def softmax_classifier_grad(params_w, params_b, params_v, x, labels):
    """Value of softmax_classifier and its gradient with respect to params, x."""
    n, m = params_w.shape
    p = params_b.shape[0]
    q, m_1 = params_v.shape
    n_1, m_2 = x.shape
    n_2 = labels.shape[0]
    # h = np.tanh(x @ params["w"] + params["b"])
    if m_2 != n:
        raise ValueError("shapes ({},{}) and ({},{}) not aligned: {} != {} (everyday.py)", n_1, m_2, n, m, m_2, n)
    product = x @ params_w
    if m != p:
        raise ValueError(
            "operands could not be broadcast together with shapes ({},{}) ({},) (everyday.py)", n_1, m, p
        )
    h = np.empty((n_1, m))
    for j in range(n_1):
        for k in range(m):
            h[j, k] = np.tanh(product[j, k] + params_b[k])
    # logits = h @ params["v"]
    if m != q:
        raise ValueError("shapes ({},{}) and ({},{}) not aligned: {} != {} (everyday.py)", n_1, m, q, m_1, m, q)
    logits = h @ params_v
    # logits = logits - np.max(logits, axis=1, keepdims=True)
    if m_1 <= 0:
        raise ValueError("zero-size array to reduction operation maximum which has no identity (everyday.py)")
    logits_1 = np.empty((n_1, m_1))
    largest_saved = np.empty(n_1)
    saved = np.empty(n_1)
    for j in range(n_1):
        largest = -np.inf
        for k in range(m_1):
            largest = np.maximum(largest, logits[j, k])
        largest_saved[j] = largest
        ties = 0.0
        for k in range(m_1):
            ties += 1.0 if logits[j, k] == largest else 0.0
        saved[j] = 1.0 / ties
        for k in range(m_1):
            logits_1[j, k] = logits[j, k] - largest
    # logp = logits - np.log(np.sum(np.exp(logits), axis=1, keepdims=True))
    temp = np.empty((n_1, m_1))
    for j in range(n_1):
        for k in range(m_1):
            temp[j, k] = np.exp(logits_1[j, k])
    logp = np.empty((n_1, m_1))
    total_saved = np.empty(n_1)
    for j in range(n_1):
        total = 0.0
        for k in range(m_1):
            total += temp[j, k]
        total_saved[j] = total
        t = np.log(total)
        for k in range(m_1):
            logp[j, k] = logits_1[j, k] - t
    # loss -= logp[i, labels[i]]
    count = -m_1
    count_1 = n_1 - 1
    if count_1 >= n_2:
        raise IndexError("index {} is out of bounds for axis {} with size {} (everyday.py)", count_1, 0, n_2)
    # for i in range(x.shape[0]):
    loss = 0.0
    for i in range(n_1):
        # loss -= logp[i, labels[i]]
        labels_i = labels[i]
        if not (labels_i >= count and labels_i < m_1):
            raise IndexError("index {} is out of bounds for axis {} with size {} (everyday.py)", labels_i, 1, m_1)
        loss -= logp[i, labels_i]
    # return loss / x.shape[0] + 0.01 * np.sum(params["w"] ** 2)
    t = np.float64(n_1)
    t_1 = loss / t
    total = 0.0
    for j in range(n):
        s = 0.0
        for k in range(m):
            params_w_jk = params_w[j, k]
            s += params_w_jk * params_w_jk
        total += s
    t_1 += 0.01 * total
    params_w_bar = np.empty_like(params_w)
    for j in range(n):
        for k in range(m):
            params_w_bar[j, k] = 2.0 * (0.01 * params_w[j, k])
    loss_bar = 1.0 / t
    # loss -= logp[i, labels[i]]
    logp_bar = np.zeros_like(logp)
    # for i in range(x.shape[0]):
    for i in range(count_1, -1, -1):
        # loss -= logp[i, labels[i]]
        labels_i = labels[i]
        logp_bar[i, labels_i] -= loss_bar
    # logp = logits - np.log(np.sum(np.exp(logits), axis=1, keepdims=True))
    logits_bar = np.empty_like(logits_1)
    # logits = logits - np.max(logits, axis=1, keepdims=True)
    logits_bar_1 = np.empty_like(logits)
    # logp = logits - np.log(np.sum(np.exp(logits), axis=1, keepdims=True))
    for j in range(n_1):
        s = 0.0
        for k in range(m_1):
            logp_bar_jk = logp_bar[j, k]
            s -= logp_bar_jk
            logits_bar[j, k] = logp_bar_jk
        total_bar = s / total_saved[j] if s != 0.0 else 0.0
        for k in range(m_1):
            t = total_bar * temp[j, k] if total_bar != 0.0 else 0.0
            logits_bar[j, k] += t
        # logits = logits - np.max(logits, axis=1, keepdims=True)
        largest_bar = 0.0
        for k in range(m_1):
            logits_bar_jk = logits_bar[j, k]
            largest_bar -= logits_bar_jk
            logits_bar_1[j, k] = logits_bar_jk
        largest = largest_saved[j]
        saved_j = saved[j]
        test = largest_bar != 0.0
        for k in range(m_1):
            t = largest_bar * (saved_j if logits[j, k] == largest else 0.0) if test else 0.0
            logits_bar_1[j, k] += t
    # logits = h @ params["v"]
    h_bar = logits_bar_1 @ params_v.T
    finite = True
    for j in range(n_1):
        finite_1 = True
        for k in range(m):
            finite_1 = finite_1 and np.isfinite(h_bar[j, k])
        finite = finite and finite_1
    if not finite:
        for j in range(n_1):
            for k in range(m):
                total = 0.0
                for l in range(m_1):
                    logits_bar_1_jl = logits_bar_1[j, l]
                    total += logits_bar_1_jl * params_v[k, l] if logits_bar_1_jl != 0.0 else 0.0
                h_bar[j, k] = total
    params_v_bar = h.T @ logits_bar_1
    finite = True
    for j in range(q):
        finite_1 = True
        for k in range(m_1):
            finite_1 = finite_1 and np.isfinite(params_v_bar[j, k])
        finite = finite and finite_1
    if not finite:
        for j in range(q):
            for k in range(m_1):
                total = 0.0
                for l in range(n_1):
                    logits_bar_1_lk = logits_bar_1[l, k]
                    total += h[l, j] * logits_bar_1_lk if logits_bar_1_lk != 0.0 else 0.0
                params_v_bar[j, k] = total
    # h = np.tanh(x @ params["w"] + params["b"])
    params_b_bar = np.zeros_like(params_b)
    for j in range(n_1):
        for k in range(m):
            h_bar_jk = h_bar[j, k]
            t = np.exp(-2.0 * abs(product[j, k] + params_b[k]))
            t_2 = 1.0 + t
            t = h_bar_jk * (4.0 * t / (t_2 * t_2)) if h_bar_jk != 0.0 else 0.0
            params_b_bar[k] += t
            h_bar[j, k] = t
    x_bar = h_bar @ params_w.T
    finite = True
    for j in range(n_1):
        finite_1 = True
        for k in range(m_2):
            finite_1 = finite_1 and np.isfinite(x_bar[j, k])
        finite = finite and finite_1
    if not finite:
        for j in range(n_1):
            for k in range(m_2):
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
                for l in range(n_1):
                    h_bar_lk = h_bar[l, k]
                    total += x[l, j] * h_bar_lk if h_bar_lk != 0.0 else 0.0
                product_1[j, k] = total
    for j in range(n):
        for k in range(m):
            params_w_bar[j, k] += product_1[j, k]
    return t_1, params_w_bar, params_b_bar, params_v_bar, x_bar
