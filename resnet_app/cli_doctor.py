"""The part of the command line that tells why a run does not learn: ``diagnose``."""

import argparse
import sys
import time
from typing import Any

from resnet_app.cli_data import print_json
from resnet_app.cli_progress import PercentBar
from resnet_app.config import TrainingConfig
from resnet_app.data.launch import change
from resnet_app.data.store import MAX_NAME
from resnet_app.doctor.judge import judge
from resnet_app.doctor.launch import Job, start_tests
from resnet_app.doctor.reading import read_evidence
from resnet_app.doctor.treatment import Treatment, treatment_for
from resnet_app.doctor.verdict import Opinion, Verdict
from resnet_app.doctor.wording import headline, how_known
from resnet_app.errors import LabError, RunError
from resnet_app.runs.run import Run

_POLL_SECONDS = 0.1


def diagnose(run: Run, options: argparse.Namespace) -> int:
    """Print the verdict on ``run``, after the tests that compute unless ``--no-tests``."""
    if not options.no_tests:
        _run_tests(run)
    evidence = read_evidence(run)
    verdict = judge(evidence)
    first = verdict.primary
    treatment = None if first is None else treatment_for(first.cause, run, first.subject)
    _print_verdict(verdict, not evidence.ended)
    if treatment is not None:
        _print_treatment(treatment, run)
    _print_rest(verdict)
    print_json(options, _as_json(run, verdict, treatment))
    return 0


def _run_tests(run: Run) -> None:
    """Show progress until the tests have ended; Ctrl-C stops them and keeps what they found."""
    try:
        print(_tested(start_tests(run)), file=sys.stderr)
    except LabError as error:  # which leaves what was recorded, and what was found before
        print(error, file=sys.stderr)


def _tested(job: Job) -> str:
    with PercentBar(leave=False) as bar:
        while not job.ended:
            try:
                bar.show(job.progress, job.message)
                time.sleep(_POLL_SECONDS)
            except KeyboardInterrupt:
                job.stop()
    try:
        return job.summary()
    finally:
        job.forget()


def treated(run: Run, cause: str, config: TrainingConfig) -> tuple[TrainingConfig, str]:
    """``config`` and the digest of the data with the change that cures ``cause`` in ``run``.

    Raises ``RunError`` where only a person can make that change.
    """
    treatment = treatment_for(cause, run)
    if not treatment.applies:
        raise RunError(
            f"No setting cures this; it takes a person. {treatment.words} Received: {cause}"
        )
    config = config.changed(**treatment.changes)
    if treatment.edit is None:
        return config, run.dataset_digest
    name = f"{run.dataset_name}, {treatment.edit.describe()}"
    return config, change(run.dataset_digest, treatment.edit, name[:MAX_NAME]).kept()


def _print_verdict(verdict: Verdict, active: bool) -> None:
    print(headline(verdict, active))
    if verdict.primary is not None:
        print()
        _print_cause(verdict.primary)
    for other in verdict.others:
        print(f"\n{verdict.others_are}: {other.words.title} ({other.known})")
        _print_exhibits(other)


def _print_cause(opinion: Opinion) -> None:
    cause = opinion.words
    print(cause.plain)
    print(f"In the field's words: {cause.term}.")
    print(f"How it is known: {opinion.known}, {how_known(opinion)}.")
    _print_exhibits(opinion)
    if opinion.test is not None:
        print(f"  Test: {opinion.test.question}\n        {opinion.test.result}")
    if opinion.since is not None:
        print(f"  It shows from epoch {opinion.since:.2g} on.")


def _print_exhibits(opinion: Opinion) -> None:
    for exhibit in opinion.exhibits:
        print(f"  {exhibit.what}: {exhibit.measured} (expected: {exhibit.expected})")


def _print_treatment(treatment: Treatment, run: Run) -> None:
    print(f"\nTreatment: {treatment.label}\n  {treatment.words}")
    command = treatment.command(run)
    if command is not None:
        print(f"  {command}")


def _print_rest(verdict: Verdict) -> None:
    if verdict.ruled_out:
        print("\nRuled out")
    for opinion in verdict.ruled_out:
        first = opinion.exhibits[0] if opinion.exhibits else None
        figures = "" if first is None else f": {first.what}: {first.measured}"
        print(f"  {opinion.words.term}{figures}")
    if verdict.open:
        print(f"\nCould not be judged: {', '.join(verdict.open)}")
    if verdict.set_aside:
        print(f"\nSet aside, since others explain or outweigh it: {', '.join(verdict.set_aside)}")
    if verdict.advice:
        print(f"\n{verdict.advice}")


def _as_json(run: Run, verdict: Verdict, treatment: Treatment | None) -> dict[str, Any]:
    return {
        "run": run.id,
        **verdict.to_json(),
        "treatment": None if treatment is None else treatment.to_json(run),
    }
