"""What is wrong with a data set, before anybody trains on it.

Importing this package loads no heavy library: the web process and the store import ``Finding``.
"""

from resnet_app.data.audit.finding import Finding
from resnet_app.data.dataset import Dataset
from resnet_app.data.source import Progress, no_progress

CHECKED = (
    "missing digits",
    "how many images there are of each digit",
    "blank, faint and noisy pictures",
    "scrambled pictures",
    "size of the digits",
    "light and dark ink",
    "contrast",
    "order",
    "copies, also between training and test",
    "copies with different labels",
    "labels shifted against the images",
    "labels that similar images contradict",
)
"""Everything an audit looks for, in short."""


def audit_dataset(dataset: Dataset, progress: Progress = no_progress) -> tuple[Finding, ...]:
    """What a person should know about ``dataset``, worst first; empty if there is nothing.

    ``progress`` hears of the share done. Of 60,000 images it takes some seconds.
    """
    from resnet_app.data.audit.audit import run_checks

    return run_checks(dataset, progress)
