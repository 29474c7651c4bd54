"""How often the doctor is right of other people's Keras programs, from their curves alone.

Run: ``python -m tests.benchmarks.foreign [--programs 'first/p0*'] [--digits DIGITS.npz]
[--workers 2]``. The programs in ``foreign_programs`` were written by authors who did not know the
doctor's rules; ``truth.json`` beside them says what is wrong with each. A program counts as
``single`` with one bug, ``pair`` with two, ``sound`` with none. Without a file that has ``x``
(N, 28, 28) uint8 and ``y`` (N,), such as MNIST's, digits are built-in ones. The rules of published
tools are asked the same runs; ``unsure`` is also who says nothing of a run. A program takes some
twenty seconds.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from resnet_app.data.builtin import drawn_digits
from resnet_app.doctor.bench.rivals import RIVALS
from resnet_app.doctor.bench.scoring import Answer, all_answers
from resnet_app.doctor.judge import judge
from resnet_app.doctor.reading import read_evidence
from resnet_app.runs.run import Run
from tests.benchmarks import machine

_PROGRAMS = Path(__file__).parent / "foreign_programs"
_PROJECT = Path(__file__).resolve().parents[2]
_DIGITS = "digits.npz"
_SIDE, _COUNT = 28, 10_000
_SECONDS = 300


def main() -> None:
    """Print one line a judge, and before them the programs that the doctor takes for others."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--programs", default="*")
    parser.add_argument("--digits", type=Path)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    print(machine.describe())
    chosen = {
        f"{truth.parent.name}/{name}": told
        for truth in sorted(_PROGRAMS.glob("*/truth.json"))
        for name, told in json.loads(truth.read_text(encoding="utf-8")).items()
        if fnmatch(f"{truth.parent.name}/{name}", options.programs)
    }
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        _write_digits(folder / _DIGITS, options.digits)
        with ThreadPoolExecutor(options.workers) as pool:
            answers = list(pool.map(lambda name: _ask(name, folder), chosen))
    for (name, told), judges in zip(chosen.items(), answers, strict=True):
        if not _is_right(told, judges["doctor"]):
            named = ", ".join(sorted(judges["doctor"].named))
            print(f"{name} {told['kind']} {told['causes']}: {named or 'nothing named'}")
    titles = "single  first  three   pair  one first  both  sound  ill  unsure"
    print(f"{'':<15}{titles}")
    for one in ("doctor", *RIVALS):
        said = (judges[one] for judges in answers)
        _tell(one, list(zip(chosen.values(), said, strict=True)))


def _write_digits(path: Path, given: Path | None) -> None:
    """The digits that the programs read, ``x`` (N, 28, 28) uint8 and ``y`` (N,)."""
    if given is not None:
        path.write_bytes(given.read_bytes())
        return
    drawn = drawn_digits(_COUNT)
    small = [
        np.asarray(Image.fromarray(image).resize((_SIDE, _SIDE), Image.Resampling.BOX))
        for image in drawn.images
    ]
    np.savez(path, x=np.stack(small), y=drawn.labels)


def _ask(name: str, folder: Path) -> dict[str, Answer]:
    """Run a program in a folder of its own, and ask all judges."""
    own = folder / name
    own.mkdir(parents=True)
    (own / _DIGITS).symlink_to(folder / _DIGITS)
    paths = {"RESNET_APP_HOME": str(own / "home"), "PYTHONPATH": str(_PROJECT)}
    subprocess.run(
        [sys.executable, _PROGRAMS / f"{name}.py"],
        cwd=own,
        env={**os.environ, **paths, "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        timeout=_SECONDS,
        check=False,  # a fault may break it off
    )
    (run,) = (own / "home" / "runs").iterdir()
    evidence = read_evidence(Run(run))
    return all_answers(evidence, judge(evidence))


def _is_right(told: dict[str, Any], answer: Answer) -> bool:
    if told["kind"] == "sound":
        return not answer.alarm
    if told["kind"] == "single":
        return not answer.first.isdisjoint(told["causes"])
    return not any(answer.named.isdisjoint(causes) for causes in told["causes"])


def _tell(name: str, answers: list[tuple[dict[str, Any], Answer]]) -> None:
    single = [(t["causes"], a) for t, a in answers if t["kind"] == "single"]
    pairs = [(t["causes"], a) for t, a in answers if t["kind"] == "pair"]
    sound = [a for t, a in answers if t["kind"] == "sound"]
    first = sum(not a.first.isdisjoint(causes) for causes, a in single)
    three = sum(not a.named.isdisjoint(causes) for causes, a in single)
    one = sum(any(not a.first.isdisjoint(causes) for causes in both) for both, a in pairs)
    two = sum(all(not a.named.isdisjoint(causes) for causes in both) for both, a in pairs)
    ill, unsure = sum(a.alarm for a in sound), sum(a.abstains for a in sound)
    print(
        f"{name:<15}{len(single):>6}{first:>7}{three:>7}{len(pairs):>7}{one:>11}{two:>6}"
        f"{len(sound):>7}{ill:>5}{unsure:>8}"
    )


if __name__ == "__main__":
    main()
