"""What tests that train share."""

import pytest

from resnet_app.training.loading import load_keras
from resnet_app.watch.budget import Budget

load_keras()  # before a test's own import, so that kernels are those of the app's workers


@pytest.fixture
def lavish(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the watcher look at every planned step, however busy the machine is."""
    monkeypatch.setattr(Budget, "allows", lambda self, kind, times=1.0, floor=True: True)
