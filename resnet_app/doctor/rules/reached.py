"""How well a run did, as an exhibit: by its accuracy or, of numbers, by what is explained."""

from resnet_app.doctor.case import Case
from resnet_app.doctor.verdict import Exhibit
from resnet_app.doctor.wording import share


def in_training(case: Case, expected: str) -> Exhibit:
    """What was reached in training; ``expected`` says what would be the case otherwise.

    Counted from the answers to some of the images where no accuracy is reported.
    """
    counted = case.modes.training_accuracy if case.modes is not None else None
    accuracy = counted if case.training is None else case.training
    return _reached("training", case.training_fit, accuracy, expected)


def in_validation(case: Case, expected: str) -> Exhibit:
    """The same in validation."""
    counted = case.modes.validation_inference_accuracy if case.modes is not None else None
    accuracy = counted if case.validation is None else case.validation
    return _reached("validation", case.validation_fit, accuracy, expected)


def beside_neighbours(case: Case) -> tuple[Exhibit, ...]:
    """Validation beside what similar images foretell, of a run that falls short of it."""
    if not case.falls_short or case.validation is None:
        return ()
    foretold = share(float(case.tests["baseline"]["accuracy"]))
    expected = f"{foretold}, as similar images tell"
    return (Exhibit("Validation accuracy", share(case.validation), expected),)


def silent_at_start(case: Case) -> str:
    """The share of units that were silent before the first step, in words."""
    start = case.facts.start_silent
    return "not looked at, but a gradient passed," if start is None else share(start)


def _reached(part: str, fit: float | None, accuracy: float | None, expected: str) -> Exhibit:
    if fit is not None:
        return Exhibit(f"Spread of the {part} labels explained", share(fit), expected)
    measured = "not recorded" if accuracy is None else share(accuracy)
    return Exhibit(f"{part.capitalize()} accuracy", measured, expected)
