"""The code of a run: what it says, and that its data are the app's own."""

import ast
import json
from zlib import crc32

import numpy as np
import pytest

from resnet_app.config import TrainingConfig
from resnet_app.data import store as datasets
from resnet_app.data.dataset import Dataset
from resnet_app.errors import RunError
from resnet_app.faults.registry import FAULTS
from resnet_app.files import write_json
from resnet_app.imaging import Framing, Normalizer
from resnet_app.runs import store as runs
from resnet_app.runs.run import Run
from resnet_app.takeaway.cells import why_no_code, write_cells
from resnet_app.takeaway.notebook import as_notebook
from resnet_app.takeaway.script import as_script
from resnet_app.training.material import gather
from resnet_app.training.recipes import RECIPES
from tests.conftest import bar_images
from tests.made_runs import fill_run

_BEFORE_TRAINING = [fault.name for fault in FAULTS.values() if fault.place != "network"]


def made(config: TrainingConfig, dataset: Dataset, parent: str | None = None) -> Run:
    run = runs.create(config, datasets.save(dataset), dataset.name, parent)
    framing = Framing(30, 25, 25, True).to_json()
    normalizer = Normalizer("unit", 0.0, 1.0).to_json()
    write_json(run.directory / "preprocessing.json", {"normalizer": normalizer, "framing": framing})
    return run


def data_of(run: Run, tmp_path) -> dict:
    """What the code makes of the data, run without TensorFlow up to the network."""
    code = as_script(write_cells(run)).split("def build_network")[0].split("def convolution")[0]
    lines = [
        line
        for line in code.splitlines()
        if not line.startswith(("import ", "from ", "os.environ"))
    ]
    path = str(datasets.arrays_path(run.dataset_digest))
    names = {"np": np, "crc32": crc32, "print": lambda *words: None}
    exec("\n".join(lines).replace('"digits.npz"', repr(path)), names)
    return names


def assert_same_data(config: TrainingConfig, dataset: Dataset, tmp_path) -> None:
    names, material = data_of(made(config, dataset), tmp_path), gather(config, dataset)
    feed = material.feed
    for (x, y), (own_x, own_y) in (
        ((names["x_train"], names["y_train"]), feed.train),
        ((names["x_val"], names["y_val"]), feed.validation),
        ((names["x_test"], names["y_test"]), material.split.test),
    ):
        np.testing.assert_array_equal(x, own_x)
        np.testing.assert_array_equal(y, own_y)
        assert np.asarray(y).shape == own_y.shape
    scale = names["SCALE"], names["OFFSET"]
    np.testing.assert_allclose(scale, feed.normalizer.scale_and_offset, rtol=1e-9)
    other = names.get("VAL_SCALE", scale[0]), names.get("VAL_OFFSET", scale[1])
    np.testing.assert_allclose(other, feed.validation_normalizer.scale_and_offset, rtol=1e-9)


@pytest.mark.parametrize("split", ["tail", "stratified"])
@pytest.mark.parametrize("normalization", ["raw", "unit", "standardized"])
@pytest.mark.parametrize("tested", [True, False])
def test_the_code_splits_and_scales_as_the_run_did(split, normalization, tested, tmp_path):
    images, labels = bar_images(203)
    labels = np.random.default_rng(1).permutation(labels)  # no period that hides an error
    dataset = Dataset("Bars", images, labels, *(bar_images(30) if tested else ()))
    config = TrainingConfig(split=split, normalization=normalization, seed=5)
    assert_same_data(config, dataset, tmp_path)


@pytest.mark.parametrize("severity", [1, 2, 3])
@pytest.mark.parametrize("name", _BEFORE_TRAINING)
def test_the_code_makes_the_faults_that_the_run_made(name, severity, tmp_path):
    images, labels = bar_images(403)
    labels = np.random.default_rng(1).permutation(labels)
    config = TrainingConfig(seed=3, normalization="unit", mistakes=(f"{name}@{severity}",))
    assert_same_data(config, Dataset("Bars", images, labels), tmp_path)


def test_only_the_branches_that_apply_are_written(bars: Dataset):
    posted = as_script(write_cells(made(TrainingConfig(), bars)))
    assert "AveragePooling2D(2" in posted
    assert "restore_best_weights=False" in posted
    for absent in ("crc32", "Schedule", "def move", "bfloat16", "GlobalAverage", "A fault"):
        assert absent not in posted
    recommended = as_script(write_cells(made(RECIPES["recommended"].config, bars)))
    for there in ("class Schedule", "def move", "GlobalAveragePooling2D", "momentum=0.9"):
        assert there in recommended
    assert "import resnet_app" not in posted + recommended


def test_the_precision_that_trained_is_written_out(bars: Dataset):
    run = made(RECIPES["recommended"].config, bars)
    fill_run(run)
    with (run.directory / "events.jsonl").open("a") as events:
        events.write('{"event": "precision", "policy": "mixed_bfloat16", "reason": "Fast."}\n')
    code = as_script(write_cells(run))
    assert code.index('set_dtype_policy("mixed_bfloat16")') < code.index("model.fit(")
    assert code.index("model.fit(") < code.index('set_dtype_policy("float32")')


@pytest.mark.parametrize("name", FAULTS)
def test_every_fault_can_be_written(name: str, bars: Dataset):
    for severity in (1, 2, 3):
        config = TrainingConfig(mistakes=(f"{name}@{severity}",))
        code = as_script(write_cells(made(config, bars)))
        ast.parse(code)
        assert "made on purpose" in code


def test_a_hostile_name_stays_inside_the_words(bars: Dataset):
    hostile = 'x"""\nimport shutil; shutil.rmtree("/x")\n"""<script>`a`\\'
    named = Dataset(hostile, bars.images, bars.labels, bars.test_images, bars.test_labels)
    cells = write_cells(made(TrainingConfig(recipe=hostile), named))
    module = ast.parse(as_script(cells))
    assert isinstance(module.body[0], ast.Expr)  # the words at the top, and then what is ours
    assert "shutil" not in {name.name for node in module.body if isinstance(node, ast.Import)
                        for name in node.names}  # fmt: skip
    words = json.loads(as_notebook(cells))["cells"][0]["source"]
    assert not set("<>`\\") & set("".join(words))


def test_the_notebook_holds_the_scripts_code(bars: Dataset):
    cells = write_cells(made(TrainingConfig(), bars))
    notebook = json.loads(as_notebook(cells))
    code = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert code == [cell.code for cell in cells if cell.code]
    assert all(piece in as_script(cells) for piece in code)


def test_what_no_script_can_repeat_is_told_in_words(bars: Dataset):
    tuned = made(TrainingConfig(), bars, parent="20260101-000000-0123456789abcdef")
    assert "fine-tuned" in str(why_no_code(tuned))
    assert "comes with the app" in str(why_no_code(runs.pretrained()))
    twice = made(TrainingConfig(mistakes=("double_softmax@1", "zero_start@1")), bars)
    assert "several faults" in str(why_no_code(twice))
    gone = made(TrainingConfig(), bars)
    datasets.delete(gone.dataset_digest)
    with pytest.raises(RunError, match=r"no longer here.*Received: "):
        write_cells(gone)
