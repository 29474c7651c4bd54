"""All checks on one data set."""

from resnet_app.data.audit.counts import check_balance, check_missing, check_number
from resnet_app.data.audit.duplicates import (
    check_contradictions,
    check_exact_copies,
    check_leak,
    check_near_copies,
)
from resnet_app.data.audit.finding import SEVERITIES, Finding
from resnet_app.data.audit.labels import check_labels
from resnet_app.data.audit.light import (
    check_contrast,
    check_faint,
    check_parts,
    check_polarity,
)
from resnet_app.data.audit.order import check_order
from resnet_app.data.audit.pictures import (
    check_blank,
    check_noise,
    check_scrambled,
    check_size,
)
from resnet_app.data.audit.view import View
from resnet_app.data.dataset import Dataset
from resnet_app.data.source import Progress

_CHECKS = (
    check_scrambled,
    check_labels,
    check_missing,
    check_leak,
    check_contradictions,
    check_order,
    check_polarity,
    check_parts,
    check_contrast,
    check_size,
    check_blank,
    check_noise,
    check_balance,
    check_number,
    check_exact_copies,
    check_near_copies,
    check_faint,
)
"""Those that spoil most come first; findings of one severity keep this order."""


def run_checks(dataset: Dataset, progress: Progress) -> tuple[Finding, ...]:
    """What is to be found in ``dataset``, worst first."""
    from threadpoolctl import threadpool_limits

    view = View(dataset, progress)
    # Beside a training, the threads of BLAS wait for each other longer than they work.
    with threadpool_limits(1, user_api="blas"):
        findings = [finding for check in _CHECKS for finding in check(view)]
    progress(1.0, "Checked")
    return tuple(sorted(findings, key=lambda finding: SEVERITIES.index(finding.severity)))
