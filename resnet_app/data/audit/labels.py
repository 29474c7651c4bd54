"""Single labels that do not go with their images, seen from the labels of similar images."""

import warnings

import numpy as np
from numpy.typing import NDArray

from resnet_app.data.audit.alignment import check_alignment, check_names
from resnet_app.data.audit.duplicates import contradicting
from resnet_app.data.audit.finding import Finding
from resnet_app.data.audit.twins import Numbers
from resnet_app.data.audit.view import View
from resnet_app.data.audit.words import examples, images, leave_out, share_of
from resnet_app.data.dataset import Labels

_KNOWN = 0.87
"""Share of the labels left that neighbours must foretell before they may accuse the others. Of 500
and more MNIST, drawn or scanned digits with up to 20 % wrong labels they foretell 0.89 to 0.99;
of digits moved, turned and scaled at random 0.66 to 0.84, and there they would accuse wrongly."""

_FEWEST = 400
"""Images below which too few are alike: of 300 clean drawn digits, every third set had more labels
that seem wrong than ``_SOME``. So few images can be looked at one by one."""

_FALSE = 0.1
"""So many labels are accused wrongly, about, for one that neighbours fail to foretell."""

_MANY, _SOME = 0.05, 0.005
"""Share of wrong labels, beyond such false alarms, that lowers accuracy noticeably, and at all. Of
116 sets of 500 to 2,000 clean digits (MNIST, drawn, scanned), none had more than 0.005."""


def check_labels(view: View) -> list[Finding]:
    """Labels that do not go with their images: all of them, many in a row, or single ones."""
    if not view.comparable or not view.has_neighbours:
        return []
    return check_alignment(view) or check_names(view) + _check_single(view)


def _check_single(view: View) -> list[Finding]:
    neighbours = view.neighbours
    own = view.labels[neighbours.asked]  # (Q,)
    wrong = _contradicted(own, neighbours.votes(view.labels))
    trusted = np.ones(view.total, bool)
    trusted[neighbours.asked[wrong]] = False
    votes = neighbours.votes(view.labels, trusted)  # (Q, 10)
    known = float((votes.argmax(1) == own)[~wrong].sum() / max((~wrong).sum(), 1))
    if known < _KNOWN or len(own) < _FEWEST:
        return [_unsure(known, len(own))]
    # Of a digit with fewer images than an image has neighbours, others always have the majority.
    rare = np.bincount(own)[own] <= neighbours.found.shape[1]
    rows = np.flatnonzero(wrong & ~rare & ~contradicting(view)[neighbours.asked])
    if not len(rows):
        return []
    doubt = votes.max(1) - votes[np.arange(len(own)), own]
    rows = rows[np.argsort(-doubt[rows], kind="stable")]
    return [_wrong(view, neighbours.asked[rows], votes[rows].argmax(1), _FALSE * (1 - known))]


def _contradicted(labels: NDArray[np.uint8], votes: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(Q,) whether (Q, 10) ``votes`` of similar images contradict (Q,) ``labels``.

    By confident learning: Northcutt, Jiang, Chuang, Confident learning: estimating uncertainty in
    dataset labels, JAIR 2021. An image must be accused both by class and by noise rate.
    """
    from cleanlab.filter import find_label_issues

    digits, compact = np.unique(labels, return_inverse=True)
    shares = votes[:, digits]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # that it may miss some of a rare digit
        wrong: NDArray[np.bool_] = find_label_issues(
            compact, shares / shares.sum(1, keepdims=True), filter_by="both", n_jobs=1
        )
    return wrong


def _wrong(view: View, numbers: Numbers, voted: NDArray[np.int64], false_alarms: float) -> Finding:
    """``false_alarms`` is the share of images accused even among clean ones, about."""
    count, asked = len(numbers), len(view.neighbours.asked)
    chance = 2 * (false_alarms / asked) ** 0.5  # two deviations of so rare an event
    surplus = count / asked - false_alarms - chance
    compared = view.neighbours.compared
    sampled = (
        f" Similar images were looked for among {compared:,} images drawn at random."
        if view.neighbours.sampled
        else ""
    )
    return Finding(
        "wrong-labels",
        "serious" if surplus >= _MANY else "worth a look" if surplus >= _SOME else "fine to know",
        f"{count:,} label{' looks' if count == 1 else 's look'} wrong",
        "The images that look most like them are labelled otherwise. The surest come first; some "
        f"of the last may be right but unusual, so look before you leave them out.{sampled}",
        share_of(count, view.total) + _most_often(view.labels[numbers], voted),
        f"about {false_alarms:.1%}, from unusual handwriting alone",
        count,
        examples(numbers),
        leave_out(view, numbers, f"{images(count)} with doubtful labels"),
    )


def _most_often(labels: Labels, voted: NDArray[np.int64]) -> str:
    pairs, counts = np.unique(np.stack([labels, voted], axis=1), axis=0, return_counts=True)
    (label, looks), often = pairs[counts.argmax()], counts.max()
    return f"; {often:,} times labelled {label} and like {looks}" if often > 2 else ""


def _unsure(known: float, count: int) -> Finding:
    return Finding(
        "labels-unsure",
        "fine to know",
        "Single labels could not be checked",
        "Images that look alike have too often different labels here, because there are few "
        "images or they vary much in place and size. Wrong labels among them stay unseen.",
        f"similar images foretell {known:.0%} of {count:,} labels",
        f"{_KNOWN:.0%} or more, of {_FEWEST} or more",
    )
