"""The verdict: look-alikes told apart, hard negatives left in peace, symptoms not accused."""

from dataclasses import replace

import pytest

from resnet_app.doctor.causes import CAUSES, GROUPS
from resnet_app.doctor.evidence import Evidence, Facts, Pixels
from resnet_app.doctor.judge import EXPLAINS, _unexplained, judge
from resnet_app.doctor.rules import RULES
from resnet_app.doctor.treatment import _LABELS, _WORDS
from resnet_app.doctor.verdict import Verdict, found
from resnet_app.doctor.wording import how_known
from resnet_app.runs.course import BatchPoint, EpochPoint, History
from tests.unit.doctor_cases import (
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
    normalization,
    pictures,
    sound,
)


def primary(evidence: Evidence) -> str:
    verdict = judge(evidence)
    assert verdict.primary is not None, verdict.others
    return verdict.primary.cause


def named(verdict: Verdict) -> set[str]:
    return {opinion.cause for opinion in (verdict.primary, *verdict.others) if opinion}


def test_every_cause_has_words_a_rule_and_a_treatment():
    judged = {rule.__name__.removeprefix("judge_") for rule in RULES}
    assert judged == set(CAUSES) == set(EXPLAINS) == set(_LABELS) == set(_WORDS)
    assert {cause.group for cause in CAUSES.values()} == set(GROUPS)
    for symptoms in EXPLAINS.values():
        assert symptoms <= set(CAUSES)


def test_a_single_digit_everywhere_is_imbalance_and_not_labels_in_disorder():
    lopsided = sound(STUCK, labels=(640,) + (18,) * 9, validation_labels=(160,) + (4,) * 9)
    assert primary(replace(lopsided, tests={"baseline": baseline(0.82, chance=0.8)})) == "imbalance"
    half = sound(STUCK, labels=(480,) + (36,) * 9, validation_labels=(120,) + (9,) * 9)
    asked = replace(half, tests={"baseline": baseline(0.6, chance=0.6)})
    assert primary(asked) == "imbalance"


def test_wrapped_pixels_are_said_even_where_validation_looks_well():
    wrapped = replace(sound(), tests={"pixels": pictures(holes=[0.04, 0.02])})
    assert primary(wrapped) == "overflowed_pixels"


def test_half_of_the_labels_moved_is_not_images_that_are_hard_for_everybody():
    half = sound(curve([0.4, 0.54], [0.4, 0.48]))
    tail = {"from": 300, "roll": -1, "gain": 0.8, "images": 300}
    asked = replace(half, modes=(), tests={"baseline": baseline(0.495, doubtful=0.34, tail=tail)})
    assert primary(asked) == "labels_shifted"


def test_units_that_died_were_silenced_by_the_rate_and_those_dead_at_the_start_were_not():
    look = replace(LOOK, silent={"a": 1.0, "b": 0.9})
    dead = replace(sound(STUCK, layers=PLAIN, start_silent=0.05), watches=(look,), modes=())
    assert primary(dead) == "rate_too_high"
    raw = replace(dead, facts=replace(dead.facts, pixels=RAW, validation_pixels=RAW))
    assert primary(raw) == "raw_pixels"
    born = replace(dead, facts=replace(dead.facts, start_silent=0.95))
    assert primary(born) == "dead_units"


def test_images_learned_by_heart_show_even_with_few_validation_images():
    training = [0.5, 0.9] + [1.0] * 6
    losses = [0.9, 0.8, 0.9, 1.0, 1.1, 1.2, 1.2, 1.25]
    history = curve(training, [0.5] + [0.76] * 7, val_losses=losses)
    small = sound(history, validation_images=50, validation_labels=(5,) * 10, layers=PLAIN)
    assert primary(replace(small, modes=(modes(1.0, 1.0),))) == "overfitting"


def test_labels_that_can_only_be_learned_by_heart_are_suspected():
    history = curve([0.12, 0.2, 0.28], [0.1, 0.11, 0.1])
    learned = replace(sound(history, layers=PLAIN), modes=(), watches=())
    assert primary(learned) == "labels_shuffled"


def test_a_wrong_head_is_said_even_where_the_run_learns_but_is_no_alarm_where_it_harms_nothing():
    well = curve([0.9, 0.95, 0.97], [0.88, 0.91, 0.92])
    assert primary(sound(well, layers=(*LAYERS[:-1], head("sigmoid")))) == "wrong_activation"
    verdict = judge(sound(layers=(*LAYERS[:-1], head("sigmoid"))))
    assert verdict.state == "healthy"
    assert [opinion.cause for opinion in verdict.others] == ["wrong_activation"]
    leaking = judge(sound(shared=0.3))  # whose harm validation cannot show
    assert leaking.state == "sick"


def test_two_images_a_digit_are_the_cause_and_lagging_averages_their_symptom():
    few = sound(GAP, images=20, labels=(2,) * 10, layers=LAGGING, steps=1)
    assert primary(replace(few, modes=(modes(0.65, 0.2),))) == "too_few"


def test_each_rule_judges_the_cause_it_is_named_after():
    for evidence in (sound(), Evidence(History()), sound(STUCK)):
        opinions = judge(evidence)
        every = [*opinions.ruled_out, *opinions.others]
        assert {opinion.cause for opinion in every} <= set(CAUSES)
    from resnet_app.doctor.case import Case

    for rule in RULES:
        assert f"judge_{rule(Case(sound())).cause}" == rule.__name__


def test_a_sound_run_is_healthy_with_figures_for_what_was_ruled_out():
    verdict = judge(sound())
    assert verdict.state == "healthy"
    assert len(verdict.ruled_out) > 20
    assert all(opinion.exhibits for opinion in verdict.ruled_out)


def test_no_evidence_is_no_verdict():
    verdict = judge(Evidence(History()))
    assert verdict.state == "not sure yet"
    assert verdict.primary is None
    assert verdict.advice


def test_a_verdict_survives_json():
    verdict = judge(replace(sound(GAP), modes=(modes(0.95, 0.1, 0.9),)))
    assert Verdict.from_json(verdict.to_json()) == verdict


# High training, low validation.


def test_lagging_averages_are_told_by_the_same_images_in_both_modes():
    lagging = sound(GAP, epochs=10, patience=2, layers=LAGGING)
    evidence = replace(lagging, modes=(modes(0.96, 0.1, 0.9),))
    verdict = judge(evidence)
    assert primary(evidence) == "lagging_averages"
    assert "overfitting" not in named(verdict)
    assert verdict.primary is not None and verdict.primary.known == "tested"


def test_averages_that_follow_quickly_are_not_to_blame_for_a_gap():
    evidence = replace(sound(GAP), modes=(modes(0.96, 0.1, 0.9),))
    assert "lagging_averages" not in named(judge(evidence))


def test_unsure_answers_of_lagging_averages_are_no_second_softmax():
    unsure = replace(LOOK, outputs=(0.03, 0.19), argmax_accuracy=0.1)
    lagging = sound(GAP, layers=LAGGING)
    evidence = replace(lagging, modes=(modes(0.96, 0.1, 0.9),), watches=(unsure,))
    assert primary(evidence) == "lagging_averages"
    assert "softmax_twice" not in named(judge(evidence))


def test_overfitting_needs_a_gap_in_inference_mode_and_validation_that_falls_or_is_left_behind():
    falling = curve(
        [0.6, 0.8, 0.9, 0.95, 0.98, 0.99, 1.0],
        [0.6, 0.7, 0.72, 0.71, 0.69, 0.66, 0.65],
        val_losses=[1.2, 0.9, 0.85, 1.0, 1.2, 1.4, 1.5],
    )
    evidence = replace(sound(falling, epochs=7), modes=(modes(1.0, 0.99, 0.65),))
    assert primary(evidence) == "overfitting"
    level = curve([0.6, 0.9, 0.99, 1.0, 1.0], [0.6, 0.7, 0.72, 0.72, 0.72])
    evidence = replace(sound(level), modes=(modes(1.0, 0.9, 0.7),))
    assert judge(evidence).state == "not sure yet"
    by_heart = judge(replace(evidence, modes=(modes(1.0, 0.99, 0.7),))).primary
    assert (by_heart.cause, by_heart.known) == ("overfitting", "suspected")


@pytest.mark.parametrize("reached", [0.0, 0.12])
def test_validation_that_is_not_above_chance_is_no_overfitting(reached: float):
    losses = [1.0, 0.9, 1.1, 1.3, 1.4, 1.5]
    other = sound(curve([1.0] * 6, [reached] * 6, val_losses=losses), layers=PLAIN)
    assert primary(replace(other, modes=(modes(1.0, 1.0),))) == "labels_shuffled"


def test_first_batches_of_one_class_are_not_all_labels():
    sorted_batches = sound(
        STUCK, images=None, labels=None, label_range=(0.0, 0.0), batch_entropy=0.0
    )
    one = replace(LOOK, predicted=(64,) + (0,) * 9, outputs=(0.0, 0.2), argmax_accuracy=1.0)
    assert primary(replace(sorted_batches, watches=(one,), modes=())) == "unshuffled_batches"
    assert named(judge(replace(sorted_batches, watches=(one,), modes=()))) == {"unshuffled_batches"}


def test_a_sorted_split_explains_a_gap_that_is_no_overfitting():
    sorted_labels = (100,) * 8 + (0, 0)
    unseen = (0,) * 8 + (100, 100)
    evidence = sound(GAP, labels=sorted_labels, validation_labels=unseen)
    evidence = replace(evidence, modes=(modes(0.96, 0.95, 0.0),))
    verdict = judge(evidence)
    assert primary(evidence) == "sorted_split"
    assert verdict.primary is not None and verdict.primary.known == "certain"
    assert named(verdict) == {"sorted_split"}


def test_another_scale_for_validation_explains_a_gap():
    evidence = replace(sound(GAP, validation_pixels=RAW), modes=(modes(0.96, 0.95, 0.1),))
    assert primary(evidence) == "scaled_differently"


def test_shuffled_labels_memorised_are_not_lagging_averages():
    evidence = replace(
        sound(GAP), modes=(modes(0.96, 0.95, 0.1),), tests={"baseline": baseline(0.12)}
    )
    assert primary(evidence) == "labels_shuffled"


# Stuck at ln 10.


def test_equal_starting_weights_are_told_from_a_low_rate_and_from_labels():
    constant = tuple(
        replace(layer, weight_deviation=0.0, like_rows=1.0)
        if layer.weight_deviation is not None
        else layer
        for layer in LAYERS
    )
    assert primary(sound(STUCK, layers=constant)) == "bad_start"


def test_a_low_rate_is_told_by_ten_times_the_rate():
    rates = {"steps": 50, "same": arm(2.29), "tenth": arm(2.30), "tenfold": arm(1.2)}
    look = replace(LOOK, updates={"conv": -5.0, "conv2": -5.2, "top": -4.9})
    slow = sound(STUCK, learning_rate=1e-6)
    evidence = replace(slow, watches=(look,), modes=(), tests={"rates": rates})
    assert primary(evidence) == "rate_too_low"
    assert judge(replace(evidence, tests={})).primary is not None  # suspected from the updates


def test_a_small_network_that_does_not_move_is_not_told_to_be_too_small():
    layers = (convolution(parameters=300), head(parameters=30))
    small = sound(STUCK, layers=layers, learning_rate=1e-6)
    look = replace(LOOK, updates={"conv": -5.4, "top": -5.2})
    assert primary(replace(small, watches=(look,), modes=())) == "rate_too_low"
    assert primary(replace(small, modes=())) == "too_small"


def test_frozen_layers_are_a_fact():
    frozen = tuple(replace(layer, trainable=False) for layer in LAYERS[:-1]) + (head(),)
    assert primary(sound(STUCK, layers=frozen)) == "frozen"


def test_layers_that_stopped_changing_after_a_jump_are_not_frozen():
    jump = replace(LOOK, position=0.1, updates={"conv": 0.5, "conv2": 0.4, "top": 0.3})
    still = dict.fromkeys(("conv", "conv2", "top"), float("nan"))
    after = replace(LOOK, updates=still)
    evidence = replace(sound(STUCK), watches=(jump, after), modes=())
    assert "frozen" not in named(judge(evidence))


def test_shuffled_labels_that_are_not_yet_memorised():
    evidence = replace(sound(STUCK), modes=(), tests={"baseline": baseline(0.11)})
    assert primary(evidence) == "labels_shuffled"


# Oscillation.

WILD = curve([0.12, 0.2, 0.15, 0.22], [0.1, 0.2, 0.1, 0.1], [6.0, 5.0, 5.5, 5.2], peak=9.0)


def test_a_high_rate_is_told_by_a_tenth_of_it():
    rates = {"steps": 50, "same": arm(5.0), "tenth": arm(0.9), "tenfold": arm(None)}
    evidence = replace(sound(WILD, learning_rate=0.1), modes=(), tests={"rates": rates})
    assert primary(evidence) == "rate_too_high"


def test_a_rate_that_blew_the_start_up_is_suspected_although_the_run_caught_up():
    caught_up = curve([0.3, 0.6, 0.93], [0.2, 0.5, 0.8], [17.0, 0.6, 0.3], peak=70.0)
    evidence = replace(sound(caught_up, learning_rate=0.01, head_inputs=21632), modes=())
    suspects = {opinion.cause for opinion in judge(evidence).others}
    assert {"rate_too_high", "huge_head"} & suspects
    rates = {"steps": 12, "same": arm(41.8), "tenth": arm(10.2), "tenfold": arm(None)}
    assert primary(replace(evidence, tests={"rates": rates})) == "rate_too_high"
    calm = replace(evidence, history=curve([0.3, 0.6, 0.93], [0.2, 0.5, 0.8], peak=4.0))
    assert not {"rate_too_high", "huge_head"} & {opinion.cause for opinion in judge(calm).others}


def test_a_rate_that_taught_all_of_training_is_not_blamed_for_a_validation_of_other_digits():
    learned = curve([0.6, 0.9, 0.97], [0.0, 0.0, 0.02], [1.0, 0.3, 0.1])
    rates = {"steps": 12, "same": arm(7.0), "tenth": arm(2.0), "tenfold": arm(None)}
    facts = {"labels": (100,) * 8 + (0, 0), "validation_labels": (0,) * 8 + (90, 90)}
    evidence = replace(sound(learned, **facts), tests={"rates": rates})
    verdict = judge(evidence)
    assert verdict.primary is not None and verdict.primary.cause == "sorted_split"
    assert [one.known for one in verdict.others if one.cause == "rate_too_high"] == ["suspected"]
    slow = curve([0.1, 0.1, 0.12], [0.0, 0.0, 0.0], [9.0, 8.0, 7.0])
    stuck = replace(evidence, history=slow, modes=())
    assert "tested" in [one.known for one in judge(stuck).others if one.cause == "rate_too_high"]


def test_a_huge_head_is_told_by_slowing_it_alone():
    tests = {
        "rates": {"steps": 50, "same": arm(5.0), "tenth": arm(1.0), "tenfold": arm(None)},
        "head": {"steps": 50, "same": arm(5.0), "slow": arm(1.0)},
    }
    evidence = replace(sound(WILD, head_inputs=21632), modes=(), tests=tests)
    assert primary(evidence) == "huge_head"
    tests["head"]["slow"] = arm(3.0)  # it calms the last layer, but a tenth everywhere more so
    assert primary(evidence) == "rate_too_high"
    assert "huge_head" in named(judge(evidence))
    tests["head"]["slow"] = arm(4.9)
    assert "huge_head" not in named(judge(evidence))
    assert primary(evidence) == "rate_too_high"


def test_raw_pixels_without_batch_normalization_are_told_by_twins():
    twins = {"steps": 50, "raw": arm(6.0), "unit": arm(0.8)}
    evidence = replace(
        sound(WILD, layers=PLAIN, pixels=RAW, validation_pixels=RAW, start_loss=60.0),
        modes=(),
        tests={"twins": twins},
    )
    assert primary(evidence) == "raw_pixels"


# One symptom, one cause.


def test_a_loss_that_is_no_number_because_of_the_pixels_is_not_exploding():
    broken = History(
        (BatchPoint(0.1, float("nan"), 0.1),), (EpochPoint(1, float("nan"), 0.1, 2, 0.1, 1e-3, 1),)
    )
    lost = (replace(LOOK, gradient_norm=float("nan")),)
    assert primary(replace(sound(broken), watches=lost)) == "exploding"
    verdict = judge(replace(sound(broken, pixels=replace(UNIT, bad=0.01)), watches=lost))
    assert named(verdict) == {"bad_pixels"}


def test_a_loss_that_is_not_told_is_none_that_is_no_number():
    nan = float("nan")
    untold = History((), (EpochPoint(1, nan, 0.9, nan, 0.95, 1e-3, 1),))
    assert judge(sound(untold)).state == "healthy"
    assert primary(sound(replace(untold, batches=(BatchPoint(0.1, nan, 0.5),)))) == "exploding"


def test_at_most_three_causes_are_named():
    evidence = sound(
        STUCK,
        loss="mean_squared_error",
        shared=0.5,
        batch_entropy=0.2,
        pixels=replace(UNIT, high=0.004, deviation=0.001),
        validation_pixels=replace(UNIT, high=0.004, deviation=0.001),
    )
    assert len(named(judge(evidence))) == 3


# Hard negatives.


@pytest.mark.parametrize(
    "evidence",
    [
        sound(pixels=RAW, validation_pixels=RAW),
        sound(curve([0.5, 0.9, 0.97], [0.7, 0.95, 0.99])),
        sound(
            curve([0.6, 0.9, 0.95], [0.7, 0.94, 0.94], val_losses=[0.9, 0.2, 0.3]),
        ),
        sound(
            pixels=Pixels(0.0, 0.2, 0.02, 0.05, border=0.0, correlation=0.9, constant=0.0),
            validation_pixels=Pixels(0.0, 0.2, 0.02, 0.05, border=0.0),
        ),
        sound(
            curve([0.4, 0.7, 0.85], [0.8, 0.92, 0.95]),
            layers=(*LAYERS[:-1], convolution("drop", kind="Dropout", settings={"rate": 0.5})),
        ),
        sound(curve([0.7, 0.93], [0.85, 0.95]), epochs=2),
        sound(layers=(convolution(activation="linear"), normalization(0.99), head())),
        replace(sound(head_inputs=21632), modes=(modes(0.98, 0.97), modes(0.99, 0.96))),
        sound(curve([0.5, 0.9, 0.99, 1.0], [0.6, 0.85, 0.84, 0.86]), validation_images=60),
    ],
    ids=[
        "raw pixels with batch normalization",
        "validation at 0.99",
        "one epoch of rising validation loss",
        "dark images",
        "dropout with training below validation",
        "a short but finished run",
        "linear convolutions, softmax inside the last Dense",
        "a flat head that learned",
        "0.86 of 60 images may be 0.9",
    ],
)
def test_a_hard_negative_is_healthy(evidence: Evidence):
    verdict = judge(evidence)
    assert verdict.state == "healthy", named(verdict)


def test_a_run_that_learns_well_is_healthy_while_it_trains():
    verdict = judge(replace(sound(), ended=False))
    assert verdict.state == "healthy"
    assert "still trains" in verdict.advice


def test_a_leak_counts_though_validation_looks_well():
    assert primary(sound(LEARNED, shared=0.3)) == "leak"


def test_a_foreign_run_with_curves_alone_accuses_nobody():
    evidence = Evidence(GAP, Facts(), (), (), {}, True)
    assert judge(evidence).state == "not sure yet"
    assert FACTS.classes == 10
    assert pictures()["dark"] == 0


def test_batches_in_order_are_named_even_where_the_run_got_by():
    got_by = sound(curve([0.5, 0.7, 0.95], [0.5, 0.8, 0.93]), batch_entropy=0.6)
    assert primary(got_by) == "unshuffled_batches"
    assert judge(sound(curve([0.5, 0.7, 0.95], [0.5, 0.8, 0.93]), batch_entropy=0.97)).state == (
        "healthy"
    )


_SHUFFLED = {"baseline": baseline(0.11)}
_LARGE_STEPS = replace(LOOK, updates={"conv": -0.2, "conv2": -0.3, "top": -0.1})
_TINY_STEPS = replace(LOOK, updates={"conv": -6.2, "conv2": -6.3, "top": -6.1})
_SILENT = replace(LOOK, silent={"a": 1.0, "b": 0.9})
_TICKS = replace(LOOK, gradients={"conv": 1e-9, "conv2": 1e-6, "top": 0.1})
_DROPS = convolution("drop", kind="Dropout", parameters=0, settings={"rate": 0.75})

TOGETHER = {
    "labels_shuffled rate_too_high": replace(
        sound(curve([0.1] * 4, [0.1] * 4, [9.0, 6.0, 5.0, 4.0], peak=40.0)),
        watches=(_LARGE_STEPS, _LARGE_STEPS),
        tests=_SHUFFLED,
    ),
    "labels_shuffled dead_units": replace(
        sound(STUCK, start_silent=0.9), watches=(_SILENT,), tests=_SHUFFLED
    ),
    "labels_shuffled vanishing": replace(
        sound(STUCK, layers=PLAIN), watches=(_TICKS,), tests=_SHUFFLED
    ),
    "wrong_loss rate_too_low": replace(
        sound(STUCK, loss="binary_crossentropy", learning_rate=1e-6),
        watches=(_TINY_STEPS, _TINY_STEPS),
    ),
    "sorted_split imbalance": sound(
        STUCK,
        labels=(480,) + (46,) * 7 + (0, 0),
        validation_labels=(0,) * 6 + (0, 0, 100, 100),
    ),
    "too_few over_regularized": sound(
        curve([0.2] * 4, [0.15] * 4, [2.2] * 4), images=40, layers=(*LAYERS, _DROPS)
    ),
}


def test_steps_of_next_to_nothing_are_told_beside_a_wrong_loss():
    tiny = replace(LOOK, updates=dict.fromkeys(LOOK.updates, -6.0), argmax_accuracy=0.1)
    asked = sound(STUCK, loss="binary_crossentropy", optimizer="sgd", learning_rate=2e-4)
    both = replace(asked, watches=(tiny, tiny), modes=())
    assert named(judge(both)) == {"wrong_loss", "rate_too_low"}
    small = replace(tiny, updates=dict.fromkeys(LOOK.updates, -4.5))
    flat = replace(small, gradient_norm=1e-3)  # so that the rate is not to blame
    assert named(judge(replace(both, watches=(flat, flat)))) == {"wrong_loss"}


@pytest.mark.parametrize("names", TOGETHER)
def test_two_causes_at_once_are_both_named(names: str):
    evidence = replace(TOGETHER[names], modes=())
    assert set(names.split()) <= named(judge(evidence))


_FAIR = curve([0.9, 0.99, 1.0, 1.0], [0.85, 0.88, 0.89, 0.89])
WORTH_KNOWING = {
    "overfitting": replace(sound(_FAIR), modes=(modes(1.0, 1.0),)),
    "lagging_averages": replace(sound(layers=LAGGING), modes=(modes(0.98, 0.86),)),
    "huge_head": sound(
        curve([0.7, 0.9, 0.98], [0.8, 0.93, 0.95], peak=9.0), head_inputs=21_632, epochs=3
    ),
    "stopped_early": sound(curve([0.6, 0.9, 0.95], [0.7, 0.9, 0.95], [1.0, 0.4, 0.2]), epochs=11),
}


@pytest.mark.parametrize("cause", WORTH_KNOWING)
def test_what_did_a_run_no_harm_that_shows_is_told_without_an_alarm(cause: str):
    verdict = judge(WORTH_KNOWING[cause])
    assert verdict.state == "healthy" and verdict.primary is None
    assert [opinion.cause for opinion in verdict.others] == [cause]
    assert cause not in verdict.open
    assert verdict.others_are == "Worth knowing"
    assert named(judge(sound())) == set()


def test_other_shares_of_the_digits_are_no_alarm_where_validation_is_read_well():
    balanced = {"labels": (80,) * 10, "validation_labels": (110,) + (10,) * 9}
    verdict = judge(sound(**balanced))
    assert verdict.state == "healthy"
    assert [opinion.cause for opinion in verdict.others] == ["sorted_split"]
    stuck = judge(sound(STUCK, **balanced))
    assert stuck.primary is None or stuck.primary.cause != "sorted_split"  # training has all digits
    lacking = {"labels": (87,) * 9 + (17,), "validation_labels": (10,) * 9 + (110,)}
    assert primary(sound(STUCK, **lacking)) == "sorted_split"


def test_tests_are_advised_only_where_they_can_be_run():
    unsure = replace(sound(curve([0.5, 0.5], [0.5, 0.5], [1.0, 1.0]), epochs=2), modes=())
    assert "Run the tests" in judge(unsure).advice
    assert "Run the tests" not in judge(replace(unsure, testable=False)).advice


def test_how_a_cause_is_known_says_whether_an_experiment_was_made():
    lagging = judge(replace(sound(GAP, layers=LAGGING), modes=(modes(0.96, 0.1),))).primary
    assert how_known(lagging) == "measured while it trained"
    shuffled = judge(replace(sound(STUCK), tests={"baseline": baseline(0.12)})).primary
    assert how_known(shuffled) == "an experiment showed it"
    slow = replace(LOOK, updates={"conv": -6.0, "conv2": -6.0, "top": -6.0})
    low = sound(STUCK, learning_rate=1e-6)
    creeping = judge(replace(low, watches=(slow,), modes=())).primary
    assert how_known(creeping) == "from the record of the run only"


def test_who_knows_the_training_images_is_not_told_to_train_on():
    bouncing = curve([0.9, 0.95, 0.97], [0.84, 0.8, 0.82], [0.3, 0.2, 0.19], [0.5, 0.5, 0.5])
    verdict = judge(replace(sound(bouncing, epochs=3), modes=(), tests={"pixels": pictures()}))
    assert verdict.state == "not sure yet"
    assert "Look at what validation gets wrong" in verdict.advice


def test_a_mere_symptom_explains_nothing_but_may_not_come_first():
    scales = found("scaled_differently", "certain", 0.95)
    labels = found("labels_shuffled", "suspected", 0.9)  # of validation, through other scales
    small = found("too_small", "suspected", 0.65)
    assert _unexplained([small, labels, scales]) == [scales, small]
    assert _unexplained([small, labels]) == [labels]
    stopped = found("stopped_early", "suspected", 0.97)
    assert _unexplained([stopped, small, labels, scales])[0] == scales


def test_gradients_fade_whatever_is_asked_at_the_end():
    end, fading = (
        found("wrong_activation", "certain", 0.96),
        found("vanishing", "tested", 0.85),
    )
    assert _unexplained([fading, end]) == [end, fading]
    assert _unexplained([replace(fading, known="suspected"), end]) == [end]
