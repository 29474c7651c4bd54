"""A data set as the checks see it: everything expensive is worked out once."""

from collections.abc import Callable
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from resnet_app.config import IMAGE_SIZE
from resnet_app.data.audit.features import Basis, Rows, Window, coarse, directions
from resnet_app.data.audit.measures import Measures, measure, order
from resnet_app.data.audit.neighbours import Neighbours, find_neighbours
from resnet_app.data.audit.twins import Numbers, Twins, find_twins
from resnet_app.data.dataset import Dataset, Images, Labels
from resnet_app.data.mapped import take
from resnet_app.data.source import Progress, no_progress
from resnet_app.imaging import Framing

_AT_ONCE = 512
"""Images worked on in one piece: their float copy (5 MB) stays near the processor."""

_FITTED_ON = 3000
"""Images, evenly spread, from which the components are fitted; more hardly change them."""

_COMPONENTS = 40
"""Of the strokes' directions; 64 answer 0.1 % more of MNIST right and take half as long again."""

_COARSE_COMPONENTS = 16

NO_LIKENESS = 0.25
"""Correlation of neighbouring source pixels, in the best two of four directions, below which an
image is noise. Of noise with 16×16 to 200×200 pixels (uniform, normal, sparse), brought to 50×50,
99 % had 0.25 at most, and 97 % with 8×8 pixels. The least of 10,000 MNIST digits had 0.62, of 1,797
scans of 8×8 pixels 0.30, of 300 lines one pixel thin on 50×50 pixels 0.25."""

_BLANK = 0.05
"""Contrast, as a share of the set's usual one, up to which an image is blank."""

_SCRAMBLED = 0.5
"""Share of images without likeness from which the set as a whole is to blame, not the images."""

NO_ORDER = 0.2
"""Order of rows or columns below which a set is scrambled. Of MNIST 0.80, of drawn digits 0.88, of
8×8 scans 0.39, of lines one pixel thin on 8×8 pixels 0.22; with rows or pixels permuted, axes mixed
up, or noise, 0.16 at most."""

_ORDER_OF = 1000
"""Images that tell the order."""

SMALL, TOO_SMALL = 10, 5
"""Pixels of ink. MNIST's digits were made on 20 pixels. Of 4,000 of them put small into large
pictures, nearest neighbours read 4.8 % wrong at 10 pixels, 6.5 % at 6, 13 % at 4, 20 % at 3."""

_NEAR_FROM = 16
"""Pixels of ink below which digits are so coarse that different ones are nearly the same: of 1,500
MNIST digits of 10 pixels, 4 were taken for copies."""

_INK_OF = 300
"""Images that tell the size of the ink."""

_NEEDED = 30
"""Images without which none has neighbours."""

_T = TypeVar("_T")


class View:
    """``dataset`` measured; ``progress`` hears of it.

    Arrays over all images have training first, then test, as ``Dataset`` numbers them.
    """

    def __init__(self, dataset: Dataset, progress: Progress = no_progress) -> None:
        self.dataset = dataset
        self.count = len(dataset.labels)
        self.total = self.count + len(dataset.test_labels)
        self.labels: Labels = dataset.all_labels  # (N + M,)
        self.in_test = np.arange(self.total) >= self.count  # (N + M,) bool
        self._progress = progress

    @cached_property
    def measures(self) -> Measures:
        """Of all images."""
        side = self.dataset.source_side

        def work(images: Images, numbers: Numbers) -> Measures:
            return measure(images, side)

        return Measures.joined(self._in_pieces(work, "Measuring every image", 0.0))

    @cached_property
    def usual_contrast(self) -> float:
        """Median difference of an image's brightest and darkest pixel, 0…255."""
        contrast = self.measures.contrast
        return float(np.median(contrast[contrast > 0])) if contrast.any() else 0.0

    @cached_property
    def blank(self) -> NDArray[np.bool_]:
        """(N + M,) images with nothing on them."""
        blank: NDArray[np.bool_] = self.measures.contrast <= _BLANK * self.usual_contrast
        return blank

    @cached_property
    def without_likeness(self) -> NDArray[np.bool_]:
        """(N + M,) images that are not blank and whose neighbouring pixels are not alike."""
        without: NDArray[np.bool_] = ~self.blank & (self.measures.likeness < NO_LIKENESS)
        return without

    @cached_property
    def order(self) -> tuple[float, float]:
        """How much more alike neighbouring columns, and rows, are than any two; 1: the same."""
        numbers = np.flatnonzero(~self.blank)
        if not len(numbers):
            return 1.0, 1.0
        numbers = numbers[:: len(numbers) // _ORDER_OF + 1]
        return order(take(self.dataset, numbers.tolist()), self.dataset.source_side)

    @cached_property
    def scrambled(self) -> bool:
        """Whether the pixels of the set as a whole are not where they belong."""
        many = self.without_likeness.sum() > _SCRAMBLED * (~self.blank).sum()
        return bool(many or min(self.order) < NO_ORDER)

    @cached_property
    def usable(self) -> NDArray[np.bool_]:
        """(N + M,) images with something on them that is not noise."""
        return ~self.blank & ~self.without_likeness

    @cached_property
    def ink(self) -> float:
        """Median longer side of the ink in pixels, of some images; 50 if none was reduced."""
        if self.dataset.source_side <= IMAGE_SIZE or self.scrambled or not self.usable.any():
            return float(IMAGE_SIZE)
        numbers = np.flatnonzero(self.usable)
        return Framing.measure(self.light(numbers[:: len(numbers) // _INK_OF + 1])).side

    @cached_property
    def comparable(self) -> bool:
        """Whether there are enough images with strokes to compare them with each other."""
        enough = int(self.usable.sum()) >= _NEEDED
        return enough and not self.scrambled and self.ink >= TOO_SMALL

    @cached_property
    def twins(self) -> Twins:
        """Images that are the same, or nearly; none if images are not comparable."""
        if not self.comparable:
            return Twins.none(self.total)
        _, components = self._features
        self._progress(0.5, "Looking for images that appear twice")
        return find_twins(
            self.measures.mark,
            self.usable,
            components,
            self.light,
            self.dataset.source_side,
            also_near=self.ink >= _NEAR_FROM,
        )

    @property
    def has_neighbours(self) -> bool:
        """Whether there are enough different images."""
        return len(np.unique(self.twins.near[self.usable])) >= _NEEDED

    @cached_property
    def neighbours(self) -> Neighbours:
        """The most similar images of each usable image."""
        features, _ = self._features
        group = self.twins.near

        def done(share: float) -> None:
            message = "Comparing every image with those that look like it"
            self._progress(0.6 + 0.3 * share, message)

        return find_neighbours(features, self.usable, group, done)

    def light(self, numbers: Numbers) -> Images:
        """(K, 50, 50) uint8: the images with these numbers, ink light."""
        return self._with_light_ink(take(self.dataset, numbers.tolist()), numbers)

    @cached_property
    def _features(self) -> tuple[Rows, Rows]:
        """(N + M, 40) components of the strokes' directions and (N + M, 16) of coarse pixels."""
        numbers = np.flatnonzero(self.usable)
        sample = self.light(numbers[:: len(numbers) // _FITTED_ON + 1])
        window = Window.around(sample)
        basis = Basis.fit(directions(sample, window), _COMPONENTS)
        coarse_basis = Basis.fit(coarse(sample), _COARSE_COMPONENTS)

        def work(images: Images, numbers: Numbers) -> tuple[Rows, Rows]:
            light = self._with_light_ink(images, numbers)
            directed = basis.project(directions(light, window))
            return directed, coarse_basis.project(coarse(light))

        parts = self._in_pieces(work, "Following the strokes of every image", 0.25)
        directed, coarsened = zip(*parts, strict=True)
        return np.concatenate(directed), np.concatenate(coarsened)

    def _with_light_ink(self, images: Images, numbers: Numbers) -> Images:
        dark = self.measures.dark_ink[numbers]
        if dark.any():
            images = images.copy()
            images[dark] = 255 - images[dark]
        return images

    def _in_pieces(
        self, work: Callable[[Images, Numbers], _T], message: str, done: float
    ) -> list[_T]:
        """``work`` on all images and their numbers, in pieces; ``done`` is the share before."""
        results = []
        for part, offset in ((self.dataset.images, 0), (self.dataset.test_images, self.count)):
            for start in range(0, len(part), _AT_ONCE):
                piece = part[start : start + _AT_ONCE]
                first = start + offset
                self._progress(done + 0.25 * first / self.total, message)
                results.append(work(piece, np.arange(first, first + len(piece))))
        return results
