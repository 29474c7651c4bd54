"""Images of any size → the size that the network sees."""

import numpy as np
from numpy.typing import NDArray

from resnet_app.config import IMAGE_SIZE
from resnet_app.data.dataset import Images
from resnet_app.imaging import resize


def to_model_size(images: NDArray[np.uint8]) -> Images:
    """(N, H, W) uint8 → (N, 50, 50) uint8, antialiased; 50×50 comes back unchanged.

    What is not square is first padded to a square with its border's median, never squashed.
    """
    if images.shape[1:] == (IMAGE_SIZE, IMAGE_SIZE):
        return images
    sized = np.empty((len(images), IMAGE_SIZE, IMAGE_SIZE), np.uint8)
    for index, image in enumerate(images):
        sized[index] = resize(_square(image), IMAGE_SIZE, IMAGE_SIZE)
    return sized


def _square(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = image.shape
    if height == width:
        return image
    side = max(height, width)
    border = np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]])
    square = np.full((side, side), round(float(np.median(border))), np.uint8)
    top, left = (side - height) // 2, (side - width) // 2
    square[top : top + height, left : left + width] = image
    return square
