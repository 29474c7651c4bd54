"""Single labels that do not go with their images, seen from the labels of similar images."""

import numpy as np
from numpy.typing import NDArray

from resnet_app.data.audit.alignment import check_alignment, check_names
from resnet_app.data.audit.duplicates import contradicting
from resnet_app.data.audit.finding import Finding
from resnet_app.data.audit.twins import Numbers
from resnet_app.data.audit.view import View
from resnet_app.data.audit.words import examples, images, leave_out, share_of

_KNOWN = 0.9
"""Share of the labels left that neighbours must foretell before they may accuse the others. Of 500
and more MNIST, drawn or scanned digits with up to 20 % wrong labels they foretell 0.91 to 0.99;
of digits moved, turned and scaled at random 0.66 to 0.84, and there they would accuse wrongly."""

_MANY, _SOME = 0.05, 0.01
"""Share of wrong labels that noticeably lowers accuracy, and that is more than chance: of 500 to
20,000 clean digits, up to 0.6 % seem wrong."""


def check_labels(view: View) -> list[Finding]:
    """Labels that do not go with their images: all of them, many in a row, or single ones."""
    if not view.comparable:
        return []
    return check_alignment(view) or check_names(view) + _check_single(view)


def _check_single(view: View) -> list[Finding]:
    neighbours = view.neighbours
    own = view.labels[neighbours.asked]  # (Q,)
    wrong = _contradicted(own, neighbours.votes(view.labels))
    trusted = np.ones(view.total, bool)
    trusted[neighbours.asked[wrong]] = False
    votes = neighbours.votes(view.labels, trusted)  # (Q, 10)
    known = float((votes.argmax(1) == own)[~wrong].mean())
    if known < _KNOWN:
        return [_unsure(known)]
    rows = np.flatnonzero(wrong & ~contradicting(view)[neighbours.asked])
    if not len(rows):
        return []
    doubt = votes.max(1) - votes[np.arange(len(own)), own]
    rows = rows[np.argsort(-doubt[rows], kind="stable")]
    return [_wrong(view, neighbours.asked[rows], votes[rows].argmax(1))]


def _contradicted(labels: NDArray[np.uint8], votes: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(Q,) whether (Q, 10) ``votes`` of similar images contradict (Q,) ``labels``.

    By confident learning: Northcutt, Jiang, Chuang, Confident learning: estimating uncertainty in
    dataset labels, JAIR 2021. An image must be accused both by class and by noise rate.
    """
    from cleanlab.filter import find_label_issues

    digits, compact = np.unique(labels, return_inverse=True)
    shares = votes[:, digits]
    wrong: NDArray[np.bool_] = find_label_issues(
        compact, shares / shares.sum(1, keepdims=True), filter_by="both", n_jobs=1
    )
    return wrong


def _wrong(view: View, numbers: Numbers, voted: NDArray[np.int64]) -> Finding:
    count = len(numbers)
    share = count / view.total
    compared = view.neighbours.compared
    sampled = (
        f" Similar images were looked for among {compared:,} images drawn at random."
        if view.neighbours.sampled
        else ""
    )
    labels = view.labels[numbers]
    pairs, counts = np.unique(np.stack([labels, voted], axis=1), axis=0, return_counts=True)
    (label, looks), often = pairs[counts.argmax()], counts.max()
    return Finding(
        "wrong-labels",
        "serious" if share >= _MANY else "worth a look" if share >= _SOME else "fine to know",
        f"{count:,} label{' looks' if count == 1 else 's look'} wrong",
        "The images that look most like them are labelled otherwise. The surest come first; some "
        f"of the last may be right but unusual, so look before you leave them out.{sampled}",
        f"{share_of(count, view.total)}; most often labelled {label} and like {looks} "
        f"({often:,} times)",
        "few; unusual handwriting alone may give 0.5%",
        count,
        examples(numbers),
        leave_out(view, numbers, f"{images(count)} with doubtful labels"),
    )


def _unsure(known: float) -> Finding:
    return Finding(
        "labels-unsure",
        "fine to know",
        "Single labels could not be checked",
        "Images that look alike have too often different labels here, because there are few "
        "images or they vary much in place and size. Wrong labels among them stay unseen.",
        f"similar images foretell {known:.0%} of the labels",
        f"{_KNOWN:.0%} or more",
    )
