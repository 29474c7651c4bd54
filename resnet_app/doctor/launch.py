"""Starting the process that makes the tests that compute."""

from resnet_app.data.launch import new_folder
from resnet_app.errors import LabError, RunError
from resnet_app.runs.run import Run
from resnet_app.training import beside, memory

_NOT_OURS = (
    "The tests that compute need the images, and a run of somebody's own script keeps none. "
    "The verdict rests on what was recorded while it trained."
)


class Job(beside.Job):
    """The tests of one run, waiting for their turn or at work.

    Their outcomes go to the run's ``tests.json`` one by one, so what was found stays whatever
    happens.
    """

    module = "resnet_app.doctor.worker"
    work = "Testing"
    left = "what the tests found until then is kept"
    most_seconds = 120.0  # four times what all tests together should take
    broke_off = "The tests broke off. The verdict rests on what they found until then."

    def __init__(self, run: Run) -> None:
        self.needed = memory.needed_for(run)
        super().__init__({"test": str(run.directory.resolve())}, new_folder(), run.owner)

    def limits(self) -> tuple[int, float]:
        most, seconds = super().limits()
        return max(most, 2 * self.needed), seconds  # a very wide network is tested too

    def summary(self) -> str:
        """How many tests were made in what time; waits for them. Raises ``LabError``."""
        said: str = self.answer()["summary"]
        return said


def start_tests(run: Run) -> Job:
    """Have the tests made whose answers can change the verdict on ``run``; returns at once.

    They begin beside what trains, when it is their turn and there is memory. Raises ``RunError``
    for a run of which only the records are here.
    """
    try:
        run.config  # noqa: B018 - raises where these are not our settings
        digest = run.dataset_digest
    except (LabError, TypeError, KeyError, AttributeError) as error:
        raise RunError(_NOT_OURS) from error
    if not digest:
        raise RunError(_NOT_OURS)
    return Job(run)
