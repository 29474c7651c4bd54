"""The tests that compute, on a run's own data and settings.

Each is a small experiment whose outcome only some causes explain; its outcome is a plain JSON
object that the rules read. TensorFlow is loaded by the first test that trains.
"""

import time
import traceback
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import numpy as np

from resnet_app.config import MIN_IMAGES
from resnet_app.data import store
from resnet_app.data.audit.view import View
from resnet_app.data.dataset import Dataset
from resnet_app.doctor.image_facts import read_pictures
from resnet_app.doctor.labels import read_labels
from resnet_app.runs.run import Run
from resnet_app.training.loading import load_keras
from resnet_app.training.material import Material, gather

Outcome = dict[str, Any]

MOST_IMAGES = 2000
"""Training images that are looked at; their order is kept, and so is every moved label."""

_LEAST_SECONDS = 2.0
"""Time left below which no further test is begun."""


class OutOfTime(Exception):
    """A test would take far longer than there is time left."""


class Battery:
    """The tests of ``run``, which share what is expensive; ``end`` is a time of the clock."""

    def __init__(self, run: Run, end: float) -> None:
        self.run = run
        self._end = end
        self._made = 0

    @property
    def seconds_left(self) -> float:
        """Until the time is used up."""
        return self._end - time.monotonic()

    def make(self, name: str) -> Outcome:
        """Make the test called ``name``; ``{"skipped": why}`` where it cannot be made.

        Raises ``OutOfTime``, but not for the first one: with all the time it would be no quicker.
        """
        began = time.monotonic()
        if self._made and self.seconds_left < _LEAST_SECONDS:
            raise OutOfTime
        try:
            outcome = self._tests[name]()
        except OutOfTime:
            raise
        except Exception as error:  # labels that do not fit the network end in any of Keras's
            traceback.print_exc()  # into the worker's log
            outcome = {"skipped": f"it broke off ({type(error).__name__})"}
        self._made += 1
        return {**outcome, "seconds": round(time.monotonic() - began, 2)}

    @cached_property
    def _tests(self) -> Mapping[str, Callable[[], Outcome]]:
        return {
            "pixels": self._pixels,
            "duplicates": self._duplicates,
            "baseline": self._baseline,
            "averages": lambda: self._sprints.averages(self.run.directory / "model.keras"),
            "memorise": lambda: self._sprints.memorise(),
            "rates": lambda: self._sprints.rates(),
            "range": lambda: self._sprints.sweep(),
            "twins": lambda: self._sprints.twins(),
            "head": lambda: self._sprints.head(),
            "free": lambda: self._sprints.free(),
        }

    @cached_property
    def _material(self) -> Material:
        return gather(self.run.config, store.load(self.run.dataset_digest))

    @cached_property
    def _view(self) -> View | None:
        """Training images and, as its test part, validation images; None if there are too few."""
        (images, labels), (others, other_labels) = (
            self._material.split.train,
            self._material.split.validation,
        )
        images, labels = images[:MOST_IMAGES], labels[:MOST_IMAGES]
        others, other_labels = others[:MOST_IMAGES], other_labels[:MOST_IMAGES]
        if len(labels) < MIN_IMAGES or len(np.unique(labels)) < 2:
            return None
        side = store.load(self.run.dataset_digest).source_side
        return View(Dataset("", images, labels, others, other_labels, source_side=side))

    @cached_property
    def _sprints(self) -> Any:
        load_keras()
        from resnet_app.doctor.sprints import Sprints

        return Sprints(self._material, lambda: self.seconds_left, lambda: not self._made)

    def _pixels(self) -> Outcome:
        view = self._view
        return {"skipped": "too few images"} if view is None else read_pictures(view)

    def _baseline(self) -> Outcome:
        view = self._view
        if view is None or not view.comparable or not view.has_neighbours:
            return {"skipped": "too few images that can be compared"}
        return read_labels(view.neighbours, view.labels, view.count)

    def _duplicates(self) -> Outcome:
        training = {image.tobytes() for image in self._material.split.train[0]}
        validation = self._material.split.validation[0]
        shared = sum(image.tobytes() in training for image in validation)
        return {"shared": shared, "images": len(validation)}
