"""Each rule both ways: found, ruled out with a figure, open where the evidence is missing."""

from dataclasses import replace
from typing import Any

import pytest

from resnet_app.doctor.case import WORTH_KNOWING, Case, standard_error
from resnet_app.doctor.evidence import Evidence, Layer, Pixels
from resnet_app.doctor.judge import judge
from resnet_app.doctor.rules import RULES
from resnet_app.doctor.rules.averages import judge_lagging_averages
from resnet_app.doctor.rules.rate import SURE_OF_RATE
from resnet_app.doctor.verdict import Exhibit, Opinion
from resnet_app.runs.course import BatchPoint, History
from tests.unit.doctor_cases import (
    EVEN,
    FACTS,
    GAP,
    LAGGING,
    LAYERS,
    LEARNED,
    LOOK,
    PLAIN,
    RAW,
    STUCK,
    UNIT,
    arm,
    baseline,
    convolution,
    curve,
    head,
    modes,
    pictures,
    sound,
)

_BY_CAUSE = {rule.__name__.removeprefix("judge_"): rule for rule in RULES}


def opinion(cause: str, evidence: Evidence) -> Opinion:
    return _BY_CAUSE[cause](Case(evidence))


def accused(evidence: Evidence) -> str | None:
    primary = judge(evidence).primary
    return None if primary is None else primary.cause


def after(test: str, outcome: dict[str, Any], history: History = STUCK, **facts: Any) -> Evidence:
    return replace(sound(history, **facts), modes=(), tests={test: outcome})


def watched(history: History = STUCK, **look: Any) -> Evidence:
    return replace(sound(history), modes=(), watches=(replace(LOOK, **look),))


def slow(**look: Any) -> Evidence:
    low = sound(STUCK, learning_rate=1e-6)
    return replace(low, modes=(), watches=(replace(LOOK, **look),))


_LOW = curve([0.3, 0.32, 0.33], [0.3, 0.31, 0.32], [1.9, 1.88, 1.87])
_FALLING = curve([0.2, 0.5], [0.2, 0.3], [2.0, 1.4])
_INKED, _BOTH_INKS = replace(UNIT, dark=0.0), replace(UNIT, dark=0.3)
_RATES = {"steps": 50, "same": arm(2.2), "tenth": arm(2.25), "tenfold": arm(2.21)}
_SAME = {"steps": 50, "same": arm(2.2), "slow": arm(2.2), "free": arm(2.2)}

FOUND = [
    ("labels_shuffled", after("baseline", baseline(0.12))),
    ("labels_shifted", after("baseline", baseline(0.1, rolls={"1": 0.9, "-1": 0.1}))),
    (
        "labels_shifted",
        after("baseline", baseline(0.5, tail={"from": 400, "roll": -1, "gain": 0.8, "images": 90})),
    ),
    ("labels_noisy", after("baseline", baseline(0.8, doubtful=0.15))),
    ("labels_encoded", sound(STUCK, label_range=(1.0, 10.0))),
    ("labels_encoded", sound(STUCK, label_range=(0.0, 0.035))),
    ("labels_encoded", sound(STUCK, label_shape=(10,), label_range=(0.0, 1.0))),
    ("labels_encoded", sound(STUCK, label_range=(float("nan"), 9.0))),
    ("sorted_split", sound(labels=(100,) * 8 + (0, 0), validation_labels=(0,) * 8 + (100, 100))),
    ("unshuffled_batches", sound(batch_entropy=0.1)),
    ("imbalance", sound(labels=(500,) + (33,) * 9)),
    ("images_broken", after("pixels", pictures(noise=0.4))),
    ("images_broken", after("pixels", pictures(holes=[0.001, 0.1]))),
    ("images_broken", sound(STUCK, pixels=replace(UNIT, correlation=0.02))),
    ("overflowed_pixels", after("pixels", pictures(holes=[0.09, 0.1]))),
    ("polarity", after("pixels", pictures(validation_dark=0.5))),
    ("polarity", sound(validation_pixels=replace(UNIT, border=1.0, mean=0.87))),
    ("polarity", sound(pixels=_INKED, validation_pixels=replace(_INKED, dark=1.0))),
    ("polarity", replace(sound(STUCK, pixels=_BOTH_INKS, validation_pixels=_BOTH_INKS), modes=())),
    ("leak", sound(shared=0.3)),
    ("leak", sound(shared=0.0, nearly_shared=0.8)),
    ("leak", after("duplicates", {"shared": 50, "images": 200})),
    ("too_few", sound(images=40)),
    ("too_few", sound(images=60)),
    ("bad_pixels", sound(pixels=replace(UNIT, bad=1e-6))),
    ("raw_pixels", after("twins", {"steps": 50, "raw": arm(None), "unit": arm(0.8)})),
    ("raw_pixels", sound(STUCK, layers=PLAIN, pixels=RAW)),
    ("scaled_twice", sound(pixels=Pixels(0.0, 1 / 255, 5e-4, 1.2e-3))),
    ("scaled_differently", sound(validation_pixels=RAW)),
    ("rate_too_high", after("rates", _RATES | {"tenth": arm(0.9)})),
    ("rate_too_high", watched(updates={"conv": -0.4, "conv2": -0.3, "top": -0.2})),
    ("rate_too_low", after("rates", _RATES | {"tenfold": arm(0.9)})),
    ("rate_too_low", slow(updates={"conv": -5.4, "conv2": -5.3, "top": -5.2})),
    ("stopped_early", sound(_FALLING, epochs=10, patience=1)),
    ("lagging_averages", replace(sound(GAP, layers=LAGGING), modes=(modes(0.96, 0.1),))),
    ("lagging_averages", after("averages", {"images": 200, "before": 0.1, "after": 0.9}, GAP)),
    ("tiny_batches", sound(_LOW, batch_size=2)),
    (
        "exploding",
        watched(History((BatchPoint(0.3, float("nan"), 0.1),)), gradient_norm=float("nan")),
    ),
    ("exploding", replace(sound(History((BatchPoint(0.3, float("nan"), 0.1),))), watches=())),
    ("exploding", watched(gradient_norm=1e6)),
    ("bad_start", sound(STUCK, layers=(convolution(weight_deviation=0.0), head()))),
    ("dead_units", watched(silent={"a": 1.0, "b": 0.9})),
    (
        "dead_units",  # the last look was too short of time to ask which units are silent
        replace(sound(STUCK), watches=(replace(LOOK, silent={"a": 1.0}), replace(LOOK, silent={}))),
    ),
    ("frozen", sound(STUCK, layers=(convolution(trainable=False), head()))),
    ("frozen", watched(updates={"conv": float("nan"), "conv2": float("nan"), "top": -3.0})),
    ("vanishing", watched(gradients={"conv": 1e-9, "conv2": 1e-6, "top": 0.1})),
    ("huge_head", after("head", _SAME | {"slow": arm(0.9)}, head_inputs=21632)),
    ("softmax_missing", replace(sound(STUCK, row_sums=(-3.0, 4.0), outputs=(-2, 3)), watches=())),
    ("softmax_twice", sound(from_logits=True)),
    ("softmax_twice", watched(outputs=(0.086, 0.2319), argmax_accuracy=0.8)),
    ("softmax_twice", sound(layers=(*LAYERS, head(kind="Softmax", name="again")))),
    ("wrong_activation", sound(layers=(*LAYERS[:-1], head("sigmoid")))),
    ("wrong_activation", replace(sound(row_sums=(0.0, 7.0), outputs=(0.0, 5.0)), watches=())),
    ("wrong_loss", sound(loss="binary_crossentropy")),
    ("wrong_loss", sound(loss="MeanSquaredError")),
    (
        "overfitting",
        replace(
            sound(curve([1.0] * 6, [0.7] * 6, val_losses=[1.0, 0.9, 1.1, 1.3, 1.4, 1.5])),
            modes=(modes(1.0, 1.0),),
        ),
    ),
    ("over_regularized", after("free", _SAME | {"free": arm(0.8)})),
    (
        "over_regularized",  # weights that the penalty has shrunk have none any more
        replace(
            sound(STUCK),
            modes=(),
            watches=(replace(LOOK, penalty=0.97), replace(LOOK, penalty=0.01)),
        ),
    ),
    (
        "over_regularized",
        replace(
            sound(_LOW, layers=(*LAYERS, convolution(kind="Dropout", settings={"rate": 0.9}))),
            modes=(),
        ),
    ),
    (
        "too_small",
        replace(sound(_LOW, layers=(convolution(parameters=300), head(parameters=30))), modes=()),
    ),
]

CLEARED = [
    ("labels_shuffled", after("baseline", baseline(0.6))),
    ("labels_shuffled", after("baseline", baseline(0.1, rolls={"1": 0.9}))),
    ("labels_shifted", after("baseline", baseline(0.12))),
    ("labels_noisy", after("baseline", baseline(0.9, doubtful=0.025))),
    (
        "labels_encoded",
        sound(loss="categorical_crossentropy", label_shape=(10,), label_range=(0.0, 1.0)),
    ),
    ("sorted_split", sound(validation_labels=(25, 15, 20, 18, 22, 24, 16, 20, 23, 17))),
    ("imbalance", sound(labels=(70, 90, 80, 85, 75, 60, 100, 80, 80, 80))),
    ("images_broken", after("pixels", pictures(holes=[0.02, 0.02]) | {"holes": [0.0, 0.0]})),
    ("overflowed_pixels", after("pixels", pictures(holes=[0.1, 0.1], flat=0.06))),
    ("polarity", after("pixels", pictures(dark=1.0, validation_dark=1.0))),
    ("polarity", sound(STUCK, pixels=_INKED, validation_pixels=replace(_INKED, dark=0.01))),
    ("raw_pixels", sound(pixels=RAW)),
    ("raw_pixels", after("twins", {"steps": 50, "raw": arm(0.82), "unit": arm(0.8)})),
    ("scaled_differently", sound(validation_pixels=replace(UNIT, mean=0.5, deviation=0.48))),
    ("rate_too_high", after("rates", _RATES)),
    ("rate_too_low", after("rates", _RATES)),
    ("stopped_early", sound(curve([0.5, 0.5], [0.3, 0.3], [1.0, 0.99]))),
    ("lagging_averages", sound(GAP, layers=PLAIN)),
    ("lagging_averages", replace(sound(GAP), modes=(modes(0.96, 0.95),))),
    (
        "lagging_averages",
        replace(
            sound(GAP),
            modes=(modes(0.96, 0.1),),
            tests={"averages": {"images": 200, "before": 0.1, "after": 0.12}},
        ),
    ),
    ("bad_start", sound(layers=(*LAYERS[:-1], head(weight_deviation=0.0, like_rows=1.0)))),
    ("dead_units", watched(silent={"a": 0.1, "b": 0.2})),
    ("huge_head", after("head", _SAME, head_inputs=21632)),
    ("softmax_missing", sound(loss="SparseCategoricalCrossentropy", from_logits=True)),
    ("overfitting", replace(sound(GAP), modes=(modes(0.96, 0.1),))),
    ("over_regularized", after("free", _SAME)),
]

_YES_OR_NO = {
    "classes": 2,
    "loss": "binary_crossentropy",
    "labels": (300, 500),
    "validation_labels": (75, 125),
    "label_range": (0.0, 1.0),
}
_TICKED = {**_YES_OR_NO, "classes": 4, "labels": None, "label_shape": (4,)}
_NUMBERS = {"classes": None, "loss": "mean_squared_error", "label_range": (0.0, 0.95)}
_PLACES = {**_NUMBERS, "loss": "binary_crossentropy", "label_shape": (50, 50, 1)}

UNKNOWN = Evidence(History())


def one_output(
    history: History = LEARNED, activation: str = "sigmoid", ends: Any = (0.1, 0.9), **facts: Any
) -> Evidence:
    """Two classes told apart by one output."""
    top = (*LAYERS[:-1], head(activation))
    known = {**_YES_OR_NO, "layers": top, "row_sums": ends, "outputs": ends, **facts}
    look = replace(LOOK, row_sums=ends, outputs=ends)
    return replace(sound(history, **known), watches=(look,))


@pytest.mark.parametrize(("cause", "evidence"), FOUND)
def test_a_cause_is_found_with_figures(cause: str, evidence: Evidence):
    found = opinion(cause, evidence)
    assert found.standing == "found"
    assert found.exhibits
    assert 0 < found.weight <= 1
    assert found.known == "tested" or found.test is None


@pytest.mark.parametrize(("cause", "evidence"), CLEARED)
def test_a_cause_is_ruled_out_with_the_figure_that_clears_it(cause: str, evidence: Evidence):
    cleared = opinion(cause, evidence)
    assert cleared.standing == "ruled out"
    assert cleared.exhibits


def test_plain_numbers_above_0_by_chance_are_no_cut_off_outputs():
    stuck = replace(sound(STUCK, from_logits=True, row_sums=(3.3, 3.4), outputs=(0.1, 0.6)))
    late = replace(LOOK, row_sums=(3.3, 3.4), outputs=(0.1, 0.6))
    early = replace(LOOK, row_sums=(-0.2, 3.0), outputs=(-0.3, 1.1))
    assert opinion("wrong_activation", replace(stuck, watches=(late,))).standing == "found"
    assert (
        opinion("wrong_activation", replace(stuck, watches=(early, late))).standing == "ruled out"
    )


def test_outputs_of_another_kind_may_fit_a_loss_of_ones_own():
    own = {"loss": "my_loss", "layers": (*LAYERS[:-1], head("sigmoid"))}
    assert opinion("wrong_activation", sound(**own)).standing == "open"
    assert opinion("wrong_activation", sound(STUCK, **own)).standing == "found"


def test_categorical_cross_entropy_of_one_output_is_the_wrong_loss():
    asked = one_output(STUCK, loss="categorical_crossentropy", label_shape=())
    verdict = judge(asked)
    assert verdict.primary.cause == "wrong_loss"
    assert "binary cross-entropy" in verdict.primary.exhibits[0].expected


def test_one_output_is_told_by_a_look_where_the_start_was_not_seen():
    unseen = one_output(row_sums=None, outputs=None)
    assert judge(unseen).state == "healthy"  # as of a pipeline, whose examples come with its steps


def test_ten_times_yes_or_no_is_no_alarm_where_it_reads_well():
    well = curve([0.8, 0.9, 0.95], [0.85, 0.9, 0.92])
    top = (*LAYERS[:-1], head("sigmoid"))
    each = {"loss": "binary_crossentropy", "layers": top, "label_shape": (10,)}
    each |= {"label_range": (0.0, 1.0), "epochs": 3}
    ends = {"row_sums": (0.4, 1.8), "outputs": (0.0, 1.0)}
    look = replace(LOOK, **ends, argmax_accuracy=0.95, position=3.0)
    asked = replace(sound(well, **each, **ends), watches=(look,))
    verdict = judge(asked)
    assert verdict.state == "healthy"
    assert [opinion.cause for opinion in verdict.others] == ["wrong_loss"]
    misled = replace(asked, watches=(replace(look, argmax_accuracy=0.4),))
    assert judge(misled).primary.cause in ("wrong_loss", "wrong_activation")


def test_a_loss_below_any_that_classes_have_is_the_wrong_one():
    falling = curve([0.1, 0.1, 0.1], [0.1, 0.1, 0.1], [-2.3, -7.0, -14.5])
    assert judge(replace(sound(falling, loss="my_loss"), modes=())).primary.cause == "wrong_loss"
    cosine = curve([0.3, 0.4, 0.5], [0.3, 0.4, 0.5], [-0.3, -0.5, -0.7])
    assert (
        opinion("wrong_loss", replace(sound(cosine, loss="my_loss"), modes=())).standing != "found"
    )


def test_a_first_loss_beyond_any_softmax_tells_of_a_training_step_of_ones_own():
    own = {"loss": None, "outputs": (-1.7, 1.5), "row_sums": (-5.9, 0.1)}
    stuck = curve([0.2, 0.23], [0.2, 0.2], [3.1, 2.2], [2.2, 2.2], peak=10.4)
    accused = replace(sound(stuck, **own), modes=(), watches=())
    assert opinion("softmax_missing", accused).known == "suspected"
    usual = curve([0.2, 0.23], [0.2, 0.2], [2.2, 2.1], [2.2, 2.2], peak=2.9)
    assert opinion("softmax_missing", replace(accused, history=usual)).standing == "open"
    penalized = replace(accused, watches=(replace(LOOK, penalty=0.4),))
    assert opinion("softmax_missing", penalized).standing == "open"


def test_layers_that_an_optimizer_was_never_handed_are_frozen():
    still = {"conv": -30.0, "conv2": -30.0, "top": -2.0}
    look = replace(LOOK, gradients={}, gradient_norm=None, updates=still)
    left_out = replace(sound(STUCK), watches=(look,) * 3, modes=())
    assert judge(left_out).primary.cause == "frozen"
    slow = replace(left_out, facts=replace(FACTS, optimizer="sgd"))  # whose gradients may be tiny
    assert opinion("frozen", slow).standing == "ruled out"


def test_a_penalty_that_is_most_of_the_first_loss_holds_it_back():
    spoilt = curve([0.1, 0.1], [0.1, 0.1], [5.0, 2.4], peak=31.0)
    held = replace(sound(spoilt, start_penalty=0.92), watches=(replace(LOOK, penalty=0.18),))
    held = replace(held, modes=())
    assert judge(held).primary.cause == "over_regularized"
    free = replace(held, watches=(replace(LOOK, penalty=0.01),))
    assert opinion("over_regularized", free).standing != "found"
    light = replace(held, facts=replace(held.facts, start_penalty=0.3))
    assert opinion("over_regularized", light).standing != "found"


def test_accuracy_that_large_steps_lose_again_points_to_the_rate():
    lost = curve([0.5, 0.63, 0.6, 0.5], [0.5, 0.55, 0.5, 0.46], [1.5, 1.2, 1.2, 1.5])
    large = {"conv": -1.5, "conv2": -1.5, "top": -1.5}
    assert judge(watched(lost, updates=large)).primary.cause == "rate_too_high"
    small = watched(lost, updates={"conv": -2.5, "conv2": -2.5, "top": -2.5})
    assert opinion("rate_too_high", small).standing != "found"
    *before, last = lost.epochs
    anew = replace(lost, epochs=(*before, replace(last, learning_rate=3e-3)))
    assert opinion("rate_too_high", watched(anew, updates=large)).standing != "found"


def test_a_first_layer_that_stays_far_behind_in_a_stuck_network_gets_no_corrections():
    fading = {"conv": 5e-4, "conv2": 2e-2, "top": 1.0}
    behind = {"conv": -5.2, "conv2": -3.5, "top": -1.7}
    assert judge(watched(gradients=fading, updates=behind)).primary.cause == "vanishing"
    near = {"conv": -3.9, "conv2": -3.5, "top": -2.7}
    assert opinion("vanishing", watched(gradients=fading, updates=near)).standing == "open"


def test_rare_answers_that_are_given_rightly_are_no_imbalance_to_mend():
    rare = {"labels": (752, 48), "validation_labels": (188, 12)}
    known = curve([0.95, 0.99, 0.995], [0.95, 0.99, 0.994], [0.2, 0.03, 0.03])
    verdict = judge(one_output(known, **rare))
    assert verdict.state == "healthy"
    assert [opinion.cause for opinion in verdict.others] == ["imbalance"]
    assert judge(one_output(curve([0.94, 0.94], [0.94, 0.94]), **rare)).primary.cause == "imbalance"


def test_labels_that_are_no_numbers_are_told_whatever_the_task():
    nan = float("nan")
    numbers = {"classes": None, "loss": "mean_squared_error", "labels": None}
    history = curve([nan, nan], [nan, nan], [nan, nan], [nan, nan])
    asked = replace(sound(history, **numbers, label_range=(nan, nan)), watches=(), modes=())
    assert judge(asked).primary.cause == "labels_encoded"


def test_a_class_for_each_place_is_another_task_than_one_for_all():
    places = {"classes": None, "label_shape": (20,), "one_row": False, "labels": None}
    assert opinion("labels_encoded", sound(STUCK, **places)).standing == "found"
    assert judge(sound(STUCK, **places)).primary is None


def test_a_loss_below_what_two_softmaxes_allow_clears_them():
    low = curve([0.5, 0.8, 0.9], [0.5, 0.8, 0.88], [1.0, 0.4, 0.08])
    asked = sound(low, from_logits=True, softmax_undone=False)
    assert opinion("softmax_twice", asked).weight == WORTH_KNOWING
    assert judge(asked).primary is None
    assert judge(sound(STUCK, from_logits=True)).primary.cause == "softmax_twice"


def test_a_softmax_cannot_tick_several_labels():
    ends = {"row_sums": (1.0, 1.0), "outputs": (0.01, 0.9)}
    ticked = {**_TICKED, **ends, "loss": "binary_crossentropy"}
    look = replace(LOOK, **ends)
    assert (
        judge(replace(sound(STUCK, **ticked), watches=(look,))).primary.cause == "wrong_activation"
    )
    each = {**ticked, "row_sums": (0.2, 2.9)}
    sums = replace(look, row_sums=(0.2, 2.9))
    assert judge(replace(sound(STUCK, **each), watches=(sums,))).primary is None


@pytest.mark.parametrize(
    ("loss", "bend", "good", "poor"),
    [
        ("huber", None, 0.05, 0.4),  # of errors of 1.5 in the mean: 1.0
        ("huber", 0.5, 0.05, 0.4),  # 0.625
        ("log_cosh", None, 0.05, 0.4),  # 0.86
        ("poisson", None, None, -3.0),
    ],
)
def test_losses_between_squared_and_absolute_are_held_against_constant_answers(
    loss: str, bend: float | None, good: float | None, poor: float
):
    nan = float("nan")
    numbers = {**_NUMBERS, "loss": loss, "bend": bend, "labels": None, "label_spread": (4.0, 1.5)}
    for end, state in ((good, "healthy"), (poor, "not sure yet")):
        if end is not None:
            history = curve([nan] * 3, [nan] * 3, [2.0, end, end], [2.0, end, end])
            assert judge(replace(sound(history, **numbers, epochs=3), modes=())).state == state


def test_several_labels_are_learned_well_where_most_errors_are_gone():
    each = {**_TICKED, "loss": "binary_crossentropy", "label_spread": (0.15, 0.2), "epochs": 3}
    ends = {"row_sums": (0.1, 2.9), "outputs": (0.0, 1.0)}
    top = (*LAYERS[:-1], head("sigmoid"))
    losses = [0.3, 0.08, 0.08]
    for reached, state in ((0.97, "healthy"), (0.85, "not sure yet")):
        ends_at = 0.08 if state == "healthy" else 0.35
        held = [0.3, ends_at, ends_at]
        history = curve([0.8, 0.97, 0.97], [0.8, reached, reached], losses, held)
        told = sound(history, **each, **ends, layers=top)
        assert judge(replace(told, watches=(), modes=())).state == state


def test_large_gradients_of_large_numbers_are_not_exploding():
    prices = {**_NUMBERS, "label_range": (2e5, 8e5), "start_loss": 1.8e11}
    level = curve([float("nan")] * 2, [float("nan")] * 2, [1.7e11, 1.7e11], [1.7e11, 1.7e11])
    steep = (replace(LOOK, gradient_norm=1e8),)
    asked = replace(sound(level, **prices), watches=steep, modes=())
    assert opinion("exploding", asked).standing == "ruled out"
    peak = curve([float("nan")] * 2, [float("nan")] * 2, [1e20, 1e11], [1e20, 1e11])
    assert opinion("exploding", replace(asked, history=peak)).standing == "found"
    assert opinion("exploding", watched(gradient_norm=1e8)).standing == "found"


def test_a_network_that_knows_its_images_was_not_stopped_early():
    bouncing = curve([0.9, 0.95, 0.97, 0.98], [0.7, 0.8, 0.72, 0.79], [0.3, 0.2, 0.1, 0.08])
    ended = replace(sound(bouncing, epochs=4), modes=())
    assert opinion("stopped_early", ended).standing == "ruled out"
    assert (
        opinion("stopped_early", replace(ended, facts=replace(FACTS, epochs=9))).standing == "found"
    )


def test_images_known_by_heart_far_above_validation_are_overfitting_though_its_loss_falls():
    losses = [1.2, 1.1, 1.0, 0.95]
    known = curve([0.8, 0.9, 0.95, 0.98], [0.6, 0.7, 0.72, 0.74], [0.5, 0.3, 0.15, 0.1], losses)
    few = replace(sound(known, epochs=4), modes=(modes(0.95, 0.95),))
    assert judge(few).primary.cause == "overfitting"
    learning = curve([0.8, 0.88, 0.9, 0.92], [0.6, 0.7, 0.72, 0.74], [0.5, 0.4, 0.39, 0.38], losses)
    assert opinion("overfitting", replace(few, history=learning)).standing == "open"


def test_a_first_step_beyond_the_weights_accuses_the_rate_though_a_few_steps_do_not_tell():
    even = {"rates": _RATES | {"same": arm(2.0), "tenth": arm(2.07)}}
    climbing = curve([0.3, 0.5, 0.7], [0.3, 0.5, 0.7], [2.0, 1.5, 1.0])
    wild = replace(sound(climbing, learning_rate=1.8, epochs=3), modes=(), tests=even)
    assert judge(wild).primary.cause == "rate_too_high"
    mild = replace(wild, facts=replace(wild.facts, learning_rate=0.01))
    assert opinion("rate_too_high", mild).standing == "ruled out"
    slower = {"rates": _RATES | {"same": arm(0.5), "tenth": arm(2.2)}}
    assert opinion("rate_too_high", replace(wild, tests=slower)).standing == "ruled out"


def test_a_head_of_a_few_inputs_is_too_small_for_ten_classes():
    narrow = replace(sound(STUCK, head_inputs=1), modes=())
    assert judge(narrow).primary.cause == "too_small"
    wider = replace(narrow, facts=replace(FACTS, head_inputs=8))
    assert opinion("too_small", wider).standing != "found"


def test_a_wide_head_is_a_suspect_where_the_first_losses_overshot():
    behind = curve([0.4, 0.8, 0.96], [0.5, 0.7, 0.8], peak=5.2)
    wide = replace(sound(behind, head_inputs=512, epochs=3), modes=(modes(0.96, 0.94),))
    suspect = opinion("huge_head", wide)
    assert (suspect.standing, suspect.weight) == ("found", WORTH_KNOWING)
    calm = replace(wide, history=curve([0.4, 0.8, 0.96], [0.5, 0.7, 0.8]))
    assert opinion("huge_head", calm).standing == "ruled out"


def test_a_hinge_loss_of_two_classes_is_no_distance():
    two = {"loss": "hinge", "classes": None, "label_range": (-1.0, 1.0), "labels": None}
    ends = {"outputs": (-1.5, 1.5), "row_sums": (-1.5, 1.5)}
    assert opinion("wrong_loss", sound(STUCK, **two, **ends)).standing != "found"


_LACKING = {"labels": (700,) + (11,) * 9, "validation_labels": (20,) * 10}


def test_digits_that_are_rare_in_training_alone_are_out_of_balance_and_no_sorted_split():
    stuck = replace(sound(STUCK, **_LACKING), modes=())
    assert judge(stuck).primary.cause == "imbalance"
    assert opinion("sorted_split", stuck).standing == "ruled out"
    missing = {"labels": (200,) * 4 + (0,) * 6, "validation_labels": (20,) * 10}
    assert judge(replace(sound(STUCK, **missing), modes=())).primary.cause == "sorted_split"


def test_weights_of_examples_count_in_the_balance():
    even, lopsided = (80.0,) * 10, (700.0,) + (11.1,) * 9
    uneven = {"labels": (700,) + (11,) * 9, "validation_labels": (175,) + (3,) * 9}
    assert opinion("imbalance", sound(STUCK, **uneven)).standing == "found"
    weighed = sound(STUCK, **uneven, weighed_labels=even)
    assert opinion("imbalance", weighed).standing == "ruled out"
    balanced = {**_LACKING, "weighed_labels": even, "weighed": True}
    assert judge(sound(STUCK, **balanced)).primary is None
    passing = {"labels": None, "some_labels": (300, 4) + (2,) * 8, "batch_entropy": 1.0}
    assert opinion("imbalance", sound(STUCK, **passing)).standing == "found"
    assert opinion("imbalance", sound(STUCK, **passing, weighed=True)).standing == "open"
    spoilt = opinion("imbalance", sound(STUCK, weighed_labels=lopsided))
    assert spoilt.standing == "found"
    assert "by the weights" in spoilt.exhibits[0].what


def test_a_validation_far_above_training_tells_of_wrong_labels():
    noisy = curve([0.4, 0.5, 0.52, 0.53], [0.7, 0.8, 0.84, 0.85])
    accused = replace(sound(noisy), modes=())
    assert opinion("labels_noisy", accused).known == "suspected"
    doubted = replace(accused, tests={"baseline": baseline(0.5, doubtful=0.3, digits=False)})
    assert opinion("labels_noisy", doubted).known == "tested"
    two = replace(accused, tests={"baseline": baseline(0.6, doubtful=0.008, digits=False)})
    assert opinion("labels_noisy", two).known == "suspected"  # hard images, or of two classes
    trusted = replace(accused, tests={"baseline": baseline(0.9, doubtful=0.02, digits=False)})
    assert opinion("labels_noisy", trusted).standing == "ruled out"
    harder = (
        {"augmented": True},
        {"layers": (*LAYERS, convolution(kind="Dropout", settings={"rate": 0.3}))},
        {"labels": None},
    )
    for known in harder:
        assert (
            opinion(
                "labels_noisy", replace(accused, facts=replace(accused.facts, **known))
            ).standing
            == "open"
        )
    for training in ([0.3, 0.6, 0.8, 0.9], [0.6, 0.4, 0.84, 0.83]):  # and one that is thrown back
        other = replace(accused, history=curve(training, [0.5, 0.75, 0.85, 0.88]))
        assert opinion("labels_noisy", other).standing == "open"
    skewed = replace(FACTS, labels=(640,) + (20,) * 8, validation_labels=(20,) * 9)
    assert opinion("labels_noisy", replace(accused, facts=skewed)).standing == "open"


def test_validation_that_training_does_not_foretell_has_other_labels():
    learned = curve([0.5, 0.9, 0.97], [0.1, 0.09, 0.11])
    told = baseline(0.92, digits=False, validation=0.12, validation_images=300)
    apart = replace(sound(learned), modes=(modes(0.98, 0.97),), tests={"baseline": told})
    verdict = judge(apart)
    assert verdict.primary.cause == "labels_shuffled"
    assert verdict.primary.known == "tested"
    assert "0.12 of 300" in verdict.primary.exhibits[0].measured
    for other in ({"validation": 0.88}, {"validation": 0.35}, {"validation_images": 4}):
        known = replace(apart, tests={"baseline": told | other})
        assert opinion("labels_shuffled", known).standing == "ruled out"
    rolls = {str(roll): 0.88 if roll == 2 else 0.1 for roll in (-3, -2, -1, 1, 2, 3)}
    moved = judge(replace(apart, tests={"baseline": told | {"validation_rolls": rolls}}))
    assert moved.primary.cause == "labels_shifted"
    assert "0.88 once moved" in moved.primary.exhibits[0].measured
    able = replace(apart, history=curve([0.5, 0.9, 0.97], [0.5, 0.6, 0.7]))
    assert opinion("labels_shuffled", able).standing == "ruled out"
    inverted = replace(apart, facts=replace(FACTS, validation_pixels=replace(UNIT, border=1.0)))
    assert judge(inverted).primary.cause == "polarity"


def test_the_same_image_again_and_again_is_no_data():
    same = sound(STUCK, shared=1.0, pixels=replace(UNIT, distinct=1 / 512))
    assert judge(same).primary.cause == "images_broken"
    assert (
        opinion("images_broken", sound(STUCK, pixels=replace(UNIT, distinct=0.4))).standing
        == "open"
    )


_PIERCED = replace(UNIT, dark=0.0, holes=(0.05, 0.06), flat=0.8, flat_spread=0.1, correlation=0.03)


def test_pierced_strokes_have_wrapped_around_as_they_come():
    wrapped = replace(sound(STUCK, pixels=_PIERCED), modes=())
    assert judge(wrapped).primary.cause == "overflowed_pixels"
    turned = {"pixels": replace(_PIERCED, dark=0.57), "validation_pixels": replace(UNIT, dark=0.0)}
    dark = replace(wrapped, facts=replace(FACTS, **turned))
    assert opinion("polarity", dark).standing == "found"  # whose ground has wrapped around, too
    assert accused(dark) == "overflowed_pixels"
    for whole in ({"holes": (0.011, 0.016)}, {"flat": 0.3}, {"flat_spread": 0.25}, {"holes": None}):
        other = replace(wrapped, facts=replace(FACTS, pixels=replace(_PIERCED, **whole)))
        assert opinion("overflowed_pixels", other).standing == "open"
        assert opinion("images_broken", other).standing == "found"
    assert opinion("overflowed_pixels", sound(pixels=_PIERCED)).standing == "open"


def test_a_run_of_a_few_steps_or_cut_while_validation_rises_was_stopped_early():
    brief = replace(sound(curve([0.21], [0.5], [2.2]), steps=8, epochs=1), modes=())
    assert judge(brief).primary.cause == "stopped_early"
    assert judge(replace(brief, ended=False)).primary is None
    longer = replace(brief, facts=replace(brief.facts, steps=400))
    assert opinion("stopped_early", longer).standing == "open"
    known = replace(brief, history=curve([1.0], [0.8], [0.02]))
    assert opinion("stopped_early", known).standing == "open"
    rising = replace(sound(curve([0.4, 0.7], [0.5, 0.74], [2.0, 1.2]), epochs=2), modes=())
    assert judge(rising).primary.cause == "stopped_early"
    level = replace(sound(curve([0.4, 0.7], [0.72, 0.74], [2.0, 1.2]), epochs=2), modes=())
    assert judge(level).primary is None


def test_averages_that_hold_their_start_lag_where_the_losses_are_far_apart():
    behind = curve([0.4, 0.8, 0.96], [0.5, 0.7, 0.8])
    far = replace(sound(behind, layers=LAGGING), modes=(modes(0.98, 0.91, loss=1.9),))
    lagging = opinion("lagging_averages", far)
    assert (lagging.standing, lagging.known) == ("found", "tested")
    near = replace(far, modes=(modes(0.98, 0.97, loss=0.5),))
    assert opinion("lagging_averages", near).standing == "ruled out"
    settled = replace(far, facts=replace(far.facts, steps=2000))
    assert opinion("lagging_averages", settled).standing != "found"
    assert (
        opinion("lagging_averages", replace(sound(layers=LAGGING), modes=far.modes)).known
        != "tested"
    )


def test_a_validation_that_stood_at_chance_and_then_followed_had_lagging_averages():
    stood = curve([0.5, 0.85, 0.91, 0.97, 0.99], [0.1, 0.18, 0.14, 0.62, 0.8])
    behind = replace(sound(stood, layers=LAGGING), modes=(modes(1.0, 0.94),))
    assert judge(behind).primary.cause == "lagging_averages"
    plain = replace(behind, facts=replace(behind.facts, layers=PLAIN))
    assert opinion("lagging_averages", plain).standing == "ruled out"
    once = curve([0.5, 0.7, 0.91, 0.97, 0.99], [0.1, 0.18, 0.14, 0.62, 0.8])
    assert opinion("lagging_averages", replace(behind, history=once)).standing != "found"
    learned = curve([0.5, 0.85, 0.91, 0.97, 0.99], [0.1, 0.18, 0.14, 0.8, 0.96])
    assert judge(replace(behind, history=learned)).state == "healthy"


def test_a_loss_that_creeps_down_in_every_epoch_has_too_low_a_rate():
    losses = [2.285, 2.268, 2.251, 2.233, 2.216, 2.198]
    creeping = curve([0.2] * 6, [0.18] * 6, losses, losses)
    slow = {"conv": -3.9, "conv2": -3.9, "top": -3.8}
    accused = watched(creeping, updates=slow)
    assert judge(accused).primary.cause == "rate_too_low"
    assert opinion("rate_too_low", watched(creeping, updates={"conv": -3.2})).standing == "open"
    uneven = curve([0.2] * 6, [0.18] * 6, [*losses[:4], 2.24, 2.2], losses)
    assert opinion("rate_too_low", watched(uneven, updates=slow)).standing == "open"
    level = curve([0.5] * 6, [0.5] * 6, [0.694, 0.6934, 0.6928, 0.6921, 0.6914, 0.6906])
    assert opinion("rate_too_low", watched(level, updates=slow)).standing == "open"


@pytest.mark.parametrize("cause", _BY_CAUSE)
def test_without_evidence_a_cause_is_open(cause: str):
    assert opinion(cause, UNKNOWN).standing == "open"


@pytest.mark.parametrize("cause", _BY_CAUSE)
def test_a_sound_run_is_accused_of_nothing(cause: str):
    assert opinion(cause, sound()).standing != "found"


def test_one_output_for_two_classes_is_sound():
    assert judge(one_output()).state == "healthy"
    scores = one_output(activation="linear", ends=(-3.0, 4.0), from_logits=True)
    assert judge(scores).state == "healthy"


@pytest.mark.parametrize(
    ("cause", "evidence"),
    [
        ("wrong_activation", one_output(STUCK, "softmax", (1.0, 1.0))),
        ("wrong_activation", one_output(STUCK, "relu", (0.0, 3.0))),
        ("softmax_missing", one_output(STUCK, "linear", (-3.0, 4.0))),
        ("softmax_twice", one_output(STUCK, from_logits=True)),
        ("labels_encoded", one_output(STUCK, label_range=(-1.0, 1.0))),
        ("imbalance", one_output(labels=(770, 30), validation_labels=(190, 10))),
    ],
)
def test_what_is_wrong_with_one_output_for_two_classes(cause: str, evidence: Evidence):
    assert judge(evidence).primary.cause == cause


def test_numbers_of_classes_foretold_as_a_distance_are_told_by_the_accuracy_asked_for():
    one = {"classes": None, "loss": "mean_absolute_error", "labels": None, "epochs": 2}
    one["layers"] = (*LAYERS[:-1], head("linear"))
    ends = {"outputs": (1.5, 5.5), "row_sums": (1.5, 5.5), "label_range": (0.0, 9.0)}
    asked = replace(sound(curve([0.1, 0.19], [0.1, 0.2]), **one, **ends), modes=())
    assert judge(asked).primary.cause == "wrong_loss"
    nan = float("nan")
    plain = replace(asked, history=curve([nan, nan], [nan, nan], [2.0, 1.5], [2.0, 1.5]))
    assert judge(plain).primary is None
    for ends in ((0.5, 8.7), (0.0, nan)):
        between = replace(asked, facts=replace(asked.facts, label_range=ends))
        assert opinion("wrong_loss", between).standing == "open"


@pytest.mark.parametrize("task", [_TICKED, _NUMBERS, _PLACES], ids=["labels", "numbers", "places"])
def test_another_task_than_telling_classes_apart_is_not_accused(task: dict[str, Any]):
    ends = {"row_sums": (0.3, 2.9), "outputs": (0.0, 1.0)}
    top = (*LAYERS[:-1], head("sigmoid"))
    huge = curve([0.3, 0.31], [0.3, 0.3], losses=[30_000.0, 9_000.0], peak=40_000.0)
    evidence = sound(huge, **{**task, **ends, "layers": top, "epochs": 2})
    evidence = replace(evidence, watches=(replace(LOOK, **ends),))
    assert judge(evidence).state == "not sure yet"
    assert judge(replace(evidence, facts=replace(evidence.facts, shared=0.4))).state == "sick"


@pytest.mark.parametrize(
    "activation, asked, beyond",
    [
        ("sigmoid", (3.5, 90.0), True),
        ("sigmoid", (0.0, 1.02), False),
        ("tanh", (-5.0, 0.5), True),
        ("tanh", (-1.0, 1.0), False),
        ("relu", (-3.0, 9.0), True),
        ("relu", (0.0, 500.0), False),
        ("linear", (-1e6, 1e6), False),
    ],
)
def test_numbers_that_the_last_activation_never_gives_are_out_of_reach(
    activation: str, asked: tuple[float, float], beyond: bool
):
    nan = float("nan")
    numbers = sound(
        curve([nan, nan], [nan, nan], [600.0, 599.0], [600.0, 599.0]),
        **(_NUMBERS | {"label_range": asked, "labels": None, "label_shape": (1,), "epochs": 2}),
        layers=(*LAYERS[:-1], head(activation)),
    )
    assert accused(replace(numbers, modes=())) == ("wrong_activation" if beyond else None)
    places = replace(numbers.facts, loss="sparse_categorical_crossentropy", label_shape=(50, 50))
    assert accused(replace(numbers, modes=(), facts=places)) is None


def numbers_of(
    losses: list[float],
    held_back: list[float],
    spread: tuple[float, float] = (4.0, 1.6),
    **facts: Any,
) -> Evidence:
    """A run without batch normalization that asks for numbers, with these losses."""
    none = [float("nan")] * len(losses)
    asked = {"labels": None, "label_shape": (), "label_spread": spread, "epochs": len(losses)}
    known = {"layers": (*PLAIN[:-1], head("linear")), **_NUMBERS, **asked, **facts}
    return replace(sound(curve(none, none, losses, held_back), **known), modes=())


def test_numbers_learned_by_heart_are_told_by_a_validation_loss_that_rises():
    losses = [2.0, 0.9, 0.5, 0.3, 0.2, 0.1]
    numbers = numbers_of(losses, [1.5, 1.0, 1.2, 1.4, 1.6, 1.7], label_spread=None)
    assert accused(numbers) == "overfitting"
    normalized = replace(numbers, facts=replace(numbers.facts, layers=LAYERS))
    assert opinion("overfitting", normalized).standing == "open"
    level = numbers_of(losses, [1.5, 1.0, 1.0, 1.05, 1.1, 1.1], label_spread=None)
    assert opinion("overfitting", level).standing == "open"
    near = [2.0, 1.4, 1.1, 1.0, 1.0, 1.0]
    close = numbers_of(near, [1.5, 1.0, 1.2, 1.4, 1.6, 1.7], label_spread=None)
    assert opinion("overfitting", close).standing == "ruled out"


def test_numbers_are_learned_where_most_of_their_spread_is_explained():
    fine = numbers_of([2.0, 0.6, 0.3], [1.5, 0.8, 0.7])
    assert Case(fine).training_fit == pytest.approx(0.925)
    assert Case(fine).validation_fit == pytest.approx(0.825)
    assert judge(fine).state == "healthy"
    poor = numbers_of([2.0, 1.6, 1.59], [1.9, 1.7, 1.7])
    assert judge(poor).state == "not sure yet"
    absolute = numbers_of([1.0, 0.4, 0.3], [1.0, 0.5, 0.3], loss="mean_absolute_error")
    assert Case(absolute).validation_fit == pytest.approx(1 - 0.3 / 1.6)
    for unknown in ({"loss": "poisson"}, {"label_spread": None}, {"label_spread": (0.0, 0.0)}):
        case = Case(replace(fine, facts=replace(fine.facts, **unknown)))
        assert case.validation_fit is None and not case.learned_well
    assert Case(sound()).validation_fit is None
    raw = {"pixels": replace(UNIT, high=40.0)}
    explained = Exhibit("Spread of the validation labels explained", "0.82", "low, if it hurt")
    small = opinion("raw_pixels", numbers_of([2.0, 0.6, 0.3], [1.5, 0.8, 0.7], **raw))
    assert small.standing == "ruled out" and explained in small.exhibits
    poor = numbers_of([9.0, 8.0, 8.1], [9.0, 8.0, 8.0], **raw, start_loss=1.8)
    assert opinion("raw_pixels", poor).weight == 0.55
    swamped = replace(poor, facts=replace(poor.facts, start_loss=900.0))
    assert opinion("raw_pixels", swamped).weight == 0.9


def test_numbers_by_heart_need_not_get_worse_in_validation():
    by_heart = numbers_of([2.0, 0.5, 0.1, 0.05, 0.02], [2.0, 1.5, 1.6, 1.6, 1.6])
    assert accused(by_heart) == "overfitting"
    nothing = numbers_of([2.0, 0.5, 0.1, 0.05, 0.02], [4.0, 3.9, 3.95, 3.9, 3.95])
    assert opinion("overfitting", nothing).standing == "open"
    learning = numbers_of([2.0, 0.9, 0.8, 0.7, 0.7], [2.0, 1.5, 1.6, 1.6, 1.6])
    assert opinion("overfitting", learning).standing == "open"


def test_a_run_that_fell_back_to_chance_after_a_leap_of_its_loss_had_too_high_a_rate():
    fallen = curve([0.53, 0.35, 0.11, 0.1], [0.7, 0.11, 0.1, 0.1], [1.9, 5.5, 4.8, 3.1], peak=7.9)
    crept = replace(LOOK, updates=dict.fromkeys(LOOK.updates, -5.0))
    verdict = judge(replace(sound(fallen, optimizer="sgd"), modes=(), watches=(crept,)))
    assert verdict.primary is not None and verdict.primary.cause == "rate_too_high"
    assert "rate_too_low" not in {opinion.cause for opinion in verdict.others}
    never = replace(fallen, epochs=tuple(replace(e, accuracy=0.1) for e in fallen.epochs))
    assert opinion("rate_too_high", replace(sound(never), modes=())).weight < SURE_OF_RATE


def test_a_series_is_no_broken_image_nor_is_what_is_learned_well():
    noise = replace(UNIT, correlation=0.02)
    walk = (convolution("walk", kind="LSTM"), head())
    assert accused(sound(STUCK, pixels=noise)) == "images_broken"
    assert opinion("images_broken", sound(STUCK, pixels=noise, layers=walk)).standing == "open"
    assert judge(sound(pixels=noise)).state == "healthy"


def test_a_run_cut_short_while_validation_still_rises_stopped_too_early():
    rising = curve([0.17, 0.33], [0.3, 0.45], [2.28, 2.17], [2.2, 2.07])
    cut = replace(sound(rising, epochs=50, patience=None), modes=())
    assert opinion("stopped_early", cut).standing == "found"
    level = replace(cut, history=curve([0.17, 0.33], [0.3, 0.31], [2.28, 2.17], [2.2, 2.07]))
    assert opinion("stopped_early", level).standing == "ruled out"
    later = tuple(replace(point, epoch=point.epoch + 48) for point in rising.epochs)
    resumed = replace(cut, history=replace(rising, epochs=later))
    assert opinion("stopped_early", resumed).standing == "ruled out"
    planned = replace(cut, facts=replace(cut.facts, epochs=2))
    assert opinion("stopped_early", planned).standing == "ruled out"


def test_a_poor_run_is_not_well_because_few_images_may_be_better_than_they_look():
    hard = {"baseline": baseline(0.6, digits=False, chance=0.5)}
    poor = curve([0.9, 1.0], [0.67, 0.66])
    few = replace(sound(poor, validation_images=80), modes=(), tests=hard)
    assert not Case(few).learned_well
    assert Case(replace(few, history=curve([0.9, 0.9], [0.7, 0.78]))).learned_well


def test_neighbours_that_foretell_a_little_leave_open_whether_labels_belong():
    two = {"classes": 2, "labels": (160, 160), "validation_labels": (40, 40)}
    of_noise = curve([0.9, 1.0], [0.6, 0.55])
    related = baseline(0.6, digits=False, chance=0.5, images=320)
    weak = replace(sound(of_noise, **two), modes=(), tests={"baseline": related})
    assert opinion("labels_shuffled", weak).standing == "open"
    unrelated = related | {"accuracy": 0.52}
    assert opinion("labels_shuffled", replace(weak, tests={"baseline": unrelated})).weight == 0.65


def test_a_margin_between_classes_is_a_loss_for_them():
    scores = sound(
        loss="categorical_hinge", label_shape=(10,), label_range=(0.0, 1.0), row_sums=(-9.0, 8.0),
        outputs=(-4.0, 5.0), layers=(*LAYERS[:-1], head("linear")),
    )  # fmt: skip
    look = replace(LOOK, row_sums=(-9.0, 8.0), outputs=(-4.0, 5.0))
    assert judge(replace(scores, watches=(look,))).state == "healthy"


def test_a_small_gain_decides_only_where_a_run_has_learned_next_to_nothing():
    rates = {"steps": 50, "same": arm(2.33, 0.007), "tenth": arm(2.25, 0.006)}
    rates["tenfold"] = arm(9.0)
    stuck = replace(sound(STUCK), watches=(), modes=(), tests={"rates": rates})
    assert opinion("rate_too_high", stuck).standing == "found"
    learning = replace(stuck, history=curve([0.4, 0.5], [0.4, 0.5]))
    assert opinion("rate_too_high", learning).standing == "ruled out"


def test_steps_of_a_tenth_of_the_weights_are_too_large_where_smaller_ones_do_no_worse():
    wild = replace(LOOK, updates=dict.fromkeys(LOOK.updates, -0.8))
    rates = {"steps": 50, "same": arm(2.24), "tenth": arm(2.2), "tenfold": arm(2.8)}
    large = replace(sound(_LOW), watches=(wild, wild), modes=(), tests={"rates": rates})
    large = replace(large, history=curve([0.4, 0.5], [0.4, 0.5]))
    assert opinion("rate_too_high", large).weight == SURE_OF_RATE
    worse = replace(large, tests={"rates": rates | {"tenth": arm(2.3)}})
    assert opinion("rate_too_high", worse).standing == "ruled out"
    learned = replace(large, history=curve([0.9, 0.95], [0.9, 0.95]))
    assert opinion("rate_too_high", learned).standing == "ruled out"


def test_steps_larger_than_the_weights_are_seen_before_they_cool_down():
    cooled = replace(LOOK, updates={"conv": -30.0, "conv2": -30.0, "top": -30.0})
    stuck = replace(sound(STUCK, learning_rate=1.0), watches=(LOOK, cooled), modes=())
    assert opinion("rate_too_high", stuck).weight == SURE_OF_RATE
    plain = replace(stuck, facts=replace(stuck.facts, optimizer="sgd"))
    assert opinion("rate_too_high", plain).standing != "found"
    well = opinion("rate_too_high", sound(learning_rate=1.0))
    assert (well.standing, well.weight) == ("found", WORTH_KNOWING)
    assert judge(sound(learning_rate=1.0)).state == "healthy"
    assert opinion("rate_too_high", sound(learning_rate=0.01)).standing == "ruled out"


def test_the_range_test_says_how_far_to_go():
    rates = _RATES | {"tenth": arm(0.9)}
    swept = {"steps": 50, "first": 2.4, "lowest": 1.1, "rate": 0.002, "rates": [], "losses": []}
    found = opinion("rate_too_high", replace(sound(STUCK), tests={"rates": rates, "range": swept}))
    assert found.picture == "range"
    assert "0.002" in found.exhibits[-1].measured
    flat = swept | {"lowest": 2.38}
    found = opinion("rate_too_high", replace(sound(STUCK), tests={"rates": rates, "range": flat}))
    assert found.picture == "rates"


def test_a_rate_so_low_that_ten_times_of_it_is_too_low_as_well():
    look = replace(LOOK, updates={"conv": -7.0, "conv2": -7.1, "top": -6.9})
    same = {"steps": 50, "same": arm(2.83, 0.04), "tenth": arm(2.83, 0.04)}
    tests = {"rates": same | {"tenfold": arm(2.81, 0.04)}}
    creeping = replace(sound(STUCK), watches=(look,), modes=(), tests=tests)
    assert opinion("rate_too_low", creeping).known == "suspected"
    swept = {"steps": 50, "first": 2.8, "lowest": 1.9, "rate": 0.1, "rates": [], "losses": []}
    found = opinion("rate_too_low", replace(creeping, tests=tests | {"range": swept}))
    assert found.known == "tested" and found.picture == "range"
    flat = swept | {"lowest": 2.79}
    cleared = opinion("rate_too_low", replace(creeping, tests=tests | {"range": flat}))
    assert cleared.standing == "ruled out"


def test_steps_of_a_rate_far_below_the_weights_creep_whatever_a_noisy_range_test_shows():
    look = replace(LOOK, updates={"conv": -5.0, "conv2": -5.1, "top": -5.2})
    rates = {"steps": 44, "same": arm(3.85, 0.08), "tenth": arm(3.85, 0.08)}
    swept = {"steps": 44, "first": 3.8, "lowest": 3.5, "rate": 1e-7, "rates": [], "losses": []}
    tests = {"rates": rates | {"tenfold": arm(3.81, 0.08)}, "range": swept}
    facts = {"optimizer": "adam", "learning_rate": 2e-6, "layers": PLAIN}
    creeping = replace(sound(STUCK, **facts), watches=(look,), modes=(), tests=tests)
    assert opinion("rate_too_low", creeping).known == "suspected"
    usual = replace(sound(STUCK, **facts | {"learning_rate": 1e-3}), watches=(look,), tests=tests)
    assert opinion("rate_too_low", replace(usual, modes=())).standing == "ruled out"


def test_a_rate_is_not_cleared_where_a_tenth_of_it_is_no_slower():
    rates = {"steps": 47, "same": arm(2.22, 0.04), "tenth": arm(2.18, 0.04), "tenfold": arm(2.6)}
    suspect = opinion("rate_too_high", after("rates", rates, _LOW))
    assert (suspect.standing, suspect.weight) == ("found", WORTH_KNOWING)
    slower = rates | {"tenth": arm(2.24, 0.04)}
    assert opinion("rate_too_high", after("rates", slower, _LOW)).standing == "ruled out"
    half_way = after("rates", rates, curve([0.5, 0.6], [0.5, 0.6]))
    assert opinion("rate_too_high", half_way).standing == "ruled out"


def test_ten_times_the_rate_that_wins_by_jumps_where_a_tenth_wins_too_is_no_low_rate():
    rates = {"steps": 36, "same": arm(4.73, 0.75), "tenth": arm(2.5, 0.07)}
    both = after("rates", rates | {"tenfold": arm(2.56, 0.24)}, _LOW)
    assert opinion("rate_too_low", both).standing == "ruled out"
    assert opinion("rate_too_high", both).standing == "found"
    rising = after("rates", rates | {"tenfold": arm(1.2, 0.24)}, _LOW)
    assert opinion("rate_too_low", rising).standing == "found"


def test_a_loss_that_is_mostly_penalty_is_a_suspect_where_validation_stays_poor():
    poor = watched(curve([0.8, 0.9], [0.4, 0.12]), penalty=0.79)
    suspect = opinion("over_regularized", poor)
    assert (suspect.standing, suspect.weight) == ("found", WORTH_KNOWING)
    light = watched(curve([0.8, 0.9], [0.4, 0.12]), penalty=0.3)
    assert opinion("over_regularized", light).standing == "ruled out"


def test_a_sound_run_that_stopped_by_itself_or_at_its_end_was_not_cut_short():
    cut = sound(curve([0.6, 0.9, 0.95], [0.7, 0.9, 0.95], [1.0, 0.4, 0.2]), epochs=11)
    assert judge(cut).others
    level = sound(curve([0.6, 0.9, 0.95], [0.7, 0.9, 0.95], [1.0, 0.21, 0.2]), epochs=11)
    assert not judge(level).others
    assert not judge(replace(cut, facts=replace(cut.facts, epochs=3))).others
    longer = replace(cut, history=curve([0.6, *[0.9] * 9], [0.95] * 10, [2**-n for n in range(10)]))
    assert judge(longer).others
    assert not judge(replace(longer, facts=replace(cut.facts, patience=3))).others


def test_twins_that_both_learned_nothing_do_not_clear_raw_pixels():
    twins = {"steps": 50, "raw": arm(2.311, 0.01), "unit": arm(2.294, 0.002)}
    raw = replace(sound(STUCK, layers=PLAIN, pixels=RAW), modes=(), tests={"twins": twins})
    assert opinion("raw_pixels", raw).standing == "found"


def test_layers_before_the_first_weights_may_scale_the_pixels():
    divides = Layer("by", "Rescaling", settings={"scale": 1 / 255, "offset": 0.0})
    centres = Layer("by", "Normalization", parameters=3)
    words = Layer("words", "Embedding", parameters=6400)
    for first in (divides, centres, words):
        raw = sound(STUCK, layers=(first, *PLAIN), pixels=RAW, validation_pixels=RAW)
        assert opinion("raw_pixels", raw).standing != "found"
    twice = opinion("scaled_twice", sound(STUCK, layers=(divides, *PLAIN)))
    assert twice.standing == "found"
    assert "0.00392" in twice.exhibits[0].measured


def test_a_start_that_has_the_pixels_scale_outweighs_a_rate_that_only_forgets_it_faster():
    tests = {
        "twins": {"steps": 50, "raw": arm(2.515, 0.07), "unit": arm(2.302, 0.002)},
        "rates": {"steps": 50, "same": arm(2.515, 0.07), "tenfold": arm(2.296, 0.02)},
    }
    start = sound(
        STUCK, layers=PLAIN, pixels=RAW, validation_pixels=RAW, learning_rate=1e-3, start_loss=13.1
    )
    small = replace(LOOK, updates={"conv": -4.5, "conv2": -4.6, "top": -4.4})
    raw = replace(start, modes=(), tests=tests, watches=(small,))
    assert judge(raw).primary.cause == "raw_pixels"
    calm = replace(raw, facts=replace(raw.facts, start_loss=2.4))
    assert judge(calm).primary.cause == "rate_too_low"


def test_steps_as_large_as_sound_ones_are_not_too_small_though_ten_times_the_rate_wins():
    tests = {"rates": {"steps": 50, "same": arm(4.1, 0.2), "tenfold": arm(2.3, 0.02)}}
    layers = (*LAYERS, Layer("drop", "Dropout", settings={"rate": 0.75}))
    held_back = replace(sound(STUCK, layers=layers), tests=tests, modes=())
    assert judge(held_back).primary.cause == "over_regularized"
    small = replace(LOOK, updates={"conv": -4.5, "conv2": -4.6, "top": -4.4})
    assert judge(replace(held_back, watches=(small,))).primary.cause == "rate_too_low"
    smaller = replace(LOOK, updates={"conv": -3.8, "conv2": -3.9, "top": -3.7})
    hardly = {"rates": {"steps": 16, "same": arm(2.39, 0.01), "tenfold": arm(2.31, 0.01)}}
    doubtful = replace(sound(STUCK), watches=(smaller,), tests=hardly, modes=())
    assert opinion("rate_too_low", doubtful).known == "suspected"


def test_a_rate_that_fell_to_nothing_in_the_first_epochs_is_too_low():
    halted = curve([0.5, 0.72, 0.73, 0.73], [0.6, 0.73, 0.73, 0.73], [1.6, 1.30, 1.29, 1.29])
    rates = [2e-2, 2e-4, 2e-6, 2e-8]
    epochs = tuple(
        replace(point, learning_rate=rate) for point, rate in zip(halted.epochs, rates, strict=True)
    )
    assert opinion("rate_too_low", replace(sound(halted), modes=())).standing == "ruled out"
    fallen = replace(sound(replace(halted, epochs=epochs)), modes=())
    fallen = replace(fallen, facts=replace(fallen.facts, epochs=4))
    assert opinion("rate_too_low", fallen).standing == "ruled out"  # half of the time it was high
    soon = tuple(replace(point, learning_rate=1e-9) for point in epochs[1:])
    fallen = replace(fallen, history=replace(halted, epochs=(epochs[0], *soon)))
    assert judge(fallen).primary.cause == "rate_too_low"


def test_a_layer_whose_gradient_is_below_rounding_is_not_called_frozen():
    faded = {"conv": 1e-14, "conv2": 1e-9, "top": 0.3}
    still = {"conv": -30.0, "conv2": -30.0, "top": -1.6}
    evidence = watched(gradients=faded, updates=still)
    assert opinion("frozen", evidence).standing == "ruled out"
    assert judge(evidence).primary.cause == "vanishing"


def test_a_loss_that_is_nearly_all_penalty_is_suspect_though_few_steps_show_no_gain():
    tests = {"free": {"steps": 12, "same": arm(2.35, 0.05), "free": arm(2.29, 0.05)}}
    heavy = replace(sound(STUCK), watches=(replace(LOOK, penalty=0.95),), tests=tests, modes=())
    assert judge(heavy).primary.cause == "over_regularized"
    quicker = {"free": {"steps": 50, "same": arm(0.8), "free": arm(1.0)}}
    doubtful = opinion("over_regularized", replace(heavy, tests=quicker))
    assert (doubtful.standing, doubtful.weight) == ("found", WORTH_KNOWING)
    light = replace(heavy, watches=(replace(LOOK, penalty=0.3),))
    assert opinion("over_regularized", light).standing == "ruled out"


def test_digits_that_a_tiny_sample_lacks_by_chance_are_no_sorted_split():
    few, many = (1, 0, 3, 5, 2, 3, 2, 0, 4, 0), (13, 17, 15, 18, 16, 14, 17, 15, 18, 16)
    tiny = sound(labels=few, validation_labels=many, images=20)
    assert opinion("sorted_split", tiny).standing == "ruled out"
    assert opinion("imbalance", tiny).standing == "ruled out"
    assert opinion("too_few", tiny).standing == "found"
    large = sound(labels=tuple(20 * count for count in few), validation_labels=many, images=400)
    assert opinion("sorted_split", large).standing == "found"
    same = replace(large.facts, validation_labels=tuple(5 * count for count in few))
    assert opinion("imbalance", replace(large, facts=same)).standing == "found"


def test_gradients_that_fade_after_a_sound_start_were_spoiled_by_the_rate():
    start = replace(LOOK, position=0.01, gradients={"conv": 0.2, "conv2": 0.3, "top": 0.4})
    gone = {"conv": 1e-9, "conv2": 1e-9, "top": 0.2}
    updates = dict.fromkeys(gone, -9.0)
    later = replace(LOOK, gradients=gone, updates=updates, silent={"conv": 0.95, "conv2": 1.0})
    died = replace(
        sound(STUCK, learning_rate=1.0, start_silent=0.0), watches=(start, later, later), modes=()
    )
    assert opinion("vanishing", died).standing == "ruled out"
    assert opinion("rate_too_low", died).standing == "ruled out"
    assert judge(died).primary.cause == "rate_too_high"
    faded = replace(died, watches=(replace(start, gradients=gone), later, later))
    assert opinion("vanishing", faded).standing == "found"


def test_batches_of_two_do_not_tell_an_order():
    assert opinion("unshuffled_batches", sound(batch_entropy=0.5, batch_size=2)).standing == "open"
    assert opinion("unshuffled_batches", sound(batch_entropy=0.5, batch_size=4)).standing == "found"


def test_few_examples_that_nothing_validates_are_not_told_to_be_too_few():
    exclusive_or = sound(STUCK, images=4, validation_images=None, validation_labels=None)
    alone = [replace(p, val_accuracy=float("nan")) for p in STUCK.epochs]
    unseen = replace(exclusive_or, history=History((), tuple(alone)))
    assert opinion("too_few", unseen).standing == "open"


def test_a_softmax_that_weighs_features_is_no_second_one_at_the_end():
    gate = replace(head(name="gate"), activation="softmax")
    assert opinion("softmax_twice", sound(layers=(gate, *LAYERS))).standing == "ruled out"


def test_an_unsure_network_is_not_taken_for_two_softmaxes():
    unsure = watched(outputs=(0.086, 0.232), argmax_accuracy=0.48)
    assert opinion("softmax_twice", unsure).standing == "open"
    held_back = watched(outputs=(0.0865, 0.1227), argmax_accuracy=0.64)  # by a penalty
    assert opinion("softmax_twice", held_back).standing == "open"
    frozen = watched(outputs=(0.047, 0.206), argmax_accuracy=0.64)
    assert opinion("softmax_twice", frozen).standing == "ruled out"


def test_a_softmax_that_keras_takes_back_is_worth_knowing_and_explains_nothing():
    undone = sound(from_logits=True, softmax_undone=True)
    verdict = judge(undone)
    assert verdict.state == "healthy"
    assert [one.cause for one in verdict.others] == ["softmax_twice"]
    shuffled = replace(undone, history=STUCK, tests={"baseline": baseline(0.11)})
    assert judge(shuffled).primary.cause == "labels_shuffled"
    one = one_output(from_logits=True)
    assert judge(replace(one, facts=replace(one.facts, softmax_undone=True))).state == "healthy"


def test_neighbours_tell_less_of_images_that_may_not_be_digits():
    def asked(accuracy: float, evidence: Evidence | None = None, **changes: Any) -> Evidence:
        outcome = baseline(accuracy, digits=False, **changes)
        return replace(evidence or sound(STUCK), tests={"baseline": outcome})

    at_chance = opinion("labels_shuffled", asked(0.11))
    assert (at_chance.standing, at_chance.known) == ("found", "suspected")
    assert opinion("labels_shuffled", asked(0.25)).standing == "open"  # hard to tell apart
    seen = curve([0.3, 0.5], [0.3, 0.45])
    assert opinion("labels_shuffled", asked(0.11, sound(seen))).standing == "open"
    assert opinion("labels_shifted", asked(0.11, rolls={"1": 0.8, "-1": 0.1})).known == "tested"
    noisy = opinion("labels_noisy", asked(0.5, sound(seen), doubtful=0.4))
    assert (noisy.standing, noisy.known) == ("found", "suspected")
    better = sound(curve([0.5, 0.9], [0.5, 0.8]))
    assert opinion("labels_noisy", asked(0.5, better, doubtful=0.4)).standing == "open"
    assert opinion("labels_noisy", asked(0.3, sound(seen), doubtful=0.4)).standing == "open"


def test_neighbours_do_not_tell_where_nearly_all_labels_are_the_same():
    lopsided = sound(labels=(720,) + (9,) * 9)
    asked = replace(lopsided, tests={"baseline": baseline(0.92, chance=0.9)})
    assert opinion("labels_shuffled", asked).standing == "open"


def test_chance_is_told_with_two_standard_errors():
    assert standard_error(0.1, 2000) == pytest.approx(0.0067, abs=1e-4)
    assert standard_error(0.0, 100) > 0  # none of a hundred is not never
    shown = opinion("labels_shuffled", after("baseline", baseline(0.12))).exhibits[0]
    assert "chance is 0.11 ± 0.022" in shown.expected


def test_few_validation_images_make_no_gap():
    small = replace(sound(GAP, validation_images=8), modes=(modes(0.5, 0.5),))
    assert opinion("overfitting", small).standing == "ruled out"
    assert FACTS.labels == EVEN


def test_modes_from_before_it_learned_do_not_clear_lagging_averages():
    early = replace(sound(GAP, layers=LAGGING), modes=(modes(0.08, 0.08),))
    assert judge_lagging_averages(Case(early)).standing == "open"


def test_averages_that_estimated_anew_help_little_weigh_less_than_too_few_images():
    apart = replace(sound(GAP, layers=LAGGING, steps=1), modes=(modes(0.82, 0.17),))
    untested = judge_lagging_averages(Case(apart))
    little = {"images": 500, "before": 0.1, "after": 0.13}
    tested = judge_lagging_averages(Case(replace(apart, tests={"averages": little})))
    assert tested.standing == untested.standing == "found"
    few = replace(
        apart, tests={"averages": little, "baseline": baseline(0.87, images=60, climb=0.05)}
    )
    few = replace(few, facts=replace(few.facts, images=60, labels=(6,) * 10))
    assert tested.weight < opinion("too_few", few).weight < untested.weight


def test_a_small_gap_of_modes_does_not_clear_the_averages_of_a_validation_far_below():
    bouncing = curve([0.7, 0.85, 0.96], [0.4, 0.25, 0.71])
    small = replace(sound(bouncing, layers=LAGGING), modes=(modes(0.97, 0.91),))
    assert judge_lagging_averages(Case(small)).standing == "open"
    tested = replace(small, tests={"averages": {"images": 200, "before": 0.71, "after": 0.93}})
    assert judge_lagging_averages(Case(tested)).known == "tested"
    near = replace(small, history=curve([0.7, 0.85, 0.96], [0.7, 0.8, 0.85]))
    assert judge_lagging_averages(Case(near)).standing == "ruled out"
    smaller = replace(small, modes=(modes(0.97, 0.95),))
    assert judge_lagging_averages(Case(smaller)).standing == "ruled out"


def test_a_gap_that_few_images_may_make_is_a_suspect_and_not_cleared():
    poor = curve([0.9, 0.95, 0.97], [0.7, 0.75, 0.8])
    gap = replace(sound(poor), modes=(modes(0.94, 0.94),))
    suspect = opinion("overfitting", gap)
    assert (suspect.standing, suspect.weight) == ("found", WORTH_KNOWING)
    unlearned = replace(gap, modes=(modes(0.92, 0.84),), history=curve([0.8], [0.7]))
    assert opinion("overfitting", unlearned).standing == "open"
    far = curve([0.9, 0.95, 0.99], [0.7, 0.75, 0.8])
    behind = replace(gap, modes=(modes(0.95, 0.86),), history=far)
    assert opinion("overfitting", behind).weight == WORTH_KNOWING
    near = replace(behind, history=curve([0.9, 0.92, 0.93], [0.7, 0.75, 0.8]))
    assert opinion("overfitting", near).standing == "ruled out"
    nearer = replace(behind, history=curve([0.85, 0.86, 0.87], [0.7, 0.75, 0.8]))
    foretold = replace(nearer, tests={"baseline": baseline(0.95)})  # noise does not make so much
    assert opinion("overfitting", foretold).weight == WORTH_KNOWING
    bounces = curve([0.85, 0.93, 0.8], [0.7, 0.8, 0.6], val_losses=[1.0, 0.6, 1.5])
    unsteady = replace(gap, modes=(modes(0.9, 0.72),), history=bounces)
    assert opinion("overfitting", unsteady).standing == "open"
    told = replace(unsteady, tests={"baseline": baseline(0.95)})
    assert opinion("overfitting", told).weight == WORTH_KNOWING
    hard = curve([0.9, 0.99, 1.0], [0.8, 0.85, 0.84])  # sound recipes with drawn digits do so
    by_heart = replace(gap, modes=(modes(0.99, 0.99),), history=hard)
    assert opinion("overfitting", by_heart).weight == WORTH_KNOWING


def test_whole_layers_that_fell_silent_since_a_large_first_step_point_to_the_rate():
    first = replace(LOOK, position=0.05, updates={"conv": -0.5, "conv2": -2.0, "top": -0.8})
    later = replace(LOOK, silent={"a": 1.0, "b": 0.1})
    killed = replace(sound(STUCK, layers=PLAIN, start_silent=0.0), watches=(first, later), modes=())
    assert accused(killed) == "rate_too_high"
    slow = {"steps": 50, "same": arm(2.34), "tenth": arm(2.30), "tenfold": arm(2.6)}
    assert accused(replace(killed, tests={"rates": slow})) == "rate_too_high"
    better = slow | {"same": arm(2.30), "tenth": arm(2.34)}
    assert (
        opinion("rate_too_high", replace(killed, tests={"rates": better})).standing == "ruled out"
    )
    born = replace(killed, facts=replace(killed.facts, start_silent=0.5))
    assert accused(born) == "dead_units"
    gentle = replace(first, updates={"conv": -2.5, "conv2": -2.0, "top": -1.8})
    assert accused(replace(killed, watches=(gentle, later))) == "dead_units"


def test_restored_weights_of_an_earlier_epoch_do_not_clear_lagging_averages():
    outcome = {"images": 80, "before": 0.2, "after": 0.31}
    lagging = replace(
        sound(GAP, layers=LAGGING, steps=20),
        modes=(modes(0.84, 0.17),),
        tests={"averages": outcome},
    )
    assert judge_lagging_averages(Case(lagging)).standing == "found"
    long = replace(lagging, facts=replace(lagging.facts, steps=2000))
    assert judge_lagging_averages(Case(long)).standing == "ruled out"


def test_a_softmax_in_hidden_layers_squeezes_what_passes():
    squeezed = (head(name="one"), head(name="two"), head())
    stuck = replace(sound(STUCK, layers=squeezed, one_row=True), modes=())
    assert accused(stuck) == "vanishing"
    several = replace(stuck, facts=replace(stuck.facts, one_row=False))
    assert opinion("vanishing", several).standing == "ruled out"
    assert opinion("vanishing", stuck).exhibits[0].measured == "2"
    mixed = (convolution(), head(name="one"), head())
    half = replace(stuck, facts=replace(stuck.facts, layers=mixed))
    assert opinion("vanishing", half).weight == WORTH_KNOWING
    gated = (Layer("gate", "Multiply"), *squeezed)
    weighing = replace(stuck, facts=replace(stuck.facts, layers=gated))
    assert opinion("vanishing", weighing).standing == "ruled out"
    assert opinion("vanishing", sound(layers=squeezed, one_row=True)).standing == "ruled out"
    assert opinion("vanishing", sound(STUCK, one_row=True)).standing == "ruled out"


def test_an_epsilon_is_named_only_where_there_is_one():
    small = Pixels(0.0, 1 / 255, 5e-4, 1.2e-3)
    assert len(opinion("scaled_twice", sound(pixels=small)).exhibits) == 2
    assert len(opinion("scaled_twice", sound(pixels=small, layers=PLAIN)).exhibits) == 1


def test_a_row_of_sigmoids_lets_gradients_fade():
    deep = [head("sigmoid", name=f"deep{place}") for place in range(5)]
    gradients = {layer.name: 0.002 * 3.4**place for place, layer in enumerate(deep)} | {"top": 1.2}
    updates = {layer.name: -5.9 + 0.6 * place for place, layer in enumerate(deep)} | {"top": -2.5}
    fading = watched(gradients=gradients, updates=updates)
    squashing = replace(fading, facts=replace(FACTS, layers=(*deep, head()), optimizer="sgd"))
    assert accused(squashing) == "vanishing"
    rectified = tuple(replace(layer, activation="relu") for layer in deep)
    other = replace(squashing, facts=replace(squashing.facts, layers=(*rectified, head())))
    assert opinion("vanishing", other).standing == "ruled out"
    rising = curve([0.2, 0.4, 0.5, 0.6], [0.2, 0.4, 0.5, 0.6], [2.2, 1.9, 1.6, 1.3])
    assert opinion("vanishing", replace(squashing, history=rising)).standing == "ruled out"


def test_drawings_on_another_ground_are_scaled_differently():
    standard = Pixels(-0.46, 2.67, 0.0, 1.0, border=-0.46, dark=0.0)
    shifted = Pixels(-1.0, 1.0, -0.7, 0.64, border=-1.0, dark=0.0)
    told = opinion("scaled_differently", sound(pixels=standard, validation_pixels=shifted))
    assert told.known == "certain"
    assert told.exhibits[1].measured == "-0.46 and -1"
    for other in ({"dark": None}, {"dark": 0.9}, {"border": -0.5}):
        changed = sound(pixels=standard, validation_pixels=replace(shifted, **other))
        assert opinion("scaled_differently", changed).standing == "ruled out"


def test_a_dropout_of_half_is_a_suspect_where_little_was_learned():
    halved = (*LAYERS, convolution(kind="Dropout", settings={"rate": 0.5}))
    slow = replace(sound(curve([0.2, 0.4, 0.55], [0.1, 0.1, 0.1]), layers=halved), modes=())
    assert opinion("over_regularized", slow).weight == WORTH_KNOWING
    assert opinion("over_regularized", replace(slow, history=STUCK)).standing == "open"
    assert opinion("over_regularized", sound(layers=halved)).standing == "ruled out"
