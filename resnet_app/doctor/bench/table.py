"""The bench's figures as text."""

import math
from collections.abc import Sequence

from resnet_app.doctor.bench.rivals import RIVALS
from resnet_app.doctor.bench.scoring import Row

JUDGES = ("doctor", *RIVALS)

_SOUND = 0.5
"""Test accuracy that a run must reach to count as sound, whatever it was meant to be."""

_HEADER = f"{'cause':<20} {'judge':<14} {'cases':>5} {'top-1':>6} {'top-3':>6} {'recall':>6} " + (
    f"{'precision':>9} {'unsure':>6}"
)


def format_table(rows: Sequence[Row]) -> str:
    """Per cause and in all, for the doctor and its rivals; then alarms, harmless faults, treatment.

    A cause's figures are over the cases in which the fault did harm. Recall: the cause is among all
    that is said; precision: the share of all that is said, on any case, that is right.
    """
    faults = [row for row in rows if row.case.kind == "fault" and row.harmful]
    causes = sorted({str(row.case.cause) for row in faults})
    lines = [_HEADER]
    for cause in causes:
        own = [row for row in faults if row.case.cause == cause]
        lines += [_line(cause, judge, own, rows, cause) for judge in JUDGES]
    lines += [_line("all", judge, faults, rows, None) for judge in JUDGES]
    lines += ["", *_pairs(rows), *_alarms(rows), *_harmless(rows), *_treatment(rows)]
    return "\n".join(lines)


def _line(
    title: str, judge: str, own: Sequence[Row], rows: Sequence[Row], cause: str | None
) -> str:
    first = [row.case.cause in row.answers[judge].first for row in own]
    named = [row.case.cause in row.answers[judge].named for row in own]
    said = [_says(row, judge, str(row.case.cause)) for row in own]
    unsure = [row.answers[judge].abstains for row in own]
    return (
        f"{title:<20} {judge:<14} {len(own):>5} {_share(first):>6} {_share(named):>6} "
        f"{_share(said):>6} {_precision(rows, judge, cause):>9} {_share(unsure):>6}"
    )


def _says(row: Row, judge: str, cause: str) -> bool:
    return any(cause in meaning for meaning in row.answers[judge].accusations)


def _precision(rows: Sequence[Row], judge: str, cause: str | None) -> str:
    """Right accusations over all, on faults that did harm and on sound runs."""
    right = []
    for row in rows:
        sound = row.case.kind in ("healthy", "negative")
        if not sound and not (row.case.kind == "fault" and row.harmful):
            continue
        for meaning in row.answers[judge].accusations:
            if cause is None or cause in meaning:
                right.append(not sound and row.case.cause in meaning)
    return _share(right)


def _share(flags: Sequence[bool]) -> str:
    return f"{sum(flags) / len(flags):.1%}" if flags else "-"


def _pairs(rows: Sequence[Row]) -> list[str]:
    """Runs with two faults: the first answer is one of them, and all that is named has both."""
    own = [row for row in rows if row.case.kind == "pair" and row.harmful]
    lines = []
    for judge in JUDGES if own else ():
        answers = [(row.case.causes, row.answers[judge]) for row in own]
        either = _share([bool(causes & answer.first) for causes, answer in answers])
        both = _share([causes <= answer.named for causes, answer in answers])
        lines.append(
            f"Of {len(own)} pairs of faults {judge} names one first in {either}, "
            f"both among the first three in {both}"
        )
    return lines


def _alarms(rows: Sequence[Row]) -> list[str]:
    lines = []
    for kind, title in (("healthy", "healthy runs"), ("negative", "hard negatives")):
        meant = [row for row in rows if row.case.kind == kind]
        own = [row for row in meant if row.outcome.test >= _SOUND]
        lines += [
            f"  not sound, so not counted: {row.case.id}, test accuracy {row.outcome.test:.2f}, "
            f"called {_first(row)}"
            for row in meant
            if row not in own
        ]
        shares = ", ".join(
            f"{judge} {_share([row.answers[judge].alarm for row in own])}" for judge in JUDGES
        )
        unsure = _share([row.answers["doctor"].abstains for row in own])
        told = _share([bool(row.answers["doctor"].named) for row in own])
        lines.append(
            f"False alarms on {len(own)} {title}: {shares}; the doctor unsure: {unsure}; "
            f"it names something, alarm or not, in {told}"
        )
        lines += [
            f"  alarm on {row.case.id}: {_first(row)}" for row in own if row.answers["doctor"].alarm
        ]
        lines += [
            f"  while it trained, {row.case.id}: {words}"
            for row in own
            if (words := ", ".join(f"{cause} after {epoch}" for epoch, cause in row.early))
        ]
        poor = [row for row in own if row.outcome.test < 0.75]
        lines += [f"  test accuracy only {row.outcome.test:.2f}: {row.case.id}" for row in poor]
    return lines


def _first(row: Row) -> str:
    return row.verdict.primary.cause if row.verdict.primary else row.verdict.state


def _harmless(rows: Sequence[Row]) -> list[str]:
    faults = [row for row in rows if row.case.kind == "fault"]
    mild = [row for row in faults if row.harmful is False]
    unknown = sum(row.harmful is None for row in faults)
    named = [row.case.cause in row.answers["doctor"].named for row in mild]
    alarms = [row.answers["doctor"].alarm for row in mild]
    lines = [
        f"Faults that did no measurable harm, not counted above: {len(mild)} of {len(faults)}; the "
        f"doctor says something of {_share(alarms)}, names the fault in {_share(named)}",
        *(f"  {row.case.id}: {_first(row)}" for row in mild),
    ]
    return lines + ([f"{unknown} faults wait for the run of their twin"] if unknown else [])


def _treatment(rows: Sequence[Row]) -> list[str]:
    right = [
        row
        for row in rows
        if row.case.kind == "fault"
        and row.twin is not None
        and row.case.cause in row.answers["doctor"].first
    ]
    harmed = [row for row in right if row.harmful]
    placebos = [row.proof for row in rows if row.case.kind == "placebo" and row.proof is not None]
    changed = [outcome != "no difference" for outcome in placebos]
    seconds = [row.seconds for row in rows if not math.isnan(row.seconds)]
    watched, trained = sum(row.watched for row in rows), sum(row.epochs for row in rows)
    return [
        f"Treatment confirmed in {_share([row.cured for row in right])} of {len(right)} right "
        f"verdicts, {_share([row.cured for row in harmed])} of the {len(harmed)} on harmful "
        "faults: the app's own proof from the rerun without the mistake, same seed",
        f"Placebo, {len(placebos)} reruns with nothing changed: the same proof calls it another "
        f"outcome in {_share(changed)}",
        f"Seconds a run: {sum(seconds) / max(len(seconds), 1):.1f} in the mean, {len(rows)} runs; "
        f"watching took {watched / max(trained, 1e-9):.1%} of the time of these short epochs",
    ]


def format_confusions(rows: Sequence[Row]) -> str:
    """One line for each harmful fault whose first answer is wrong, and each pair not all named."""
    return "\n".join(
        f"{row.case.id}: {' and '.join(sorted(row.case.causes))} taken for "
        + ", ".join([_first(row), *(opinion.cause for opinion in row.verdict.others)])
        for row in rows
        if row.harmful and _is_wrong(row)
    )


def _is_wrong(row: Row) -> bool:
    answer = row.answers["doctor"]
    if row.case.kind == "pair":
        return not row.case.causes <= answer.named
    return row.case.kind == "fault" and not row.case.causes <= answer.first
