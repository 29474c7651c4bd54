import math
import re
from dataclasses import replace
from pathlib import Path

import pytest

from resnet_app import figures
from resnet_app.doctor import pictures
from resnet_app.doctor.evidence import Evidence, Facts, Layer, Modes, Pixels, Watch
from resnet_app.doctor.pictures import PICTURES, draw
from resnet_app.runs.course import BatchPoint, EpochPoint, History

HISTORY = History((BatchPoint(0.5, 2.0, 0.3),), (EpochPoint(1, 1.5, 0.45, 1.8, 0.4, 1e-3, 2.0),))
EVIDENCE = Evidence(
    HISTORY,
    Facts(
        classes=10,
        epochs=4,
        layers=(Layer("conv1", "Conv2D", weight_deviation=0.05),),
        pixels=Pixels(0, 255, 20, 60),
        validation_pixels=Pixels(0, 1, 0.1, 0.2),
        labels=(50,) * 10,
        validation_labels=(100,) + (0,) * 9,
        batch_entropy=0.1,
        shared=0.25,
        start_loss=2.4,
        row_sums=(0.2, 3.0),
    ),
    (
        Watch(0.5, predicted=(100,) + (0,) * 9),
        Watch(
            1.0,
            updates={"conv1": -3.0, "D2": -0.5},
            gradients={"conv1": 1e-3},
            silent={"conv1_relu": 0.5},
            validation_predicted=(60, 40) + (0,) * 8,
        ),
    ),
    (Modes(1.0, 0.3, 0.9, 2.3, 0.1, 0.85, 0.1),),
    {
        "twins": {"steps": 50, "raw": {"loss": 2.0}, "unit": {"loss": 1.0}},
        "free": {"steps": 50, "same": {"loss": 2.0}, "free": {"loss": 1.5}},
        "rates": {"steps": 50, "same": {"loss": 2.0}, "tenth": {"loss": None}},
        "head": {"steps": 50, "same": {"loss": 2.0}, "slow": {"loss": 1.2}},
        "range": {
            "rates": [1e-4, 1e-3, 1e-2],
            "losses": [2.4, 1.2, 9.0],
            "first": 2.4,
            "lowest": 1.2,
            "rate": 1e-4,
        },
    },
)


@pytest.mark.parametrize("name", PICTURES)
def test_every_picture_is_drawn_where_there_is_evidence_and_left_out_where_not(name: str):
    figure = draw(name, EVIDENCE)
    assert figure is not None and len(figure.data)
    assert draw(name, Evidence(History())) is None


def test_every_picture_that_a_rule_names_is_there():
    rules = Path(pictures.__file__).parent / "rules"
    named = {
        name
        for module in rules.glob("*.py")
        for name in re.findall(r'picture="(\w+)"', module.read_text(encoding="utf-8"))
    }
    assert named and named <= set(PICTURES)


def test_answers_show_chance_and_the_newest_watch():
    figure = draw("predicted", EVIDENCE)
    assert list(figure.data[0].y)[:3] == [0.6, 0.4, 0.0]
    assert figure.layout.shapes[0].y0 == pytest.approx(0.1)


def test_numbers_that_are_asked_for_stand_beside_the_answers():
    facts = Facts(loss="mean_squared_error", label_range=(-9.0, 9.5), outputs=(0.1, 0.9))
    numbers = Evidence(HISTORY, facts, (Watch(1.0, outputs=(0.0, 4.0)),))
    figure = draw("outputs", numbers)
    assert figure is not None and list(figure.data[0].x) == [0.0, 4.0, -9.0, 9.5]
    assert draw("outputs", Evidence(HISTORY, Facts(loss="mean_squared_error"))) is None


def test_a_run_without_accuracy_has_its_losses_alone_and_no_line_of_chance():
    none = math.nan
    epochs = tuple(EpochPoint(n, 2.0 / n, none, 3.0 / n, none, 1e-3, 1.0) for n in (1, 2))
    facts = Facts(loss="mean_squared_error")
    numbers = Evidence(History((BatchPoint(0.5, 2.1, none),), epochs), facts)
    assert pictures.curves_of(numbers) == ("loss",)
    assert pictures.curves_of(EVIDENCE) == ("curves", "loss")
    curve, loss = draw("curves", numbers), draw("loss", numbers)
    assert curve is not None and loss is not None and curve == loss
    assert not loss.layout.shapes and "knowing nothing" not in str(loss.layout.annotations)
    assert draw("loss", EVIDENCE).layout.shapes


def test_both_modes_stand_side_by_side():
    training, inference = draw("modes", EVIDENCE).data
    assert list(training.y) == [0.9, 0.85]
    assert list(inference.y) == [0.1, 0.1]


def test_the_epoch_is_marked():
    assert 2.5 in [shape.x0 for shape in draw("curves", EVIDENCE, 2.5).layout.shapes]
    level = [shape.y0 for shape in draw("loss", EVIDENCE).layout.shapes]
    assert level == [pytest.approx(math.log(10))]


def test_a_loss_beyond_bounds_is_left_out():
    assert list(draw("rates", EVIDENCE).data[0].y) == ["As it is"]


def test_pixels_are_also_shown_as_the_first_weights_get_them_where_that_is_another_scale():
    scaling = (Layer("scale", "Rescaling", settings={"scale": 1 / 255, "offset": 0.0}),)
    raw = Pixels(0, 255, 20, 60)
    weighty = (Layer("conv1", "Conv2D", parameters=90),)

    def rows(facts: Facts) -> set[str]:
        figure = draw("pixels", Evidence(History(), facts))
        assert figure is not None
        return {trace.y[0] for trace in figure.data}

    assert rows(Facts(pixels=raw, layers=weighty)) == {"Training"}
    assert rows(Facts(pixels=raw, layers=scaling + weighty)) == {"Training", "At the first weights"}
    some = Facts(pixels=raw, layers=weighty, entered=(0.0, 253.0, 22.0, 64.0))
    assert rows(some) == {"Training"}


def test_pixels_that_are_not_numbers_have_no_picture():
    broken = Pixels(math.nan, 255, 20, 60)
    assert draw("pixels", Evidence(History(), Facts(pixels=broken))) is None


def test_overlaid_runs_share_one_axis_and_differ_in_more_than_colour():
    figure = figures.overlaid_curves({"Original": HISTORY, "Treated": HISTORY}, "accuracy", 4)
    solid = [trace for trace in figure.data if trace.line.dash == "solid"]
    assert [trace.name for trace in figure.data if trace.showlegend] == ["Original", "Treated"]
    assert len({trace.line.color for trace in solid}) == 2
    assert len({trace.marker.symbol for trace in solid}) == 2
    assert list(solid[0].y) == [0.4]


def test_arms_show_each_seed_and_their_mean():
    figure = figures.arm_results({"As posted": [0.2, 0.4], "Normalize only": []})
    mean, dots = figure.data[:2]
    assert list(mean.x) == [pytest.approx(0.3)]
    assert list(dots.x) == [0.2, 0.4]
    assert [note.text for note in figure.layout.annotations] == ["As posted", "Normalize only"]


def test_classes_are_shown_by_their_weights_in_the_loss():
    weighed = replace(EVIDENCE.facts, weighed_labels=(500.0,) + (0.0,) * 9)
    figure = draw("labels", replace(EVIDENCE, facts=weighed))
    assert figure is not None
    assert figure.data[0].name == "Training, 500 images, by weight in the loss"
    assert figure.data[0].y[:2] == (1, 0)
