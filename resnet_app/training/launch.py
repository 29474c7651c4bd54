"""Asking for a run: it trains as soon as its turn comes, in a process of its own."""

from collections.abc import Callable

from resnet_app import drawings
from resnet_app.classroom.export import split_class
from resnet_app.classroom.session import Session
from resnet_app.config import TrainingConfig
from resnet_app.data import store as datasets
from resnet_app.errors import RunError
from resnet_app.runs import store as runs
from resnet_app.runs.run import Run
from resnet_app.training import queue
from resnet_app.training.recipes import fine_tuning


def start(config: TrainingConfig, dataset_digest: str, owner: str | None = None) -> Run:
    """Have a run of ``owner`` trained on a stored data set; returns at once.

    It waits if others train. Raises ``DataError`` if there is no such data, ``LimitError`` if too
    many wait or this machine's memory cannot hold it.
    """
    stored = datasets.describe(dataset_digest, owner)
    queue.refuse(config, stored.total, owner)
    return _begin(lambda: runs.create(config, dataset_digest, stored.name, owner=owner))


def resume(run: Run) -> Run:
    """Let ``run`` go on after the last epoch that was kept whole, in turn; returns at once.

    Raises ``RunError`` if it is finished or still trains, ``LimitError`` as ``start`` does.
    """
    images = 0 if run.parent is not None else datasets.describe(run.dataset_digest).total
    queue.refuse(run.config, images, run.owner)
    return _begin(lambda: runs.reopen(run))


def fine_tune(parent: Run, owner: str | None = None) -> Run:
    """Have ``parent`` fine-tuned on the kept drawings of ``owner``, as a run of its own.

    Returns at once. Raises ``LimitError`` as ``start`` does, ``RunError`` if ``parent`` has no
    model yet, ``DataError`` if there are too few drawings.
    """
    trained, held_back = drawings.split(drawings.listing(owner))
    return _tune(parent, f"{len(trained) + len(held_back):,} drawings", None, owner)


def fine_tune_on_class(session: Session, owner: str | None = None) -> Run:
    """As ``fine_tune``, of the model of ``session`` on the drawings of its class."""
    parts = split_class(session)
    name = f"{len(parts.trained[1]) + len(parts.held_back[1]):,} drawings of a class"
    return _tune(runs.open_run(session.model), name, session.id, owner)


def _tune(parent: Run, name: str, classroom: str | None, owner: str | None) -> Run:
    if not parent.is_readable():
        raise RunError(f"This run has no model to go on from yet. Received: {parent.id}")
    config = fine_tuning(parent.config)
    queue.refuse(config, 0, owner)
    return _begin(
        lambda: runs.create(config, parent.dataset_digest, name, parent.id, classroom, owner)
    )


def _begin(create: Callable[[], Run]) -> Run:
    """Put the run that ``create`` makes into the queue."""
    run = create()
    queue.enqueue(run)
    return run
