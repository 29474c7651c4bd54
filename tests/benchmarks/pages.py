"""Server time of every page with many runs kept: ``python -m tests.benchmarks.pages``.

50 finished runs on a data set of 10,000 images, four experiments. Each page is run five times by
Streamlit's own script runner, the middle time counts; beside it the same with every file read
anew, as it would be without what ``resnet_app.files`` keeps. Times are those of the processor,
which other programs do not lengthen.
"""

import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

RUNS, IMAGES, EPOCHS, BATCHES = 50, 10_000, 10, 40
_TIMES = 5
PAGES = ("start", "data", "train", "results", "diagnose", "break_it", "question", "draw",
         "classroom")  # fmt: skip
VIEWS: dict[str, tuple[dict[str, Any], ...]] = {
    "results": (
        {"results_view": "run", "results_tab": "Outcome"},
        {"results_view": "run", "results_tab": "Mistakes"},
        {"results_view": "run", "results_tab": "Inside"},
        {"results_view": "run", "results_tab": "Course"},
        {"results_view": "compare"},
        {"results_view": "all"},
    )
}
"""What the session has chosen, for pages that show one of several things."""

_COMPARED = 5


def main() -> int:
    """Make the runs in a folder of their own, then time each page with and without the cache."""
    with tempfile.TemporaryDirectory() as place:
        os.environ["RESNET_APP_HOME"] = place
        os.environ["RESNET_APP_WARM_WORKER"] = "0"
        newest = make_runs()
        from streamlit.runtime.pages_manager import PagesManager

        from tests.benchmarks.machine import describe

        PagesManager.uses_pages_directory = False
        print(describe())
        print(
            f"{RUNS} runs of {IMAGES:,} images; milliseconds of processor time, middle of {_TIMES}"
        )
        print(f"{'page':24}{'kept':>8}{'read anew':>12}")
        for page in PAGES:
            for view in VIEWS.get(page, ({},)):
                kept = time_page(page, view, newest)
                with reading_anew():
                    rival = time_page(page, view, newest)
                print(f"{' '.join((page, *view.values())):24}{kept:8.0f}{rival:12.0f}")
    return 0


def make_runs() -> list[Any]:
    """The runs, as their workers leave them; the newest of them."""
    from resnet_app.config import TrainingConfig
    from resnet_app.data import store as datasets
    from resnet_app.data.dataset import Dataset
    from resnet_app.doctor.trials import twin_plan
    from resnet_app.results import launch
    from resnet_app.results.answers import OWN, Answers, keep_answers
    from resnet_app.results.measure import measure
    from resnet_app.results.outcome import keep_outcome
    from resnet_app.runs import experiment as experiments
    from resnet_app.runs import store as runs
    from tests.benchmarks.machine import noise
    from tests.made_runs import fill_run

    digest = datasets.save(Dataset("Ten thousand", *noise(IMAGES), *noise(1000)))
    rng = np.random.default_rng(0)
    curve = [(0.5 + 0.04 * epoch, 0.45 + 0.04 * epoch) for epoch in range(EPOCHS)]
    config = TrainingConfig(normalization="unit", epochs=EPOCHS)
    for index in range(RUNS):
        run = runs.create(config.changed(seed=index), digest, "Ten thousand")
        for name in ("model.keras", "model.tflite", "preprocessing.json", "calibration.json"):
            shutil.copy(runs.pretrained().directory / name, run.directory / name)
        fill_run(run, 0.9, [point for point in curve for _ in range(BATCHES // EPOCHS)], 1000)
        probabilities = rng.dirichlet(np.ones(10) * 0.1, 1000).astype(np.float32)
        labels = datasets.load(digest).test_labels
        answers = Answers(IMAGES + np.arange(1000), labels, probabilities, "exam")
        keep_answers(run, answers)
        keep_outcome(run, measure(answers, 1.0))
    for index in range(4):
        experiment = experiments.create(twin_plan(config.changed(seed=index), digest))
        experiment.request_stop()
    newest = runs.listing()[:_COMPARED]
    launch.trace(newest[0]).answer()
    launch.compare(newest, OWN).answer()
    return newest


def time_page(page: str, view: dict[str, Any], newest: list[Any]) -> float:
    """Milliseconds that the page's script takes when somebody moves a widget on it."""
    from streamlit.testing.v1 import AppTest

    app = AppTest.from_file(str(Path(__file__).parents[2] / "app.py"), default_timeout=120).run()
    if page in ("results", "train", "diagnose"):
        app.query_params["run"] = newest[0].id
    for key, value in view.items():
        app.session_state[key] = value
    app.session_state["compared"] = [run.id for run in newest]
    app.switch_page(f"pages/{page}.py").run()
    times = []
    for _ in range(_TIMES):
        began = time.process_time()
        app.run()
        times.append(1000 * (time.process_time() - began))
    assert not app.exception, page
    return statistics.median(times)


@contextmanager
def reading_anew() -> Iterator[None]:
    """While it holds, every file is read each time that it is asked for."""
    from resnet_app.files import Shelf

    kept: Any = Shelf.get
    Shelf.get = lambda shelf, path: None  # type: ignore[method-assign]
    try:
        yield
    finally:
        Shelf.get = kept  # type: ignore[method-assign]


if __name__ == "__main__":
    sys.exit(main())
