"""The command line: the same core without a browser.

Exit status 0; 2 for an error that a person can mend, in one paragraph on stderr; 1 for a bug.
With ``--json`` the last line of stdout is one JSON object. DATA is a file of any accepted format, a
folder of such files, ``sample`` for built-in digits, or ``mnist``, which is downloaded.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from resnet_app.cli_data import (
    add_choices,
    inspect,
    keep_data,
    print_json,
    read_bytes,
    sample,
)
from resnet_app.cli_doctor import diagnose, treated
from resnet_app.cli_progress import PercentBar
from resnet_app.cli_takeaway import add_options as add_takeaway_options
from resnet_app.cli_takeaway import export, import_run
from resnet_app.config import TrainingConfig
from resnet_app.data import store as datasets
from resnet_app.data.formats.pictures import open_picture
from resnet_app.data.resize import fit
from resnet_app.doctor.bench.command import add_options as add_bench_options
from resnet_app.doctor.bench.command import bench_doctor
from resnet_app.doctor.causes import CAUSES
from resnet_app.errors import DataError, LabError, RunError
from resnet_app.files import DISK_FULL, is_disk_full
from resnet_app.imaging import light_on_dark
from resnet_app.photo import find_ink
from resnet_app.predict import Predictor, load_predictor
from resnet_app.runs import store as runs
from resnet_app.runs.run import Run, count_confusion
from resnet_app.training import launch, queue
from resnet_app.training.recipes import RECIPES, recipe_named

_POLL_SECONDS = 0.3


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    options = _parser().parse_args(arguments)
    try:
        result: int = options.command(options)
        sys.stdout.flush()
        return result
    except LabError as error:
        print(error, file=sys.stderr)
    except BrokenPipeError:  # whoever reads, such as ``head``, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        if not is_disk_full(error):
            raise
        print(DISK_FULL, file=sys.stderr)
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m resnet_app", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, command: Any, summary: str, *names: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=summary, description=summary)
        added.set_defaults(command=command)
        for argument in names:
            added.add_argument(argument, metavar=argument.upper())
        return added

    train = add("train", _train, "Train on DATA.", "data")
    train.add_argument("--recipe", default="recommended", help=", ".join(RECIPES))
    rerun = add("rerun", _rerun, "Train again as RUN was, on its data, with changes.", "run")
    rerun.add_argument(
        "--treat", metavar="CAUSE", choices=tuple(CAUSES), help="make the change that cures CAUSE"
    )
    for each in (train, rerun):
        each.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", dest="changes")
    resume = add("resume", _resume, "Let RUN, which was stopped or broke off, go on.", "run")
    evaluate = add("evaluate", _evaluate, "Accuracy of RUN on DATA.", "run", "data")
    predict = add("predict", _predict, "Read the digit in each IMAGE; one JSON line each.", "run")
    predict.add_argument("images", nargs="+", metavar="IMAGE", type=Path)
    predict.add_argument(
        "--as-is", action="store_true", help="resize the whole picture; do not fit the ink"
    )
    inspect_ = add("inspect", inspect, "Tell what is in DATA.", "data")
    diagnose_ = add("diagnose", _diagnose, "Tell why RUN does not learn, or that it does.", "run")
    diagnose_.add_argument(
        "--no-tests", action="store_true", help="judge from the curves; compute nothing"
    )
    bench = add("bench-doctor", bench_doctor, "Measure the doctor on runs with known faults.")
    add_bench_options(bench)
    listing = add("runs", _runs, "List the runs.")
    export_ = add("export", _export, "Take RUN away as a file, OUT.", "run")
    add_takeaway_options(export_)
    import_ = add("import-run", import_run, "Open a run that was exported as a zip.")
    import_.add_argument("file", metavar="FILE.zip", type=Path)
    sample_ = add("sample", sample, "Write N built-in digits to OUT.npz.")
    sample_.add_argument("count", type=int, metavar="N")
    sample_.add_argument("out", type=Path, metavar="OUT.npz")
    sample_.add_argument("--seed", type=int, default=0)
    for each in (train, evaluate, inspect_):
        add_choices(each)
    saving = (export_, import_, listing, sample_)
    for each in (train, rerun, resume, evaluate, predict, inspect_, diagnose_, bench, *saving):
        each.add_argument("--json", action="store_true", help="end with JSON for scripts")
    return parser


def _train(options: argparse.Namespace) -> int:
    config = recipe_named(options.recipe).config.with_texts(_changes(options.changes))
    return _train_on(config, keep_data(options), options)


def _rerun(options: argparse.Namespace) -> int:
    run = _find_run(options.run)
    config, digest = run.config.with_texts(_changes(options.changes)), run.dataset_digest
    if options.treat is not None:
        config, digest = treated(run, options.treat, config)
    return _train_on(config, digest, options)


def _resume(options: argparse.Namespace) -> int:
    return _follow_to_the_end(launch.resume(_find_run(options.run)), options)


def _train_on(config: TrainingConfig, digest: str, options: argparse.Namespace) -> int:
    return _follow_to_the_end(launch.start(config, digest), options)


def _follow_to_the_end(run: Run, options: argparse.Namespace) -> int:
    print(f"Run {run.id}", flush=True)
    _wait_for_turn(run)
    _follow(run)
    status, evaluation = run.status(), run.evaluation()
    if status.state == "failed":
        raise RunError(status.message)
    print(status.message)
    summary: dict[str, Any] = {
        "run": run.id,
        "directory": str(run.directory),
        "state": status.state,
        "epochs": len(run.history().epochs),
    }
    if evaluation is not None:
        summary |= {"test_accuracy": evaluation.accuracy, "test_count": evaluation.count}
        print(f"Test accuracy {evaluation.accuracy:.2%} on {evaluation.count:,} held-back digits")
    print_json(options, summary)
    return 0


def _wait_for_turn(run: Run) -> None:
    """Show the place in line until the run begins; Ctrl-C leaves it."""
    shown = None
    while run.status().waiting:
        try:
            queue.keep_going()  # where another program served the queue, it may have ended
            place = queue.place_of(run.id)
            if place is not None and place.number != shown:
                shown = place.number
                print(f"Other runs train; this one is number {shown} in line.", flush=True)
            time.sleep(_POLL_SECONDS)
        except KeyboardInterrupt:
            queue.cancel(run)


def _changes(texts: Sequence[str]) -> dict[str, str]:
    for text in texts:
        if "=" not in text:
            raise DataError(f"--set needs key=value, such as epochs=3. Received: {text}")
    return dict(text.split("=", 1) for text in texts)


def _follow(run: Run) -> None:
    """Show progress until the run has ended; Ctrl-C stops it and keeps what it has."""
    kept = run.kept()
    shown = kept.epoch if kept else 0
    with PercentBar(leave=True) as bar:
        while True:
            try:
                status = run.status()
                left = "" if status.seconds_left is None else f", {status.seconds_left:.0f} s left"
                bar.show(status.progress, f"{status.message}{left}")
                for point in run.history().epochs[shown:]:
                    shown += 1
                    bar.write(
                        f"epoch {point.epoch}: loss {point.loss:.4f}, accuracy "
                        f"{point.accuracy:.4f}, validation loss {point.val_loss:.4f}, "
                        f"validation accuracy {point.val_accuracy:.4f}, {point.seconds:.1f} s"
                    )
                if status.ended:
                    return
                time.sleep(_POLL_SECONDS)
            except KeyboardInterrupt:
                run.request_stop()
                bar.write("Stopping; what has been learned is kept.")


def _evaluate(options: argparse.Namespace) -> int:
    predictor = load_predictor(_find_run(options.run))
    dataset = datasets.load(keep_data(options))
    has_test = len(dataset.test_labels) > 0
    images = dataset.test_images if has_test else dataset.images
    labels = dataset.test_labels if has_test else dataset.labels
    evaluation = count_confusion(labels, predictor.probabilities(images).argmax(1))
    part = "test images" if has_test else "images"
    print(f"{evaluation.accuracy:.2%} of {evaluation.count:,} {part} answered right")
    print("Confusion matrix (rows: true digit, columns: answer)")
    print(np.array2string(evaluation.confusion))
    for digit, share in enumerate(evaluation.per_class()):
        print(f"{digit}: {'no images' if share is None else f'{share:.2%}'}")
    print_json(
        options,
        {
            "accuracy": evaluation.accuracy,
            "count": evaluation.count,
            "part": "test" if has_test else "all",
            "confusion": evaluation.confusion.tolist(),
            "per_class": evaluation.per_class(),
        },
    )
    return 0


def _predict(options: argparse.Namespace) -> int:
    predictor = load_predictor(_find_run(options.run))
    for path in options.images:
        print(json.dumps(_read_digit(predictor, path, not options.as_is)))
    return 0


def _read_digit(predictor: Predictor, path: Path, fitted: bool) -> dict[str, Any]:
    picture = open_picture(read_bytes(path), path.name)
    drawing = find_ink(picture) if fitted else fit(light_on_dark(picture))
    prediction = predictor.read_drawing(drawing, fitted)
    return {
        "file": str(path),
        "digit": prediction.digit,
        "sure": prediction.sure,
        "probabilities": [round(float(p), 6) for p in prediction.probabilities],
    }


def _diagnose(options: argparse.Namespace) -> int:
    return diagnose(_find_run(options.run), options)


def _export(options: argparse.Namespace) -> int:
    return export(_find_run(options.run), options)


def _runs(options: argparse.Namespace) -> int:
    rows = []
    for run in runs.listing():
        status, evaluation = run.status(), run.evaluation()
        rows.append(
            {
                "run": run.id,
                "recipe": run.title,
                "data": run.dataset_name,
                "state": status.state,
                "test_accuracy": evaluation.accuracy if evaluation else None,
            }
        )
    for row in rows:
        accuracy = row["test_accuracy"]
        shown = "" if accuracy is None else f", test accuracy {accuracy:.2%}"
        print(f"{row['run']}  {row['recipe']}, {row['data']}: {row['state']}{shown}")
    if not rows:
        print("No runs yet. Start one with: python -m resnet_app train sample")
    print_json(options, {"runs": rows})
    return 0


def _find_run(text: str) -> Run:
    """A run by its directory or its id; ``pretrained`` is one."""
    if (Path(text) / "config.json").is_file():
        return Run(Path(text))
    return runs.open_run(text)
