from resnet_app.config import TrainingConfig
from resnet_app.data import store as datasets
from resnet_app.data.dataset import Dataset
from resnet_app.runs import pace
from tests.made_runs import made_run


def test_without_runs_the_time_is_said_to_be_from_elsewhere():
    few = pace.estimate(TrainingConfig(stem_stride=2), 1000)
    many = pace.estimate(TrainingConfig(stem_stride=2), 2000)
    whole = pace.estimate(TrainingConfig(stem_stride=1), 1000)
    assert not few.measured_here
    assert few.seconds < many.seconds < whole.seconds


def test_finished_runs_of_the_same_network_tell_the_time_here(bars: Dataset):
    made_run(TrainingConfig(), curve=[(0.5, 0.5)] * 4, digest=datasets.save(bars))
    found = pace.estimate(TrainingConfig(epochs=20), 400)
    assert found.measured_here
    assert 38 <= found.seconds <= 41  # a second for 200 images, twenty times twice as many
    assert not pace.estimate(TrainingConfig(widths=(8, 8, 8)), 400).measured_here


def test_times_are_said_in_round_words():
    assert pace.in_words(3) == "about 10 seconds"
    assert pace.in_words(44) == "about 40 seconds"
    assert pace.in_words(170) == "about 3 minutes"
