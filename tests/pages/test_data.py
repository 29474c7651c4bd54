"""The data page: what is read, asked, checked, changed and kept."""

import io
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from resnet_app.data import store as datasets
from resnet_app.data.audit.finding import Finding, Remedy
from resnet_app.data.dataset import Dataset
from resnet_app.data.edit import Edit, apply_edit
from resnet_app.data.source import Choices, LabelValue, Option, Question, Reading
from resnet_app.errors import DataError, LabError
from resnet_app.runs import store as runs
from resnet_app.training.recipes import RECIPES
from resnet_app.ui.gallery import Tile
from tests.conftest import bar_images
from tests.pages.conftest import button, loaded_by, open_page, words

BLANK = Finding(
    "blank",
    "serious",
    "2 blank images",
    "Nothing is on them.",
    "2 blank",
    "0 blank",
    2,
    (4, 203),
    Remedy("Leave out 2 blank images", Edit(leave_out=(4, 203))),
)
ORDER = Finding("order", "worth a look", "Sorted by label", "Mixed is better.", "sorted", "mixed")


class FakeJob:
    """A job that is as far as a test wants it to be."""

    def __init__(self, reading: Reading | None = None, error: LabError | None = None) -> None:
        self.progress, self.message = 0.4, "Bringing the images to 50×50 pixels"
        self.ended = reading is not None or error is not None
        self.reading, self.error, self.forgotten = reading, error, False

    def result(self) -> Reading | None:
        if self.error:
            raise self.error
        return self.reading

    def examples(self) -> np.ndarray:
        count = len(self.reading.label_values)
        rows = np.arange(count, dtype=np.uint8)[:, None, None, None]
        return np.zeros((count, 5, 50, 50), np.uint8) + rows

    def stop(self) -> None:
        self.ended, self.error = True, DataError("Stopped. Received: a stop")

    def forget(self) -> None:
        self.forgotten = True


@pytest.fixture(autouse=True)
def checked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Digests of the audits that were asked for; none of them ends. Changes are made at once."""
    asked: list[str] = []

    def audit(digest: str) -> FakeJob:
        asked.append(digest)
        return FakeJob()

    def change(digest: str, edit: Edit, name: str, owner: str) -> FakeJob:
        job = FakeJob(a_reading())
        job.kept = lambda: datasets.save(apply_edit(datasets.load(digest), edit, name))
        return job

    monkeypatch.setattr("resnet_app.data.launch.audit", audit)
    monkeypatch.setattr("resnet_app.data.launch.change", change)
    monkeypatch.setattr("resnet_app.ui.findings._audits", {})
    return asked


Answer = Callable[[Choices | None], FakeJob]


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Callable[[Answer], None]:
    """Lets ``launch.read`` answer as a test wants."""

    def install(answer: Answer) -> None:
        monkeypatch.setattr(
            "resnet_app.data.launch.read",
            lambda files, choices=None, owner=None: answer(choices),
        )

    return install


def upload(app: AppTest, *names: str) -> AppTest:
    app.segmented_control[0].set_value("Your own files").run()
    app.file_uploader[0].set_value([(name, b"bytes", "") for name in names]).run()
    assert not app.exception
    return app


def kept(dataset: Dataset, *findings: Finding) -> str:
    digest = datasets.save(dataset)
    datasets.save_findings(digest, findings)
    return digest


def view(app: AppTest, name: str) -> AppTest:
    app.session_state["data_view"] = name
    app.run()
    assert not app.exception
    return app


def a_reading(digest: str | None = None, **changes) -> Reading:
    values = (LabelValue("one", 3, 1), LabelValue("two", 200, 2), LabelValue("?", 7, None))
    choices = Choices("label", {value.text: value.digit for value in values}, False, False)
    question = Question("digits", "Which digit is “?”?", (Option("Leave it out", choices.digits),))
    questions = () if digest else (question,)
    reading = Reading("CSV table", ("A note.",), choices, questions, ("label",), values, digest)
    return replace(reading, **changes)


def test_a_real_file_is_read_and_a_bad_one_is_told_in_words(monkeypatch: pytest.MonkeyPatch):
    def until_read(app: AppTest) -> None:
        end = time.monotonic() + 60
        while any(found.key == "stop-reading" for found in app.button):
            assert time.monotonic() < end
            time.sleep(0.2)
            app.run()
        assert not app.exception

    images, labels = bar_images(60)
    file = io.BytesIO()
    np.savez(file, x=images, y=labels)
    app = open_page("data")
    app.segmented_control[0].set_value("Your own files").run()
    app.file_uploader[0].set_value([("mine.npz", file.getvalue(), "")]).run()
    until_read(app)
    assert [stored.name for stored in datasets.listing()] == ["mine.npz"]
    assert {m.label: m.value for m in app.metric}["Training images"] == "60"
    app.file_uploader[0].set_value([("bad.npz", b"no zip at all", "")]).run()
    until_read(app)
    assert "Received:" in app.error[0].value
    assert "Traceback" not in app.error[0].value
    assert len(datasets.listing()) == 1


def test_reading_shows_progress_and_can_be_stopped(read):
    job = FakeJob()
    read(lambda choices: job)
    app = upload(open_page("data"), "big.csv")
    assert app.get("progress")[0].proto.text == job.message
    button(app, "Stop").click().run()
    assert job.forgotten
    assert "nothing was kept" in app.info[0].value
    button(app, "Read again").click().run()
    assert button(app, "Stop")


def test_new_files_take_the_place_of_those_being_read(read):
    jobs: list[FakeJob] = []

    def answer(choices):
        jobs.append(FakeJob())
        return jobs[-1]

    read(answer)
    app = upload(open_page("data"), "first.csv")
    upload(app, "second.csv")
    assert [job.forgotten for job in jobs] == [True, False]
    app.file_uploader[0].clear().run()
    assert [job.forgotten for job in jobs] == [True, True]


def test_too_much_at_once_is_refused_before_it_is_read(read, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("resnet_app.ui.upload.MAX_UPLOAD_BYTES", 2**20)
    read(lambda choices: pytest.fail("it was read"))
    app = open_page("data")
    app.segmented_control[0].set_value("Your own files").run()
    halves = [(name, bytes(3 * 2**19), "") for name in ("a.npy", "b.npy")]
    app.file_uploader[0].set_value(halves).run()
    assert not app.exception
    assert "Received: 3 MiB" in app.error[0].value


def test_a_file_name_has_no_meaning_to_markdown(read):
    error = DataError("Not a picture. Received: **bold** $x$ [link](http://a.b).png")
    read(lambda choices: FakeJob(error=error))
    app = upload(open_page("data"), "x.png")
    assert r"\*\*bold\*\*" in app.error[0].value


def test_what_files_do_not_tell_is_asked_and_the_answer_is_used(bars: Dataset, read):
    asked: list[Choices | None] = []

    def answer(choices):
        asked.append(choices)
        return FakeJob(a_reading() if choices is None else a_reading(datasets.save(bars)))

    read(answer)
    app = upload(open_page("data"), "digits.csv")
    assert "Which digit is “?”" in words(app)
    assert "CSV table" in words(app)
    assert "203 images are used, 7 left out." in words(app)
    assert not app.metric
    digit = next(box for box in app.selectbox if box.label == "Digit for ?")
    assert digit.value is None
    digit.set_value(9).run()
    assert "210 images are used, 0 left out." in words(app)
    button(app, "Use these digits").click().run()
    assert asked[1] == Choices("label", {"one": 1, "two": 2, "?": 9}, False, False)
    assert app.metric[0].value == "200"


def test_options_of_a_question_fill_in_the_digits(read):
    shifted = {"one": 0, "two": 1, "?": 5}
    question = Question(
        "digits", "Shifted?", (Option("No", a_reading().choices.digits), Option("Yes", shifted))
    )
    read(lambda choices: FakeJob(a_reading(questions=(question,))))
    app = upload(open_page("data"), "digits.csv")
    app.radio[0].set_value(1).run()
    boxes = [box.value for box in app.selectbox if box.label.startswith("Digit for")]
    assert boxes == [0, 1, 5]


def test_the_preview_is_swapped_at_once(read, monkeypatch: pytest.MonkeyPatch):
    seen: list[np.ndarray] = []
    from resnet_app import figures

    whole = figures.contact_sheet
    monkeypatch.setattr(
        "resnet_app.figures.contact_sheet",
        lambda images, columns: seen.append(images) or whole(images, columns),
    )
    jobs = [FakeJob(a_reading())]
    jobs[0].examples = lambda: np.tile(np.arange(50, dtype=np.uint8), (3, 5, 50, 1))
    read(lambda choices: jobs.pop())
    app = upload(open_page("data"), "digits.csv")
    assert (seen[-1][0, 0] == np.arange(50)).all()
    toggles = {toggle.label: toggle for toggle in app.toggle}
    toggles["Swap rows and columns"].set_value(True)
    toggles["Swap light and dark"].set_value(True).run()
    assert (seen[-1][0, :, 0] == 255 - np.arange(50)).all()
    assert len(seen[0]) == 3  # as many pictures as there are images of the label
    assert not jobs  # without reading again


def test_what_was_decided_is_told_and_can_be_decided_otherwise(bars: Dataset, read):
    asked: list[Choices | None] = []
    digest = kept(bars)

    def answer(choices):
        asked.append(choices)
        return FakeJob(a_reading(digest))

    read(answer)
    app = upload(open_page("data"), "digits.csv")
    assert "one → 1, two → 2, ? → left out" in words(app)
    assert "Ink: light on dark, as in the files" in words(app)
    next(t for t in app.toggle if t.label == "Swap light and dark").set_value(True).run()
    button(app, "Use these digits").click().run()
    assert asked[1].invert is True


def test_a_doubt_about_the_place_of_labels_is_asked(read):
    asked: list[Choices | None] = []
    places = tuple(Option(place, place) for place in ("label", "writer"))

    def answer(choices):
        asked.append(choices)
        question = Question("label_source", "Which is theirs?", places)
        return FakeJob(a_reading(questions=(question,), label_sources=("label", "writer")))

    read(answer)
    app = upload(open_page("data"), "digits.csv")
    assert app.radio[0].label == "Which is theirs?"
    button(app, "Use these digits").click().run()
    assert asked[1].label_source == "label"  # asked and answered, though unchanged


def test_another_place_of_labels_is_read_before_its_labels_are_mapped(bars: Dataset, read):
    asked: list[Choices | None] = []

    def answer(choices):
        asked.append(choices)
        return FakeJob(a_reading(datasets.save(bars), label_sources=("label", "writer")))

    read(answer)
    app = upload(open_page("data"), "digits.csv")
    next(b for b in app.selectbox if b.label == "Where the labels are").set_value("writer").run()
    button(app, "Use these digits").click().run()
    assert asked[1] == Choices("writer", None, False, False)


def test_a_data_set_without_a_check_is_checked(bars: Dataset, checked: list[str]):
    digest = datasets.save(bars)
    app = open_page("data")
    app.run()
    assert checked == [digest]
    button(app, "Stop").click().run()
    assert "check was stopped" in words(app)
    button(app, "Check again").click().run()
    assert checked == [digest, digest]


def test_findings_are_shown_as_they_come_and_one_click_mends(bars: Dataset):
    digest = kept(bars, BLANK, ORDER)
    app = open_page("data")
    labels = [expander.label for expander in app.expander]
    assert [label.split("**")[1] for label in labels] == ["Serious:", "Worth a look:"]
    assert "2 blank images" in labels[0]
    assert r"**Measured:** 2 blank" in words(app)
    button(app, "Leave out 2 blank images").click().run()
    assert not app.exception
    mended, original = datasets.listing()
    assert (mended.name, mended.count) == ("Bars, without 2 blank images", 199)
    assert (original.digest, original.count) == (digest, 200)
    assert "in use" in app.toast[0].value
    assert app.metric[0].value == "199"


def test_saving_shows_progress_and_can_be_stopped(bars: Dataset, monkeypatch: pytest.MonkeyPatch):
    job = FakeJob()
    monkeypatch.setattr("resnet_app.data.launch.change", lambda *arguments: job)
    kept(bars, BLANK)
    app = open_page("data")
    button(app, "Leave out 2 blank images").click().run()
    assert app.get("progress")[0].proto.text == job.message
    button(app, "Stop").click().run()
    assert job.forgotten
    assert not app.get("progress")
    assert len(datasets.listing()) == 1


def test_nothing_found_says_what_was_looked_at(bars: Dataset):
    kept(bars)
    app = open_page("data")
    assert "Nothing to complain about" in app.success[0].value
    assert "Looked at: " in words(app)


@pytest.fixture
def gallery(monkeypatch: pytest.MonkeyPatch):
    """Stands in for the component: what it shows, and what is selected in it."""

    class Gallery:
        selected: tuple[int, ...] = ()
        tiles: tuple[Tile, ...] = ()

        def __call__(self, images, tiles, key):
            self.images, self.tiles = images, tuple(tiles)
            chosen, self.selected = self.selected, ()  # a new key begins with none
            return chosen

    stand_in = Gallery()
    monkeypatch.setattr("resnet_app.ui.browse.pick_images", stand_in)
    return stand_in


def test_images_are_left_out_and_relabelled_in_a_new_data_set(bars: Dataset, gallery):
    digest = kept(bars)
    app = view(open_page("data"), "Images")
    assert len(gallery.tiles) == 60
    assert (gallery.images[7] == bars.images[7]).all()
    gallery.selected = (3, 1)
    button(app, "Leave out").click().run()
    assert "Images 1, 3: left out" in words(app).replace("\\", "")
    gallery.selected = (0,)
    app.pills[0].set_value(7).run()
    marks = {tile.number: tile.mark for tile in gallery.tiles if tile.changed}
    assert marks == {0: "0 → 7", 1: "out", 3: "out"}
    gallery.selected = (2,)
    app.pills[0].set_value(5).run()
    button(app, "Undo the last").click().run()
    app.text_input[0].set_value("Mine").run()
    button(app, "Save as a new data set").click().run()
    assert not app.exception
    mine = datasets.load(datasets.listing()[0].digest)
    assert (mine.name, len(mine.labels), mine.labels[0], mine.labels[1]) == ("Mine", 198, 7, 2)
    assert datasets.load(digest).digest == digest
    assert "Not saved yet" not in words(app)


def test_nothing_selected_changes_nothing(bars: Dataset, gallery):
    kept(bars)
    app = view(open_page("data"), "Images")
    button(app, "Leave out").click().run()
    assert "Select images first" in app.toast[0].value
    gallery.selected = (4,)
    app.pills[0].set_value(4).run()
    assert "like that already" in app.toast[0].value
    assert "Not saved yet" not in words(app)


def test_changes_outlive_a_switch_of_pages(bars: Dataset, gallery):
    kept(bars)
    app = view(open_page("data"), "Images")
    gallery.selected = (3,)
    button(app, "Leave out").click().run()
    app.switch_page("pages/train.py").run()
    app.switch_page("pages/data.py").run()
    assert "Not saved yet" in words(app)


def test_images_are_filtered_by_digit_part_and_finding(bars: Dataset, gallery):
    kept(bars, BLANK)
    app = view(open_page("data"), "Images")

    def choose(label: str, value: str) -> list[int]:
        next(box for box in app.selectbox if box.label == label).set_value(value).run()
        return [tile.number for tile in gallery.tiles]

    assert choose("Digit", "3")[:3] == [3, 13, 23]
    assert choose("Part", "test") == [203, 213, 223, 233, 243]
    assert choose("Finding", "blank") == [203]
    choose("Digit", "any")
    assert choose("Part", "any") == [4, 203]


def test_a_finding_shows_its_images(bars: Dataset, gallery):
    kept(bars, BLANK)
    app = open_page("data")
    button(app, "Show in Images").click().run()
    assert [tile.number for tile in gallery.tiles] == [4, 203]


def test_pages_of_images_follow_each_other(bars: Dataset, gallery):
    kept(bars)
    app = view(open_page("data"), "Images")
    app.pagination[0].set_value(5).run()
    assert [tile.number for tile in gallery.tiles] == list(range(240, 250))


def test_a_data_set_is_used(bars: Dataset):
    digest = kept(bars)
    kept(replace(bars, name="Other", labels=(bars.labels + 1) % 10))
    app = view(open_page("data"), "Data sets")
    assert "MB used" in app.get("progress")[0].proto.text
    use = [found for found in app.button if found.label == "Use"]
    assert [found.disabled for found in use] == [True, False]
    use[1].click().run()
    assert app.selectbox[0].value == digest


def test_deleting_a_data_set_asks_first_and_names_its_runs(bars: Dataset):
    digest = kept(bars)
    run = runs.create(RECIPES["as-posted"].config, digest, bars.name)
    (run.directory / "status.json").write_text('{"state": "done", "message": ""}')
    app = view(open_page("data"), "Data sets")
    button(app, "Delete").click().run()
    assert "Trained on it: 1 run." in words(app)
    assert button(app, "Delete it")
    assert datasets.listing()


def test_a_data_set_in_training_is_not_deleted(bars: Dataset):
    runs.create(RECIPES["as-posted"].config, kept(bars), bars.name)  # waits for its worker
    app = view(open_page("data"), "Data sets")
    button(app, "Delete").click().run()
    assert "A run trains on it" in app.warning[0].value
    assert not [found for found in app.button if found.label == "Delete it"]


def test_data_sets_of_the_same_name_are_told_apart(bars: Dataset):
    kept(bars)
    kept(replace(bars, labels=(bars.labels + 1) % 10))
    assert open_page("data").selectbox[0].options == ["Bars (2)", "Bars"]


def test_a_full_store_says_what_to_do(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RESNET_APP_QUOTA_MB", "0.001")
    app = open_page("data")
    app.number_input[0].set_value(100)
    button(app, "Draw these digits").click().run()
    assert "Delete a data set that you do not need" in app.error[0].value
    assert not datasets.listing()


def test_the_data_page_loads_no_heavy_library(bars: Dataset):
    kept(bars, BLANK)
    loaded = loaded_by(
        "from streamlit.testing.v1 import AppTest\n"
        "app = AppTest.from_file('app.py', default_timeout=60).run()\n"
        "app.switch_page('pages/data.py').run()\n"
        "for view in ('Overview', 'Images', 'Data sets'):\n"
        "    app.session_state['data_view'] = view\n"
        "    app.run()\n"
        "    assert not app.exception"
    )
    assert "plotly" in loaded
    assert not loaded & {"pandas", "pyarrow", "scipy", "sklearn", "h5py", "cleanlab"}
