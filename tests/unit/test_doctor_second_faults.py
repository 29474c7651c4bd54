"""What the doctor names beside a first fault, and which of two it names first."""

import math
from dataclasses import replace
from typing import Any

from resnet_app.doctor.case import WORTH_KNOWING, Case
from resnet_app.doctor.evidence import Evidence, Layer, Pixels
from resnet_app.doctor.judge import judge
from resnet_app.doctor.rules.labels import (
    judge_labels_noisy,
    judge_labels_shifted,
    judge_labels_shuffled,
)
from resnet_app.doctor.rules.layers import judge_frozen
from resnet_app.doctor.rules.parts import judge_too_few
from resnet_app.doctor.rules.rate import judge_huge_head
from resnet_app.doctor.rules.scale import judge_raw_pixels
from tests.unit.doctor_cases import (
    LOOK,
    PLAIN,
    STUCK,
    UNIT,
    baseline,
    convolution,
    curve,
    head,
    modes,
    normalization,
    pictures,
    sound,
)


def test_a_loss_that_stays_far_above_an_even_guess_while_much_is_learned_points_to_the_rate():
    wild = curve([0.55, 0.6, 0.62, 0.6, 0.63, 0.62], [0.5] * 6, [6.0, 5.5, 5.0, 5.5, 4.8, 5.2])
    step = replace(LOOK, updates={"conv": -1.8, "conv2": -1.7, "top": -1.2})
    high = replace(sound(wild, optimizer="sgd", learning_rate=1.5), modes=(), watches=(step,))
    first = judge(high).primary
    assert first is not None and first.cause == "rate_too_high"
    weighed = replace(high, facts=replace(high.facts, weighed=True))
    assert judge(weighed).primary is None
    calms = curve(
        [0.55, 0.6, 0.62, 0.6, 0.63, 0.62], [0.5] * 6, [6.0, 5.5, 5.0, 2.0, 1.5, 1.2], peak=6.0
    )
    assert judge(replace(high, history=calms)).primary is None


def test_few_texts_known_by_heart_do_not_show_that_labels_are_others():
    words = (Layer("words", "Embedding", parameters=96_000), convolution(), head())
    by_heart = curve([0.3, 0.9, 1.0, 1.0], [0.1, 0.12, 0.13, 0.12])
    few = replace(sound(by_heart, layers=words, images=300, pixels=None), modes=())
    verdict = judge(few)
    assert verdict.primary is not None and verdict.primary.cause == "too_few"
    assert [opinion.cause for opinion in verdict.others] == ["labels_shuffled"]
    many = judge(replace(few, facts=replace(few.facts, images=3000)))
    assert many.primary is not None and many.primary.cause == "labels_shuffled"


def test_an_epoch_that_throws_back_what_was_learned_is_the_rates_whatever_the_images():
    thrown = curve([0.5, 0.55, 0.4, 0.5], [0.5] * 4, [1.6, 1.3, 19.9, 2.9], peak=20.0)
    blank = {"pixels": pictures(blank=0.4)}
    run = replace(sound(thrown, learning_rate=0.05), modes=(), tests=blank)
    verdict = judge(run)
    assert verdict.primary is not None and verdict.primary.cause == "images_broken"
    assert [opinion.cause for opinion in verdict.others] == ["rate_too_high"]
    numbers = replace(run, facts=replace(run.facts, row_sums=(-3.0, 4.0)))  # of no softmax
    assert named(numbers)[0] in ("softmax_missing", "images_broken")
    assert "rate_too_high" not in named(numbers)
    start = curve([0.5, 0.55, 0.6, 0.6], [0.5] * 4, [19.9, 1.6, 1.3, 1.2], peak=20.0)
    assert not judge(replace(run, history=start)).others  # large inputs may have made it


def test_tables_of_words_that_nothing_changes_are_frozen():
    words = Layer("words", "Embedding", trainable=False, parameters=3200)
    low = curve([0.2, 0.25, 0.27], [0.2, 0.25, 0.27])
    run = replace(sound(low, layers=(words, head()), pixels=None), modes=())
    opinion = judge_frozen(Case(run))
    assert (opinion.standing, opinion.weight) == ("found", 0.7)  # random features may do
    learns = replace(words, trainable=True)
    moving = replace(run, facts=replace(run.facts, layers=(learns, head())))
    assert judge_frozen(Case(moving)).standing == "ruled out"
    cells = replace(words, kind="LSTM")
    assert (
        judge_frozen(Case(replace(run, facts=replace(run.facts, layers=(cells, head()))))).standing
        == "found"
    )


def test_labels_that_are_foretold_better_in_validation_are_wrong_in_training():
    half = curve([0.4, 0.5, 0.55], [0.11, 0.11, 0.11])
    outcome = baseline(
        0.35, doubtful=0.4, digits=False, nearest=0.3, validation=0.5, validation_images=500
    )
    run = replace(sound(half), modes=(), tests={"baseline": outcome})
    noisy = judge_labels_noisy(Case(run))
    assert (noisy.standing, noisy.known, noisy.weight) == ("found", "tested", 0.75)
    unknown = replace(run, facts=replace(run.facts, shared=None))
    assert judge_labels_noisy(Case(unknown)).weight == WORTH_KNOWING
    near = replace(run, facts=replace(run.facts, nearly_shared=0.3))
    assert judge_labels_noisy(Case(near)).standing == "open"
    sharp = replace(run, tests={"baseline": outcome | {"nearest": 0.48}})  # one tells more than ten
    assert judge_labels_noisy(Case(sharp)).standing == "open"
    leaked = replace(run, facts=replace(run.facts, shared=0.3))
    assert judge_labels_noisy(Case(leaked)).standing == "open"
    alike = replace(run, tests={"baseline": outcome | {"validation": 0.33}})
    assert judge_labels_noisy(Case(alike)).standing == "open"


def named(run: Evidence) -> list[str]:
    """The causes of the verdict on ``run``, the first one first."""
    verdict = judge(run)
    return [opinion.cause for opinion in (verdict.primary, *verdict.others) if opinion]


def test_what_the_order_of_labels_cannot_do_is_named_beside_it():
    nan = math.nan
    broken = curve([0.3, 0.3, 0.3], [0.0, 0.0, 0.0], [nan] * 3, [nan] * 3, peak=nan)
    counts = {"labels": (250, 250, 250, 0), "validation_labels": (0, 0, 0, 250)}
    split = sound(broken, classes=4, label_range=(0.0, 3.0), **counts)
    assert named(replace(split, modes=())) == ["sorted_split", "exploding"]


def test_labels_of_ones_own_classes_that_nothing_foretells_are_named_beside_a_wrong_loss():
    chance = baseline(0.1, chance=0.1, images=1400, digits=False)
    by_heart = curve([0.2, 0.4, 0.6], [0.1, 0.1, 0.1])
    run = sound(by_heart, loss="own", from_logits=None, softmaxes_again=True)
    wrong = replace(run, tests={"baseline": chance}, modes=())
    stuck = replace(wrong, history=STUCK)  # neighbours may be no help with such inputs
    assert named(stuck) == ["softmax_twice"]
    assert set(named(wrong)) == {"softmax_twice", "labels_shuffled"}
    some = replace(wrong, tests={"baseline": chance | {"accuracy": 0.2}})
    assert "labels_shuffled" not in named(some)


def test_an_epoch_of_a_few_examples_is_a_suspect_where_nobody_counted_them():
    poor = curve([0.5, 0.8, 0.95], [0.4, 0.5, 0.6])
    few = replace(
        sound(poor, images=None, labels=None, steps=5, batch_size=16), modes=(modes(0.95, 0.9),)
    )
    opinion = judge_too_few(Case(few))
    assert (opinion.standing, opinion.weight, opinion.own) == ("found", WORTH_KNOWING, True)
    assert opinion.exhibits[0].measured == "80"
    for changes in ({"steps": 50}, {"steps": None}, {"batch_size": None}):
        enough = replace(few, facts=replace(few.facts, **changes))
        assert judge_too_few(Case(enough)).standing == "open"


def test_classes_that_are_uneven_explain_a_network_that_settles_for_the_most_frequent():
    settled = curve([0.7, 0.95, 1.0], [0.79, 0.79, 0.79])
    uneven: dict[str, Any] = {"labels": (550, 93, 57), "validation_labels": (316, 48, 36)}
    uneven |= {"classes": 3, "label_range": (0.0, 2.0)}
    layers = (Layer("words", "Embedding", parameters=96_000), head())
    run = replace(sound(settled, layers=layers, images=700, pixels=None, **uneven), modes=())
    assert named(run) == ["imbalance"]
    knows = replace(run, history=curve([0.7, 0.95, 1.0], [0.79, 0.9, 0.92]))
    assert "imbalance" not in named(knows)
    slow = replace(run, history=curve([0.7, 0.75, 0.79], [0.79, 0.79, 0.79]))
    assert "imbalance" not in named(slow)  # whatever keeps it there
    even = {"labels": (300, 220, 180), "validation_labels": (170, 130, 100)}
    near = replace(run.facts, **even)
    assert "imbalance" not in named(replace(run, facts=near))


def test_a_run_cut_short_while_both_losses_fell_is_named_beside_what_slowed_it():
    falls = curve([0.17, 0.18, 0.2], [0.17, 0.177, 0.176], [7.8, 7.6, 6.3], [1.83, 1.81, 1.8])
    dropout = Layer("drop", "Dropout", settings={"rate": 0.9})
    layers = (convolution(), dropout, head())
    stop = {"epochs": 50, "patience": 2, "waits_for": "val_accuracy"}
    cut = sound(falls, layers=layers, **stop)
    run = replace(cut, modes=())
    assert named(run)[:2] == ["over_regularized", "stopped_early"]
    rises = curve([0.17, 0.18, 0.2], [0.17, 0.177, 0.176], [7.8, 7.6, 6.3], [1.8, 1.81, 1.83])
    assert "stopped_early" not in named(replace(run, history=rises))[:2]
    late = replace(run, facts=replace(run.facts, epochs=5))
    assert "stopped_early" not in named(late)[:2]


def test_numbers_learned_by_heart_that_similar_rows_do_not_foretell_are_others():
    losses = curve([math.nan] * 4, [math.nan] * 4, [1.0, 0.6, 0.4, 0.3], [1.0, 1.1, 1.1, 1.2])
    asked = {"classes": None, "loss": "mean_squared_error", "label_shape": (), "one_row": True}
    facts = {"label_range": (-2.0, 2.0), "label_spread": (1.0, 0.8), "labels": None}
    told = {"images": 400, "explained": 0.01, "rolls": {"1": 0.02, "-1": -0.1}}
    run = replace(sound(losses, **asked, **facts), modes=(), tests={"numbers": told})
    shuffled = judge_labels_shuffled(Case(run))
    assert (shuffled.standing, shuffled.known) == ("found", "suspected")
    some = replace(run, tests={"numbers": told | {"explained": 0.5}})
    assert judge_labels_shuffled(Case(some)).standing == "ruled out"
    assert judge_labels_shifted(Case(some)).standing == "ruled out"
    moved = replace(run, tests={"numbers": told | {"rolls": {"1": 0.0, "-1": 0.6}}})
    assert judge_labels_shifted(Case(moved)).weight == 0.95
    ahead = replace(run, tests={"numbers": told | {"rolls": {"1": 0.6, "-1": 0.0}}})
    assert judge_labels_shifted(Case(ahead)).weight == WORTH_KNOWING  # of a forecast, too
    broken = replace(run, tests={"numbers": told | {"explained": math.nan}})
    assert judge_labels_shifted(Case(broken)).standing == "ruled out"
    series = replace(run, tests={"numbers": told | {"rolls": {}}})
    assert judge_labels_shifted(Case(series)).standing == "open"
    untold = replace(run, tests={})
    assert judge_labels_shuffled(Case(untold)).standing == "open"


def test_units_that_passed_a_gradient_at_first_have_died_since():
    first = replace(LOOK, position=0.03, updates={"conv": -0.3, "conv2": -0.2, "top": -0.4})
    later = replace(LOOK, silent={"a": 1.0, "b": 1.0}, gradients={"conv": 0.0, "top": 0.1})
    stuck = sound(STUCK, layers=PLAIN, learning_rate=0.1, start_silent=None)
    dead = replace(stuck, watches=(first, later), modes=())
    verdict = judge(dead)
    assert verdict.primary is not None and verdict.primary.cause == "rate_too_high"
    assert "a gradient passed, and 1.00" in verdict.primary.exhibits[0].measured
    gentle = replace(first, updates={"conv": -2.5, "conv2": -2.6, "top": -2.4})
    assert named(replace(dead, watches=(gentle, later)))[0] == "dead_units"
    born = replace(first, gradients={"conv": 0.0, "conv2": 0.0, "top": 0.1})
    assert named(replace(dead, watches=(born, later)))[0] == "dead_units"


def test_inputs_so_large_that_no_gradient_ever_reaches_the_first_layer_are_to_blame():
    cells = Layer("lstm", "LSTM", "tanh", parameters=4352)
    huge = Pixels(24_000.0, 40_000.0, 32_000.0, 4600.0)
    still = replace(LOOK, gradients={"lstm": 0.0, "top": 0.5}, silent={"dense": 0.75})
    facts = {"layers": (cells, head()), "pixels": huge, "validation_pixels": huge}
    run = replace(sound(STUCK, start_silent=0.0, **facts), watches=(still, still), modes=())
    raw = judge_raw_pixels(Case(run))
    assert (raw.standing, raw.weight) == ("found", 0.9)
    assert named(run)[0] == "raw_pixels"
    levels = replace(cells, activation="relu")
    dead = replace(run, facts=replace(run.facts, layers=(levels, head())))
    assert judge_raw_pixels(Case(dead)).weight == 0.75
    moved = replace(run, watches=(still, replace(still, gradients={"lstm": 0.1, "top": 0.5})))
    assert judge_raw_pixels(Case(moved)).weight == 0.75
    nothing = replace(run, watches=(replace(still, gradients={"lstm": 0.0, "top": 0.0}),))
    assert judge_raw_pixels(Case(nothing)).weight == 0.75


def test_a_few_validation_answers_that_nobody_counted_do_not_show_that_something_was_learned():
    by_heart = curve([0.2, 0.35, 0.52], [0.1, 0.11, 0.12])
    facts = {"labels": None, "validation_labels": None, "validation_images": None, "images": None}
    outcome = baseline(0.09, chance=0.117, images=512, digits=False)
    run = replace(
        sound(by_heart, layers=PLAIN, **facts),
        modes=(modes(0.44, 0.44),),
        tests={"baseline": outcome},
    )
    assert named(run) == ["labels_shuffled"]


def test_a_last_layer_that_alone_leaps_is_named_whatever_validation_asks_for():
    leaps = curve([0.2, 0.7, 0.94], [0.0, 0.0, 0.1], [50.0, 2.0, 0.2], peak=60.0)
    first = replace(LOOK, position=0.1, updates={"conv": -2.7, "top": -0.5})
    counts = {"labels": (200, 200, 200, 200, 0), "validation_labels": (0, 0, 0, 0, 200)}
    facts = {"classes": 5, "label_range": (0.0, 4.0), "head_inputs": 221_184, **counts}
    run = replace(sound(leaps, layers=PLAIN, **facts), watches=(first, LOOK), modes=())
    assert named(run) == ["sorted_split", "huge_head"]
    all_leap = replace(first, updates={"conv": -0.6, "top": -0.5})
    opinion = judge_huge_head(Case(replace(run, watches=(all_leap, LOOK))))
    assert opinion.weight == WORTH_KNOWING and not opinion.own


def test_rates_that_silence_units_or_hardly_move_any_are_named_beside_broken_or_frozen_ones():
    first = replace(LOOK, position=0.03, updates={"conv": -0.2, "conv2": 0.0, "top": -0.2})
    later = replace(LOOK, silent={"a": 1.0, "b": 1.0})
    blank = {"pixels": pictures(blank=0.4)}
    high = sound(STUCK, layers=PLAIN, learning_rate=0.1, start_silent=0.0)
    dead = replace(high, watches=(first, later), modes=(), tests=blank)
    assert named(dead) == ["images_broken", "rate_too_high"]
    usual = replace(dead, facts=replace(high.facts, learning_rate=1e-3))
    assert named(usual) == ["images_broken"]
    frozen = (*(convolution(str(n), trainable=False) for n in range(4)), head())
    creeps = replace(LOOK, updates={"top": -4.7}, gradients={"top": 0.1}, gradient_norm=0.1)
    still = replace(sound(STUCK, layers=frozen, learning_rate=1e-5), watches=(creeps,), modes=())
    assert named(still) == ["frozen", "rate_too_low"]
    moves = replace(creeps, updates={"top": -2.9})
    assert named(replace(still, watches=(moves,))) == ["frozen"]


def test_what_early_stopping_waits_for_may_be_the_training_loss():
    short = curve([0.2, 0.5], [0.17, 0.3], [2.2, 1.9], [2.57, 2.63])
    dark = {"validation_pixels": replace(UNIT, dark=0.5, mean=0.5)}
    stop = {"epochs": 30, "patience": 1, "waits_for": "loss"}
    run = replace(sound(short, pixels=replace(UNIT, dark=0.0), **dark, **stop), modes=())
    assert named(run)[:2] == ["polarity", "stopped_early"]
    risen = curve([0.2, 0.5], [0.17, 0.3], [1.9, 2.2], [2.57, 2.63])
    assert "stopped_early" not in named(replace(run, history=risen))


def test_labels_are_asked_whatever_a_leak_lets_validation_read():
    known = curve([0.7, 0.95, 1.0], [0.78, 0.96, 0.99])
    told = baseline(0.53, doubtful=0.29, digits=False, validation=0.96, validation_images=500)
    run = replace(sound(known, shared=0.99), tests={"baseline": told})
    assert named(run)[:2] == ["leak", "labels_noisy"]
    hard = replace(run, tests={"baseline": told | {"accuracy": 0.3}})
    assert "labels_noisy" not in named(hard)


def test_labels_that_nothing_foretells_are_named_beside_a_scale_that_differs():
    by_heart = curve([0.2, 0.6, 0.94], [0.1, 0.1, 0.1])
    raw = replace(UNIT, high=16.0, mean=4.9, deviation=6.0)
    outcome = {"baseline": baseline(0.09, chance=0.108, images=1300, digits=False)}
    run = replace(sound(by_heart, layers=PLAIN, validation_pixels=raw), modes=(), tests=outcome)
    assert named(run) == ["scaled_differently", "labels_shuffled"]


def test_averages_that_keep_their_start_are_named_beside_moved_labels():
    held = (convolution(), normalization(0.9999), head())
    by_heart = curve([0.3, 0.9, 1.0], [0.1, 0.1, 0.1])
    both = replace(modes(1.0, 0.4, loss=4.6), training_loss=0.05)
    outcome = {"baseline": baseline(0.1, digits=False) | {"rolls": {"1": 0.9, "-1": 0.1}}}
    run = replace(sound(by_heart, layers=held), modes=(both,), tests=outcome)
    assert named(run) == ["labels_shifted", "lagging_averages"]
