"""Results of a small run that was really trained, computed by the process that does that."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from resnet_app.data import store as datasets
from resnet_app.data.dataset import Dataset
from resnet_app.errors import DataError, RunError
from resnet_app.files import read_json, write_json
from resnet_app.predict import load_predictor
from resnet_app.results import launch
from resnet_app.results.answers import OWN, kept_answers, pictures, results_folder
from resnet_app.results.comparison import kept_comparison
from resnet_app.results.network import CARD, kept_maps, kept_network, load_stages
from resnet_app.results.outcome import kept_outcome
from resnet_app.runs import store as runs
from resnet_app.runs.run import Run, count_confusion
from tests.conftest import bar_images


def copy_of(run: Run) -> Run:
    directory = runs.new_directory(run.directory.parent, run.created)
    shutil.copytree(run.directory, directory, dirs_exist_ok=True)
    return Run(directory)


def test_the_answers_are_those_of_the_evaluation(studied: Run):
    answers, outcome, evaluation = (
        kept_answers(studied),
        kept_outcome(studied),
        studied.evaluation(),
    )
    assert answers is not None and outcome is not None and evaluation is not None
    counted = count_confusion(answers.labels, answers.digits)
    np.testing.assert_array_equal(counted.confusion, evaluation.confusion)
    assert (outcome.right, outcome.count) == (np.trace(evaluation.confusion), 30)
    assert outcome.milliseconds > 0
    assert studied.peak_memory() > 2e8  # TensorFlow alone takes more
    images = pictures(studied, answers.numbers)
    np.testing.assert_allclose(
        load_predictor(studied).probabilities(images), answers.probabilities, atol=1e-6
    )


def test_the_steps_are_those_of_the_stored_network(studied: Run):
    network = kept_network(studied)
    assert network is not None
    blocks = [step for step in network.steps if step.is_block]
    assert [step.name for step in blocks] == [f"res{s}{b}_add" for s in "234" for b in "abc"]
    assert [bool(step.shortcut) for step in blocks] == [True, False, False] * 3
    assert all(len(step.layers) == 8 for step in blocks[1:3])
    assert network.steps[0].shape == (50, 50, 1) and network.steps[-1].shape == (10,)
    assert network.parameters == sum(step.parameters for step in network.steps)
    stages = [step.shape for step in blocks[2::3]]
    assert stages == [(13, 13, 16), (7, 7, 8), (4, 4, 8)]


def test_a_network_kept_without_its_outputs_names_is_read_off_anew(studied: Run):
    card = results_folder(studied) / CARD
    values = read_json(card)
    del values["outputs"]  # as they were kept once
    write_json(card, values)
    assert kept_network(studied) is None
    with pytest.raises(RunError, match="cannot be read"):
        load_stages(studied)


def test_what_came_past_and_the_change_add_up(studied: Run):
    network = kept_network(studied)
    maps = kept_maps(studied)
    image = pictures(studied, maps.numbers[:1])[0]
    outputs = load_stages(studied).outputs(image)
    for step in network.steps:
        if step.is_block:
            added = outputs[f"{step.name}_change"] + outputs[f"{step.name}_kept"]
            np.testing.assert_allclose(outputs[step.name], np.maximum(added, 0), atol=1e-5)
        if step.name in outputs:
            assert outputs[step.name].shape == step.shape
    answer = outputs[network.steps[-1].name]
    light = load_predictor(studied).logits(image[None])[0]
    np.testing.assert_allclose(answer, np.exp(light) / np.exp(light).sum(), atol=1e-4)


def test_every_test_digit_has_a_place_on_each_map(studied: Run):
    maps = kept_maps(studied)
    assert maps.filters.shape == (5, 5, 32)
    assert {"pca", "tsne"} <= set(maps.places)
    for places in maps.places.values():
        assert places.shape == (30, 2) and np.isfinite(places).all()
    assert 0 < maps.shares.sum() <= 1
    np.testing.assert_array_equal(maps.numbers, kept_answers(studied).numbers)


def test_runs_are_compared_on_their_own_test_and_on_another(studied: Run):
    other = copy_of(studied)
    elsewhere = datasets.save(Dataset("More bars", *bar_images(60), *bar_images(20)))
    for test, count in ((OWN, 30), (elsewhere, 20)):
        job = launch.compare([studied, other], test)
        job.answer()
        job.forget()
        comparison = kept_comparison([studied, other], test)
        assert [score.count for score in comparison.scores] == [count, count]
        (pair,) = comparison.pairs
        assert (pair.only_first, pair.only_second, pair.chance) == (0, 0, 1.0)
    assert kept_comparison([other, studied], OWN) is None  # another question


def test_a_stopped_job_keeps_nothing(studied: Run):
    shutil.rmtree(results_folder(studied))
    job = launch.trace(studied)
    job.stop()
    with pytest.raises(DataError, match="Computing was stopped"):
        job.answer()
    assert kept_network(studied) is None


def test_a_network_that_was_trained_on_is_looked_into_again(studied: Run):
    path = studied.directory / "model.tflite"
    path.write_bytes(path.read_bytes())
    assert kept_network(studied) is None and kept_answers(studied) is None


def test_a_damaged_model_is_told_in_words(studied: Run, tmp_path: Path):
    (studied.directory / "model.keras").write_bytes(b"no model")
    job = launch.trace(studied)
    with pytest.raises(RunError, match="cannot be read"):
        job.answer()
