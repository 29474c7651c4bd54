"""How well a run did, as an exhibit: by its accuracy or, of numbers, by what is explained."""

from resnet_app.doctor.case import Case
from resnet_app.doctor.verdict import Exhibit
from resnet_app.doctor.wording import share


def in_training(case: Case, expected: str) -> Exhibit:
    """What was reached in training; ``expected`` says what would be the case otherwise."""
    if case.training_fit is not None:
        return Exhibit(
            "Spread of the training labels explained", share(case.training_fit), expected
        )
    return Exhibit("Training accuracy", share(case.training or 0), expected)


def in_validation(case: Case, expected: str) -> Exhibit:
    """The same in validation."""
    if case.validation_fit is not None:
        return Exhibit(
            "Spread of the validation labels explained", share(case.validation_fit), expected
        )
    return Exhibit("Validation accuracy", share(case.validation or 0), expected)
