"""What a run is about, so that the doctor speaks of it in fitting words.

All that it says is written for digits. Of somebody else's program nobody knows what its classes
are, and its examples may be rows of a table or words.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from resnet_app.doctor.causes import CAUSES, Cause


@dataclass(frozen=True)
class Subject:
    """Words for what a network reads. ``instead`` maps those written for digits to others, in
    lower case; a plural and a phrase are words of their own."""

    instead: Mapping[str, str]

    def say(self, text: str) -> str:
        """``text``, written for digits, about this subject; a capital stays one."""
        return self._pattern.sub(self._other_word, text) if self.instead else text

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        longest_first = sorted(self.instead, key=len, reverse=True)
        return re.compile(rf"\b(?:{'|'.join(map(re.escape, longest_first))})\b", re.IGNORECASE)

    def _other_word(self, match: re.Match[str]) -> str:
        word = match[0]
        other = self.instead[word.lower()]
        return other[0].upper() + other[1:] if word[0].isupper() else other

    def tell(self, cause: str) -> Cause:
        """The cause of that name, in these words; ``term`` is the field's own and stays."""
        written = CAUSES[cause]
        return replace(written, title=self.say(written.title), plain=self.say(written.plain))


_CLASSES = {
    "digit": "class",
    "digits": "classes",
    "show no digit": "show nothing to learn from",
    "images, also those of the canvas, must": "images must",
    "compares the answers with something that is not the digit": (
        "compares the answers with something else"
    ),
}

_TABLE = {
    "images, also moved and turned copies of them, help": "examples help",
    "images, also those of the canvas, must": "examples must",
    "validation images were also trained on": "validation knows the answers",
    "some images are in training and in validation. the network may know them by heart": (
        "some examples are in training and in validation, and the network may know them by heart; "
        "or an input is there that nobody has before the answer"
    ),
    "image": "example",
    "images": "examples",
    "image's": "example's",
    "pixel": "input",
    "pixels": "inputs",
    "pixels'": "inputs'",
    "a baseline on the pixels": "a baseline without a network",
    "pixels from 0 to 255 are": "unscaled inputs are",
    "dividing the pixels by 255 cures it": "scaling them cures it",
    "and dividing would change": "and scaling would change",
    "the pixels were divided by 255 twice": "the inputs are far too small",
}

SUBJECTS: dict[str, Subject] = {
    "digits": Subject({}),
    "images": Subject(_CLASSES),
    "examples": Subject(_CLASSES | _TABLE),
}
"""By name: the digits of this app, images of anything, and examples of any kind."""
