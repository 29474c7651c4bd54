"""Every page as Streamlit runs it, without a browser."""

import errno
import gc
import subprocess
import time
import tomllib
import weakref
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from resnet_app.data import store as datasets
from resnet_app.data.dataset import Dataset
from resnet_app.files import read_json, write_json
from resnet_app.runs import store as runs
from resnet_app.runs.checkpoint import Checkpoint, Stopping
from resnet_app.runs.writer import RunWriter
from resnet_app.training import workers
from resnet_app.training.recipes import RECIPES
from resnet_app.ui import page
from tests.made_runs import made_run
from tests.pages.conftest import button, loaded_by, open_page, words

_PROJECT = Path(__file__).resolve().parents[2]


def test_start_says_what_this_is():
    app = open_page()
    assert app.title[0].value == "ResNet Digit Lab"
    assert button(app, "Train on built-in digits")


def test_what_nobody_refers_to_is_freed_now_and_then_and_not_after_each_script(
    monkeypatch: pytest.MonkeyPatch,
):
    settings = tomllib.loads((_PROJECT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert settings["runner"]["postScriptGC"] is False

    class Held:
        pass

    held = Held()
    held.itself = held
    gone = weakref.ref(held)
    del held
    gc.disable()
    monkeypatch.setattr(gc, "get_stats", lambda: [{"collections": -1}])
    monkeypatch.setattr(page, "_COLLECT_SECONDS", 0.01)
    try:
        page._collect_now_and_then.cache_clear()
        open_page()
        end = time.monotonic() + 10
        while gone() is not None:
            assert time.monotonic() < end
            time.sleep(0.01)
    finally:
        gc.enable()


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("data", "No digits yet"),
        ("train", "no digits to train on"),
        ("diagnose", "no run yet"),
        ("draw", "Draw a digit from 0 to 9"),
    ],
)
def test_an_empty_house_says_what_to_do(page: str, words: str):
    app = open_page(page)
    assert words in app.info[0].value


def test_drawing_digits_shows_what_is_in_them():
    app = open_page("data")
    app.number_input[0].set_value(100)
    button(app, "Draw these digits").click().run()
    assert not app.exception
    values = {metric.label: metric.value for metric in app.metric}
    assert values["Training images"] == "100"
    assert values["Test images"] == "25"
    assert [stored.count for stored in datasets.listing()] == [100]


def test_the_toggle_is_the_train_pages_default(bars: Dataset):
    datasets.save(bars)
    app = open_page("data")
    app.toggle[0].set_value(True).run()
    app.radio[0].set_value("standardized").run()
    assert any("minus mean" in caption.value for caption in app.caption)
    app.switch_page("pages/train.py").run()
    assert not app.exception
    box = next(found for found in app.selectbox if found.label == "Normalization")
    assert box.value == "standardized"


def test_every_setting_has_a_widget_with_the_recipes_value(bars: Dataset):
    datasets.save(bars)
    app = open_page("train")
    for name, recipe in RECIPES.items():
        recipes = next(found for found in app.radio if found.label == "Recipe")
        recipes.set_value(name).run()
        assert not app.exception
        shown = {w.label: w for w in [*app.selectbox, *app.number_input, *app.checkbox]}
        assert shown["Batch size"].value == recipe.config.batch_size
        assert shown["Head"].value == recipe.config.head
        assert shown["Restore best"].value == recipe.config.restore_best
        assert shown["Learning rate"].value == recipe.config.learning_rate


def test_a_setting_that_does_not_fit_is_told_in_words(bars: Dataset):
    datasets.save(bars)
    app = open_page("train")
    next(w for w in app.text_input if w.label == "Strides").set_value("1, two").run()
    assert "three whole numbers" in app.error[0].value


def test_a_run_that_is_not_here_is_told_in_words(bars: Dataset):
    datasets.save(bars)
    app = AppTest.from_file(str(_PROJECT / "app.py"), default_timeout=60).run()
    app.query_params["run"] = "../../etc"
    app.switch_page("pages/train.py").run()
    assert not app.exception
    assert "no such run" in app.error[0].value


def test_a_failed_run_shows_its_message(bars: Dataset):
    run = runs.create(RECIPES["as-posted"].config, datasets.save(bars), bars.name)
    (run.directory / "status.json").write_text("{")
    app = AppTest.from_file(str(_PROJECT / "app.py"), default_timeout=60).run()
    app.query_params["run"] = run.id
    app.switch_page("pages/train.py").run()
    assert not app.exception
    assert any("Resume starts it again" in error.value for error in app.error)


def test_a_run_that_broke_off_says_from_where_it_can_go_on_and_goes_on(
    bars: Dataset, monkeypatch: pytest.MonkeyPatch
):
    run = made_run(accuracy=None, state="training", digest=datasets.save(bars))
    nothing = np.zeros(8, np.uint8)
    Checkpoint(2, False, 0, "float32", nothing, nothing, nothing, Stopping()).write(run.directory)
    gone = {**read_json(run.directory / "status.json"), "worker": {"pid": 1, "birth": "long ago"}}
    write_json(run.directory / "status.json", gone)
    app = open_page("train")
    app.query_params["run"] = run.id
    app.run()
    assert "Its state after epoch 2 of 10 is kept: Resume goes on from there" in words(app)
    monkeypatch.setattr(workers, "_spawn", lambda: subprocess.Popen("cat", stdin=-1, text=True))
    button(app, "Resume").click().run()
    assert not app.exception
    assert run.status().state == "starting"
    workers._workers.pop().kill()


def test_a_full_disk_is_told_in_words(bars: Dataset, monkeypatch: pytest.MonkeyPatch):
    datasets.save(bars)
    app = open_page("train")

    def no_room(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("resnet_app.runs.store.write_json", no_room)
    button(app, "Start").click().run()
    assert "The disk is full" in words(app)
    assert runs.listing() == []


def test_a_run_of_another_program_is_listed_and_shown_but_reads_no_drawings():
    run = runs.create_foreign("My <b>net*")
    writer = RunWriter(run.directory)
    writer.event("batch", position=0.5, loss=2.0, accuracy=None)
    writer.event("epoch", epoch=1, loss=2.0, accuracy=None, val_loss=None, val_accuracy=None,
                 learning_rate=0.1, seconds=1.0)  # fmt: skip
    writer.status("finished", "Finished", epoch=1, epochs=2, step=3, steps=3)
    app = open_page("train")
    assert any(r"My \<b\>net\*, finished" in link.proto.label for link in app.get("page_link"))
    app.query_params["run"] = run.id
    app.switch_page("pages/train.py").run()
    assert not app.exception
    assert any(r"**My \<b\>net\* from a Keras script**" in text.value for text in app.markdown)
    app.switch_page("pages/draw.py").run()
    assert not app.exception
    models = next(found for found in app.selectbox if found.label == "Model")
    assert models.options == ["Comes with the app: trained on scanned digits and pen strokes"]


def test_the_core_loads_neither_streamlit_nor_tensorflow():
    loaded = loaded_by(
        "import resnet_app.cli, resnet_app.figures, resnet_app.model.resnet, resnet_app.predict\n"
        "import resnet_app.watch.budget, resnet_app.watch.data\n"
        "import resnet_app.classroom.export, resnet_app.classroom.handing_in\n"
        "import resnet_app.classroom.links, resnet_app.classroom.results"
    )
    assert "resnet_app" in loaded
    assert not loaded & {"streamlit", "tensorflow", "keras"}


def test_no_page_loads_tensorflow():
    loaded = loaded_by(
        "from streamlit.testing.v1 import AppTest\n"
        "app = AppTest.from_file('app.py', default_timeout=60).run()\n"
        "for page in ('data', 'train', 'results', 'diagnose', 'break_it', 'question', 'draw',\n"
        "             'classroom'):\n"
        "    app.switch_page(f'pages/{page}.py').run()\n"
        "    assert not app.exception"
    )
    assert "streamlit" in loaded
    assert not loaded & {"tensorflow", "keras"}
