"""Images of any size → the size that the network sees."""

import numpy as np
from numpy.typing import NDArray

from resnet_app.config import IMAGE_SIZE
from resnet_app.data.dataset import Images
from resnet_app.imaging import resize


def to_model_size(images: NDArray[np.uint8]) -> Images:
    """(N, H, W) uint8 → (N, 50, 50) uint8, each as ``fit`` does; 50×50 comes back unchanged."""
    if images.shape[1:] == (IMAGE_SIZE, IMAGE_SIZE):
        return images
    sized = np.empty((len(images), IMAGE_SIZE, IMAGE_SIZE), np.uint8)
    for index, image in enumerate(images):
        sized[index] = fit(image)
    return sized


def fit(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(H, W) uint8 → (50, 50) uint8, antialiased; 50×50 comes back unchanged.

    What is not square keeps its shape: it is padded with its border's median, never squashed.
    """
    height, width = image.shape
    scale = IMAGE_SIZE / max(height, width)
    small = resize(image, max(1, round(height * scale)), max(1, round(width * scale)))
    if height == width:
        return small
    border = np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]])
    square = np.full((IMAGE_SIZE, IMAGE_SIZE), round(float(np.median(border))), np.uint8)
    top, left = (IMAGE_SIZE - small.shape[0]) // 2, (IMAGE_SIZE - small.shape[1]) // 2
    square[top : top + small.shape[0], left : left + small.shape[1]] = small
    return square
