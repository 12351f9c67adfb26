import numpy as np


def convolution_and_pooling_grad(image, kernel):
    """Value of convolution_and_pooling and its gradient with respect to image, kernel.

    Returns the value, then the derivatives with respect to
        image     of its shape, (n, m)
        kernel    of its shape, (rows_kernel, columns_kernel)
    """
    n, m = image.shape
    rows_kernel, columns_kernel = kernel.shape
    # -- forward sweep --
    out = np.zeros((4, 4))
    for i in range(4):
        length = max(min(i + 3, n) - i, 0)
        condition = length == rows_kernel
        for j in range(4):
            # out[i, j] = np.sum(image[i : i + 3, j : j + 3] * kernel)
            length_1 = max(min(j + 3, m) - j, 0)
            if length_1 != columns_kernel or not condition:
                raise ValueError(
                    f"operands could not be broadcast together with shapes ({length},{length_1}) ({rows_kernel},{columns_kernel}) (networks.py)"
                )
            total = 0.0
            for k in range(length):
                index = i + k
                s = 0.0
                for l in range(length_1):
                    s += image[index, j + l] * kernel[k, l]
                total += s
            out[i, j] = total
    blocks = out.reshape(2, 2, 2, 2)
    largest_saved = np.empty((2, 2))
    largest_saved_1 = np.empty((2, 2))
    ratio_saved = np.empty((2, 2))
    # -- backward sweep --
    out_bar = np.zeros_like(out)
    # return np.sum(blocks.max(axis=(1, 3)) ** 2)
    blocks_bar = out_bar.reshape(2, 2, 2, 2)
    # -- forward and backward sweep --
    total = 0.0
    for k in range(2):
        s = 0.0
        for l in range(2):
            largest = -np.inf
            for p in range(2):
                for q in range(2):
                    largest = np.maximum(largest, blocks[k, p, l, q])
            largest_saved_1[k, l] = largest
            ties = 0.0
            for p in range(2):
                for q in range(2):
                    ties += 1.0 if blocks[k, p, l, q] == largest else 0.0
            ratio_saved[k, l] = 1.0 / ties
            largest_saved[k, l] = largest
            s += largest * largest
        total += s
        for l in range(2):
            largest_bar = 2.0 * largest_saved[k, l]
            largest = largest_saved_1[k, l]
            ratio = ratio_saved[k, l]
            for p in range(2):
                for q in range(2):
                    value_bar = largest_bar * (ratio if blocks[k, p, l, q] == largest else 0.0)
                    blocks_bar[k, p, l, q] += value_bar
    kernel_bar = np.zeros_like(kernel)
    image_bar = np.zeros_like(image)
    # for i in range(4):
    for i in range(3, -1, -1):
        length = max(min(i + 3, n) - i, 0)
        # for j in range(4):
        for j in range(3, -1, -1):
            # out[i, j] = np.sum(image[i : i + 3, j : j + 3] * kernel)
            total_bar = out_bar[i, j]
            length_1 = max(min(j + 3, m) - j, 0)
            nonzero = total_bar != 0.0
            for k in range(length):
                index = i + k
                for l in range(length_1):
                    index_1 = j + l
                    value = kernel_bar[k, l] + (total_bar * image[index, index_1] if nonzero else 0.0)
                    kernel_bar[k, l] = value
                    value = image_bar[index, index_1] + (total_bar * kernel[k, l] if nonzero else 0.0)
                    image_bar[index, index_1] = value
    return total, image_bar, kernel_bar
