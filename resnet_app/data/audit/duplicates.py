"""Images that are there more than once."""

import numpy as np
from numpy.typing import NDArray

from resnet_app.data.audit.finding import Finding
from resnet_app.data.audit.twins import Numbers
from resnet_app.data.audit.view import View
from resnet_app.data.audit.words import examples, images, leave_out, share_of

_LEAK = 0.01
"""Share of test images known from training that raises an accuracy of 90 % by 0.1 point."""

_MANY, _SOME = 0.1, 0.005
"""Share of copies in training; with a split at random, that share of the validation images and
more is known from training."""


def check_contradictions(view: View) -> list[Finding]:
    """The same picture with different labels."""
    numbers = np.flatnonzero(contradicting(view))
    if not len(numbers):
        return []
    numbers = _side_by_side(view, numbers)
    groups = len(np.unique(view.twins.near[numbers]))
    return [
        Finding(
            "contradicting-copies",
            "serious",
            f"{images(len(numbers))} are copies with different labels",
            "The same picture is labelled as different digits, so some of these labels are wrong. "
            "Copies lie side by side here; correct the wrong labels, or leave all of them out.",
            f"{share_of(len(numbers), view.total)}, {groups:,} different "
            f"picture{'' if groups == 1 else 's'}",
            "none",
            len(numbers),
            examples(numbers),
            leave_out(view, numbers, f"these {images(len(numbers))}"),
        )
    ]


def check_leak(view: View) -> list[Finding]:
    """Test images that are among the training images, too."""
    leaked = _leaked(view)
    in_training, in_test = (np.flatnonzero(leaked & (view.in_test == w)) for w in (False, True))
    if not len(in_test):
        return []
    count, tested = len(in_test), view.total - view.count
    copies = _copies_in_words(len(in_training))
    exact = np.isin(view.twins.exact[in_test], view.twins.exact[in_training]).sum()
    return [
        Finding(
            "leak",
            "serious" if count >= _LEAK * tested else "worth a look",
            f"{images(count)} {'is' if count == 1 else 'are'} in the training and the test set",
            "A network that has learned these images by heart reads them right in the test, so "
            "test accuracy comes out too high. Copies lie side by side here.",
            f"{share_of(count, tested)} of the test set: {exact:,} the same pixel by pixel, "
            f"{count - exact:,} nearly",
            "none",
            count,
            examples(_side_by_side(view, np.flatnonzero(leaked))),
            leave_out(view, in_training, f"{copies} in the training set"),
        )
    ]


def check_exact_copies(view: View) -> list[Finding]:
    """Images that are the same pixel by pixel, in one part."""
    exact, _ = _copies(view)
    return _copies_finding(
        view, exact, "exact-copies", "exact", "the same pixel by pixel as an earlier image"
    )


def check_near_copies(view: View) -> list[Finding]:
    """Images that are the same but for brightness, compression or a little noise, in one part."""
    _, near = _copies(view)
    return _copies_finding(
        view, near, "near-copies", "near", "an earlier image with slight changes of grey"
    )


def contradicting(view: View) -> NDArray[np.bool_]:
    """(N + M,) images with a twin that has another label."""
    group = view.twins.near
    first_label = view.labels[group]
    mixed = np.unique(group[view.labels != first_label])
    return np.isin(group, mixed)


def _leaked(view: View) -> NDArray[np.bool_]:
    """(N + M,) images with a twin in the other part, but for contradicting ones."""
    group = view.twins.near
    both = np.intersect1d(group[view.in_test], group[~view.in_test])
    return np.isin(group, both) & ~contradicting(view)


def _copies(view: View) -> tuple[Numbers, Numbers]:
    """Exact and near copies of an earlier image that no other finding has."""
    numbers = np.arange(view.total)
    left = ~contradicting(view) & ~_leaked(view)
    exact = left & (view.twins.exact != numbers)
    near = left & ~exact & (view.twins.near != numbers)
    return np.flatnonzero(exact), np.flatnonzero(near)


def _copies_finding(
    view: View, copies: Numbers, kind: str, what: str, meaning: str
) -> list[Finding]:
    count = len(copies)
    if not count:
        return []
    share = count / view.total
    both = np.unique(np.concatenate([copies, view.twins.near[copies]]))
    return [
        Finding(
            kind,
            "serious" if share >= _MANY else "worth a look" if share >= _SOME else "fine to know",
            f"{_copies_in_words(count, what)} of other images",
            f"Each is {meaning}. When training and validation are drawn at random, many have a "
            "copy on the other side, and validation accuracy comes out too high. Copies lie side "
            "by side here.",
            share_of(count, view.total),
            "none",
            count,
            examples(_side_by_side(view, both)),
            leave_out(view, copies, _copies_in_words(count, what)),
        )
    ]


def _copies_in_words(count: int, kind: str = "") -> str:
    return f"{count:,} {kind + ' ' if kind else ''}{'copy' if count == 1 else 'copies'}"


def _side_by_side(view: View, numbers: Numbers) -> Numbers:
    """``numbers`` in the order of their groups."""
    return numbers[np.lexsort((numbers, view.twins.near[numbers]))]
