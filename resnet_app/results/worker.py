"""The process that computes results: ``python -m resnet_app.results.worker``.

It speaks as ``resnet_app.data.worker`` does; done is null, for what it computes is kept with runs::

    {"outcome": DIRECTORY}     the answers to the run's test part, and their figures
    {"network": DIRECTORY}     its steps, the maps of each, the map of the last features
    {"compare": [DIRECTORY…], "test": NAME}   each run's answers to one test, and McNemar's test
"""

import sys
from itertools import combinations
from pathlib import Path
from typing import Any

from resnet_app.data.source import Progress, part_of
from resnet_app.data.worker import serve_one
from resnet_app.files import write_json
from resnet_app.runs.run import Run
from resnet_app.training.memory import MOST_BYTES


def main() -> int:
    """Serve one request; 0 if it was answered, 1 after a bug."""
    return serve_one(_serve, MOST_BYTES)


def _serve(request: dict[str, Any], progress: Progress) -> None:
    if "outcome" in request:
        from resnet_app.results.measure import measure_run

        measure_run(Run(Path(request["outcome"])), progress)
    elif "network" in request:
        from resnet_app.training.loading import load_keras

        progress(0, "Loading TensorFlow")
        load_keras()
        from resnet_app.results.tracing import trace_run

        trace_run(Run(Path(request["network"])), progress)
    else:
        _compare([Run(Path(place)) for place in request["compare"]], request["test"], progress)


def _compare(compared: list[Run], test: str, progress: Progress) -> None:
    from resnet_app.results.comparison import Comparison, Score, comparison_path
    from resnet_app.results.measure import answer_to, compare_answers

    answers = {}
    for place, run in enumerate(compared):
        share = place / len(compared)
        progress(share, f"Reading test digits: run {place + 1} of {len(compared)}")
        answers[run.id] = answer_to(run, test, part_of(progress, share, share + 1 / len(compared)))
    comparison = Comparison(
        tuple(
            Score(run_id, each.exam, int(each.right.sum()), len(each.labels))
            for run_id, each in answers.items()
        ),
        tuple(
            compare_answers(answers[first], answers[second], (first, second))
            for first, second in combinations(answers, 2)
            if answers[first].exam == answers[second].exam
        ),
    )
    write_json(comparison_path(compared, test), comparison.to_json())


if __name__ == "__main__":
    sys.exit(main())
