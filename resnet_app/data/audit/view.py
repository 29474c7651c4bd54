"""A data set as the checks see it: everything expensive is worked out once."""

from collections.abc import Callable
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from resnet_app.data.audit.features import Basis, Rows, coarse, directions
from resnet_app.data.audit.measures import Measures, measure
from resnet_app.data.audit.neighbours import Neighbours, find_neighbours
from resnet_app.data.audit.twins import Numbers, Twins, find_twins
from resnet_app.data.dataset import Dataset, Images, Labels
from resnet_app.data.mapped import take
from resnet_app.data.source import Progress, no_progress

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
    def likeness(self) -> tuple[float, float]:
        """Mean correlation of neighbouring pixels of all images but blank ones: across, down."""
        across, down = self.measures.alike[~self.blank, :2].mean(0)
        return float(across), float(down)

    @cached_property
    def scrambled(self) -> bool:
        """Whether the pixels of the set as a whole are not where they belong."""
        if self.blank.all():
            return False
        share = self.without_likeness.sum() / (~self.blank).sum()
        return bool(min(self.likeness) < NO_LIKENESS or share > _SCRAMBLED)

    @cached_property
    def usable(self) -> NDArray[np.bool_]:
        """(N + M,) images with something on them that is not noise."""
        return ~self.blank & ~self.without_likeness

    @cached_property
    def comparable(self) -> bool:
        """Whether there are enough images with strokes to compare them with each other."""
        return not self.scrambled and int(self.usable.sum()) >= _NEEDED

    @cached_property
    def twins(self) -> Twins:
        """Images that are the same, or nearly; none if images are not comparable."""
        if not self.comparable:
            return Twins.none(self.total)
        _, components = self._features
        self._progress(0.5, "Looking for images that appear twice")
        return find_twins(
            self.measures.mark, self.usable, components, self.light, self.dataset.source_side
        )

    @cached_property
    def neighbours(self) -> Neighbours:
        """The most similar images of each usable image."""
        features, _ = self._features
        group = self.twins.near
        self._progress(0.6, "Comparing every image with those that look like it")
        return find_neighbours(features, self.usable, group)

    def light(self, numbers: Numbers) -> Images:
        """(K, 50, 50) uint8: the images with these numbers, ink light."""
        return self._with_light_ink(take(self.dataset, numbers.tolist()), numbers)

    @cached_property
    def _features(self) -> tuple[Rows, Rows]:
        """(N + M, 40) components of the strokes' directions and (N + M, 16) of coarse pixels."""
        numbers = np.flatnonzero(self.usable)
        sample = self.light(numbers[:: len(numbers) // _FITTED_ON + 1])
        basis = Basis.fit(directions(sample), _COMPONENTS)
        coarse_basis = Basis.fit(coarse(sample), _COARSE_COMPONENTS)

        def work(images: Images, numbers: Numbers) -> tuple[Rows, Rows]:
            light = self._with_light_ink(images, numbers)
            return basis.project(directions(light)), coarse_basis.project(coarse(light))

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
