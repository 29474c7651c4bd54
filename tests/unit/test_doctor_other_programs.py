"""What the doctor says of programs that are built otherwise than this app's own."""

import math
from dataclasses import replace

import numpy as np
import pytest

from resnet_app.config import TrainingConfig
from resnet_app.data.edit import Edit
from resnet_app.doctor.case import Case
from resnet_app.doctor.evidence import Evidence, Layer, Pixels, Watch
from resnet_app.doctor.judge import judge
from resnet_app.doctor.pictures import draw
from resnet_app.doctor.reading import TESTS_FILE
from resnet_app.doctor.rules.averages import judge_lagging_averages
from resnet_app.doctor.rules.capacity import judge_over_regularized, judge_overfitting
from resnet_app.doctor.rules.images import judge_images_broken, judge_polarity
from resnet_app.doctor.rules.labels import (
    best_roll,
    judge_labels_encoded,
)
from resnet_app.doctor.rules.layers import judge_exploding, judge_frozen, judge_vanishing
from resnet_app.doctor.rules.objective import (
    judge_softmax_missing,
    judge_softmax_twice,
    judge_wrong_activation,
)
from resnet_app.doctor.rules.parts import judge_too_few
from resnet_app.doctor.rules.rate import judge_rate_too_low
from resnet_app.doctor.rules.scale import judge_raw_pixels
from resnet_app.doctor.treatment import treatment_for
from resnet_app.doctor.verdict import Opinion, Verdict
from resnet_app.doctor.wording import headline, how_known
from resnet_app.files import write_json
from resnet_app.runs.course import EpochPoint, History
from resnet_app.watch.data import measure_pixels, telling_input
from tests.made_runs import made_run
from tests.unit.doctor_cases import (
    LAGGING,
    LAYERS,
    LEARNED,
    LOOK,
    PLAIN,
    RAW,
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

HALF = curve([0.2, 0.4, 0.5, 0.55, 0.6], [0.2, 0.4, 0.5, 0.55, 0.6])


def without_metrics(history: History) -> History:
    """``history`` of a model that was compiled without metrics."""
    nan = math.nan
    return History(
        tuple(replace(point, accuracy=nan) for point in history.batches),
        tuple(replace(point, accuracy=nan, val_accuracy=nan) for point in history.epochs),
    )


def figures(opinion: Opinion) -> str:
    return " ".join(f"{shown.what}: {shown.measured}" for shown in opinion.exhibits)


def test_an_accuracy_that_nobody_reported_is_no_zero():
    verdict = judge(sound(without_metrics(LEARNED)))
    assert verdict.state == "healthy"
    told = {opinion.cause: figures(opinion) for opinion in verdict.ruled_out}
    assert "accuracy: 0.00" not in " ".join(told.values())
    assert "Training accuracy: 0.98" in told["rate_too_high"]  # counted by the watcher


def test_ink_of_validation_that_nothing_shows_is_not_light():
    dark = pictures(dark=1.0, validation_dark=None)
    evidence = replace(sound(STUCK), tests={"pixels": dark})
    assert judge_polarity(Case(evidence)).standing == "ruled out"


def looks(*counted: tuple[float, float]) -> tuple[Watch, ...]:
    return tuple(replace(LOOK, position=at, argmax_accuracy=right) for at, right in counted)


def sigmoids(history: History, watches: tuple[Watch, ...], **changes: object) -> Evidence:
    """Ten sigmoids and binary cross-entropy, which reports what it likes."""
    layers = (*LAYERS[:-1], head("sigmoid"))
    evidence = sound(
        history, loss="binary_crossentropy", layers=layers, row_sums=(0.9, 1.3), **changes
    )
    return replace(evidence, watches=watches)


def test_ten_sigmoids_are_not_accused_for_a_look_within_an_epoch_or_for_want_of_metrics():
    rising = curve([0.5, 0.8, 0.95], [0.7, 0.9, 0.99])
    early = sigmoids(rising, looks((0.6, 0.3), (1.0, 0.6), (2.0, 0.85), (3.0, 0.97)))
    assert judge(early).state == "healthy"
    silent = sigmoids(without_metrics(rising), looks((1.0, 0.6), (3.0, 0.97)))
    assert judge(silent).state == "healthy"
    flattered = sigmoids(curve([0.9, 0.9], [0.9, 0.9]), looks((1.0, 0.1), (2.0, 0.12)))
    assert judge(flattered).state == "sick"


def test_two_labels_at_once_are_several_labels():
    both = sound(classes=2, label_shape=(2,), label_range=(0.0, 1.0), labels=None)
    assert Case(both).ticks_several
    told = sound(classes=2, label_shape=(2,), label_range=(0.0, 1.0), labels=(400, 400))
    assert not Case(told).ticks_several  # one-hot, as was counted


def test_outputs_that_are_no_numbers_are_not_a_single_output():
    lost = sound(classes=2, row_sums=(math.nan, math.nan), outputs=(math.nan, math.nan))
    assert not Case(replace(lost, watches=())).one_output
    single = replace(lost.facts, layers=(*LAYERS[:-1], head("sigmoid", settings={"units": 1})))
    assert Case(replace(lost, facts=single, watches=())).one_output


POOLED = (
    convolution(activation="relu"),
    Layer("average", "GlobalAveragePooling2D"),
    Layer("softmax", "Softmax"),
)


def test_a_rectifier_before_pooling_is_hidden_and_before_softmax_it_is_not():
    fair = curve([0.5, 0.8, 0.92], [0.5, 0.8, 0.93])
    pooled = judge_wrong_activation(Case(sound(fair, layers=POOLED)))
    assert pooled.standing == "ruled out"
    cut = (POOLED[0], POOLED[2])
    assert judge_wrong_activation(Case(sound(fair, layers=cut))).standing == "found"


def test_a_loss_of_ones_own_is_not_taken_for_one_of_probabilities():
    plain = {"row_sums": (-3.0, 4.0), "outputs": (-6.0, 7.0)}
    look = replace(LOOK, row_sums=(-3.0, 4.0), outputs=(-6.0, 7.0))
    for told, standing in ((False, "found"), (None, "open")):
        evidence = sound(HALF, loss="my_crossentropy", from_logits=told, **plain)
        opinion = judge_softmax_missing(Case(replace(evidence, watches=(look, look))))
        assert opinion.standing == standing


def test_what_reaches_the_first_weights_counts_not_what_the_network_is_given():
    scaling = (Layer("scale", "Lambda"), *PLAIN)
    raw = {"layers": scaling, "pixels": RAW, "validation_pixels": RAW}
    assert judge_raw_pixels(Case(sound(HALF, **raw))).standing == "open"
    small = sound(HALF, **raw, entered=(0.0, 1.0, 0.13, 0.31))
    assert judge_raw_pixels(Case(small)).standing == "ruled out"
    large = sound(HALF, **raw, entered=(0.0, 255.0, 33.0, 78.0))
    assert judge_raw_pixels(Case(large)).standing == "found"
    usual = sound(HALF, layers=(Layer("flat", "Flatten"), *PLAIN), pixels=RAW)
    assert judge_raw_pixels(Case(usual)).standing == "found"


def test_networks_that_prepare_their_inputs_otherwise_are_not_told_to_divide_by_255():
    centred = Pixels(-124.0, 151.0, 0.0, 70.0, border=-110.0, correlation=0.9)
    trained = convolution(trainable=False, weight_peak=6.0)
    asked = sound(HALF, layers=(trained, head()), pixels=centred, validation_pixels=centred)
    assert judge_raw_pixels(Case(asked)).standing == "open"
    each = (convolution(), Layer("norm", "LayerNormalization", parameters=64), head())
    assert judge_raw_pixels(Case(sound(HALF, layers=each, pixels=RAW))).standing == "ruled out"


@pytest.mark.parametrize(("peak", "known"), [(1.73, "certain"), (2.27, "certain"), (6.0, None)])
def test_frozen_layers_that_were_trained_before_raise_no_alarm(peak: float, known: str | None):
    frozen = convolution(trainable=False, weight_peak=peak)
    fair = curve([0.5, 0.8, 0.84], [0.5, 0.8, 0.82])
    large = convolution("large", trainable=False)  # of which nobody knows
    for history in (fair, HALF, curve([0.2, 0.3], [0.2, 0.3])):
        opinion = judge_frozen(Case(sound(history, layers=(frozen, large, head()))))
        assert opinion.known == (known or "suspected")
        assert (opinion.weight >= 0.5) is (known is not None)
    unknown = judge_frozen(Case(sound(fair, layers=(large, head()))))
    assert unknown.known == "certain"


def test_few_images_are_only_suspected_where_more_would_not_help():
    few = {"images": 60, "labels": (6,) * 10}
    for climb, known in ((0.0, "suspected"), (0.1, "tested")):
        evidence = replace(sound(HALF, **few), tests={"baseline": baseline(climb=climb)})
        assert judge_too_few(Case(evidence)).known == known
        showed = how_known(judge_too_few(Case(evidence))) == "an experiment showed it"
        assert showed is (known == "tested")
    for images, words in ((69, "69, 6.9 a digit"), (60_000, "60,000, 6,000 a digit")):
        evidence = sound(HALF, images=images, labels=(images // 10,) * 10)
        assert judge_too_few(Case(evidence)).exhibits[0].measured == words


def test_a_validation_loss_near_its_lowest_is_not_said_to_rise():
    heart = curve(
        [0.5, 0.9, 0.99, 1.0, 1.0],
        [0.5, 0.6, 0.65, 0.66, 0.67],
        val_losses=[1.0, 0.8, 0.6, 0.5, 0.4],
    )
    opinion = judge_overfitting(Case(replace(sound(heart), modes=(modes(1.0, 1.0),))))
    assert "near its lowest" in figures(opinion)


def test_the_picture_is_of_the_test_that_is_spoken_of():
    arms = {"same": {"loss": 2.0}, "tenth": {"loss": 1.0}}
    tests = {
        "rates": {"steps": 9, **arms},
        "head": {"steps": 9, "same": {"loss": 2.0}, "slow": {"loss": 1.0}},
        "twins": {"skipped": "no time"},
        "free": {"steps": 9, "same": {"loss": 2.0}, "free": {"loss": 1.0}},
    }
    evidence = replace(sound(), tests=tests)
    named = {name: draw(name, evidence) for name in ("rates", "head", "free", "twins")}
    assert named["twins"] is None
    shown = {name: list(figure.data[0].y) for name, figure in named.items() if figure is not None}
    assert shown == {
        "rates": ["As it is", "A tenth of the rate"],
        "head": ["As it is", "Last layer at a tenth of the rate"],
        "free": ["As it is", "Without dropout and penalty"],
    }


def test_what_others_explain_is_set_aside_and_not_called_unknown():
    broken = replace(RAW, bad=0.1)
    verdict = judge(sound(STUCK, pixels=broken, layers=PLAIN))
    assert verdict.primary is not None and verdict.primary.cause == "bad_pixels"
    assert verdict.set_aside and not set(verdict.set_aside) & set(verdict.open)
    assert Verdict.from_json(verdict.to_json()) == verdict
    old = verdict.to_json()
    del old["set_aside"]  # as it was written before
    assert Verdict.from_json(old).set_aside == ()


def test_a_run_without_validation_is_not_told_to_look_at_it():
    numbers = sound(
        History((), tuple(EpochPoint(n, 0.01, *3 * (math.nan,), 1e-3, 1.0) for n in (1, 2))),
        classes=None, loss="mean_squared_error", labels=None, validation_labels=None,
        validation_images=None, label_spread=(1.0, 0.8), label_range=(-2.0, 2.0),
        row_sums=None, outputs=None, layers=(*LAYERS[:-1], head("linear")),
    )  # fmt: skip
    verdict = judge(replace(numbers, modes=(), watches=()))
    assert verdict.state == "not sure yet"
    assert "validation" not in verdict.advice


def test_rows_that_spell_letters_and_moments_of_a_series_are_no_pictures():
    rng = np.random.default_rng(0)
    letters = np.eye(4)[rng.integers(0, 4, (50, 6))]  # as DNA is written
    padded = np.concatenate([letters, np.zeros((50, 2, 4))], axis=1)
    windows, planes = rng.normal(size=(50, 30, 8)), rng.integers(0, 2, (50, 8, 8, 12))
    for inputs in (letters, padded, windows, planes):
        found = measure_pixels(inputs)
        assert found is not None and "correlation" not in found
    noise = measure_pixels(np.random.default_rng(0).integers(0, 2, (50, 28, 28)))
    assert noise is not None and noise["correlation"] < 0.1


def test_a_move_of_the_last_labels_leaves_the_others_where_they_are():
    tail = {"from": 700, "roll": -1, "gain": 0.8, "images": 300}
    assert best_roll(baseline(0.7, tail=tail)) == (-1, 700)
    assert best_roll(baseline(0.2, rolls={"1": 0.9, "-1": 0.1})) == (1, 0)
    assert best_roll({}) is None
    run = made_run()
    write_json(run.directory / TESTS_FILE, {"baseline": baseline(0.7, tail=tail)})
    assert not treatment_for("labels_shifted", run).applies  # nobody knows which place in the file
    rolls = {"1": 0.1, "-1": 0.9}
    write_json(run.directory / TESTS_FILE, {"baseline": baseline(0.2, rolls=rolls)})
    assert treatment_for("labels_shifted", run).edit == Edit(roll=-1)


def test_patience_is_raised_only_where_it_stopped_the_run():
    settings = TrainingConfig(patience=2, epochs=2)
    to_the_end, cut_short = made_run(settings), made_run(settings.changed(epochs=9))
    assert treatment_for("stopped_early", to_the_end).changes == {"epochs": 6}
    assert treatment_for("stopped_early", cut_short).changes == {"patience": 5}


def stripes(count: int, side: int = 24) -> np.ndarray:
    """(count, side, side) in 0…1: waves of three pixels or less in any direction, in some noise."""
    rng = np.random.default_rng(3)
    y, x = np.mgrid[:side, :side]
    lengths, turns = rng.uniform(2.2, 4, (count, 1, 1)), rng.uniform(0, math.pi, (count, 1, 1))
    waves = np.sin(2 * math.pi * (x * np.cos(turns) + y * np.sin(turns)) / lengths)
    return np.clip(0.5 + 0.25 * waves + rng.normal(0, 0.05, waves.shape), 0, 1)


def test_fine_stripes_are_no_noise():
    shuffled = stripes(60).reshape(60, -1)[:, np.random.default_rng(0).permutation(24 * 24)]
    axes = stripes(60).reshape(24, 24, 60).transpose(2, 0, 1)  # read as if they came last
    garbled = [(shuffled.reshape(-1, 24, 24), "found"), (axes, "found")]
    for images, standing in [(stripes(60), "open"), *garbled]:
        measured = measure_pixels(images)
        assert measured is not None and measured["correlation"] < 0.25
        seen = Pixels(**{**measured, "dark": None, "holes": None})
        evidence = sound(STUCK, pixels=seen, validation_pixels=seen)
        assert judge_images_broken(Case(evidence)).standing == standing


def test_a_ground_in_the_middle_is_on_neither_side():
    grey = replace(UNIT, border=0.499, mean=0.5)
    for other, standing in ((0.501, "open"), (0.9, "open"), (0.05, "open")):
        evidence = sound(STUCK, pixels=grey, validation_pixels=replace(grey, border=other))
        assert judge_polarity(Case(evidence)).standing == standing
    both, more = replace(UNIT, dark=0.5), replace(UNIT, dark=0.9)
    for count, standing in ((20, "open"), (None, "open"), (400, "found")):
        facts = {"validation_images": count, "validation_labels": None}
        icons = sound(LEARNED, pixels=both, validation_pixels=more, **facts)
        assert judge_polarity(Case(icons)).standing == standing
    dark, light = replace(UNIT, border=0.05), replace(UNIT, border=0.95)
    evidence = sound(STUCK, pixels=dark, validation_pixels=light)
    assert judge_polarity(Case(evidence)).standing == "found"


def test_who_gives_the_frequent_answer_alone_has_not_learned_well():
    level = curve([0.981, 0.981], [0.975, 0.975])
    rare = {"classes": 2, "labels": (2355, 45), "validation_labels": (585, 15)}
    asked = sound(level, **rare, validation_images=600)
    assert not Case(replace(asked, modes=())).learned_well
    better = sound(curve([0.99, 0.995], [0.985, 0.99]), **rare, validation_images=600)
    assert Case(replace(better, modes=())).learned_well


def test_a_loss_that_is_mostly_penalty_tells_nothing_of_the_steps():
    high = curve([0.5, 0.5], [0.5, 0.5], [16.0, 0.7], peak=17.0)
    loud = replace(sound(high), modes=())
    assert "rate_too_high" in {
        one.cause for one in (judge(loud).primary, *judge(loud).others) if one
    }
    heavy = replace(loud, watches=(replace(LOOK, penalty=0.9),))
    verdict = judge(heavy)
    assert "rate_too_high" not in {one.cause for one in (verdict.primary, *verdict.others) if one}


def still(exponent: float, norm: float = 1.0) -> tuple[Watch, ...]:
    steps = dict.fromkeys(LOOK.updates, exponent)
    return (replace(LOOK, updates=steps, gradient_norm=norm, argmax_accuracy=0.1),)


TOGETHER = {
    "softmax_missing rate_too_high": replace(
        sound(STUCK, learning_rate=1.0, row_sums=(-3.0, 4.0), outputs=(-6.0, 7.0)),
        watches=(replace(LOOK, row_sums=(-3.0, 4.0), outputs=(-6.0, 7.0)),),
    ),
    "scaled_twice rate_too_low": replace(
        sound(STUCK, optimizer="sgd", learning_rate=1e-5, pixels=Pixels(0.0, 0.004, 5e-4, 1e-3)),
        watches=still(-6.0),
    ),
    "sorted_split too_small": sound(
        curve([0.5, 0.51, 0.51], [0.0, 0.0, 0.0], [1.5, 1.49, 1.48]),
        layers=(convolution(parameters=20), head(parameters=22)),
        head_inputs=1,
        labels=(100,) * 8 + (0, 0),
        validation_labels=(0,) * 8 + (100, 100),
    ),
    "softmax_missing labels_shuffled": replace(
        sound(STUCK, row_sums=(-3.0, 4.0), outputs=(-6.0, 7.0)),
        watches=(replace(LOOK, row_sums=(-3.0, 4.0), outputs=(-6.0, 7.0)),),
        tests={"baseline": baseline(0.12)},
    ),
    "labels_shifted lagging_averages": replace(
        sound(curve([0.2, 0.4], [0.1, 0.1]), layers=LAGGING, steps=19),
        modes=(modes(0.55, 0.14),),
        tests={"baseline": baseline(0.1, rolls={"1": 0.9, "-1": 0.1})},
    ),
    "polarity over_regularized": replace(
        sound(
            curve([0.6, 0.62, 0.63], [0.0, 0.0, 0.0], [2.0, 1.7, 1.6]),
            pixels=replace(UNIT, dark=0.0),
            validation_pixels=replace(UNIT, dark=1.0),
            start_penalty=0.78,
        ),
        watches=(replace(LOOK, penalty=0.5),),
    ),
    "raw_pixels stopped_early": sound(
        curve([0.3, 0.3, 0.4], [0.27, 0.4, 0.4], [1.8, 1.2, 1.1], val_losses=[1.32, 1.08, 1.06]),
        layers=PLAIN,
        pixels=Pixels(0.1, 1547.0, 69.0, 215.0),
        validation_pixels=Pixels(0.1, 1680.0, 69.0, 216.0),
        steps=8,
        epochs=40,
        patience=1,
        waits_for="val_loss",
    ),
    "stopped_early too_few": sound(
        curve([0.13, 0.4], [0.3, 0.34], [2.29, 2.22]), images=90, steps=6, epochs=2
    ),
    "wrong_loss lagging_averages": replace(
        sound(
            curve([0.1, 0.1], [0.1, 0.1], [4.4, 4.3]),
            layers=(convolution(), normalization(0.9995), head()),
            steps=200,
            loss="mean_absolute_error",
        ),
        modes=(modes(0.1, 0.1),),
    ),
    "bad_pixels too_small": sound(
        curve([0.1] * 4, [0.1] * 4, [math.nan] * 4),
        pixels=replace(UNIT, bad=0.05),
        head_inputs=3,
    ),
    "leak bad_pixels": sound(shared=0.3, pixels=replace(UNIT, bad=1e-4)),
}


@pytest.mark.parametrize("names", TOGETHER)
def test_a_second_cause_that_shows_in_what_the_first_does_not_bring_about_is_named(names: str):
    evidence = TOGETHER[names]
    if "lagging" not in names:
        evidence = replace(evidence, modes=())
    verdict = judge(evidence)
    assert set(names.split()) <= {one.cause for one in (verdict.primary, *verdict.others) if one}


def test_where_no_gradient_is_left_no_rate_is_too_low():
    gone = replace(sound(STUCK), modes=(), watches=still(-30.0, 0.0))
    assert judge_rate_too_low(Case(gone)).standing == "open"
    slow = replace(sound(STUCK, learning_rate=1e-6), modes=(), watches=still(-5.0))
    assert judge_rate_too_low(Case(slow)).standing == "found"


def test_a_column_that_tells_the_answer_is_found_and_raises_no_alarm():
    rng = np.random.default_rng(0)
    table, labels = rng.normal(size=(300, 4)), rng.integers(0, 3, 300)
    assert telling_input(table, labels) is None
    coded = np.hstack([table, 5.0 - labels[:, None]])
    assert telling_input(coded, labels) == 4
    prices = rng.normal(size=(300, 1))
    assert telling_input(np.hstack([table, 3 * prices + 1]), prices) == 4
    assert telling_input(np.hstack([table, prices + rng.normal(0, 0.1, (300, 1))]), prices) is None
    assert telling_input(np.hstack([coded] * 60), labels) is None  # as wide as a picture
    assert telling_input(coded[:20], labels[:20]) is None
    assert telling_input(coded, np.eye(3)[labels]) is None
    assert telling_input(coded, labels[:250]) is None  # which Keras will refuse
    assert telling_input(coded, labels[:0]) is None
    both = judge(sound(telling_input=4, shared=0.3))
    assert both.primary is not None and both.primary.known == "certain"
    verdict = judge(sound(telling_input=4))
    assert verdict.state == "healthy"
    assert [one.cause for one in verdict.others] == ["leak"]
    assert "column 4" in figures(verdict.others[0])


def test_ticks_without_metrics_are_judged_by_what_their_loss_explains():
    ticks = {"classes": 6, "labels": None, "label_range": (0.0, 1.0), "label_shape": (6,),
             "label_spread": (0.184, 0.25), "loss": "binary_crossentropy"}  # fmt: skip
    layers = (*LAYERS[:-1], head("sigmoid"))
    for shape, classes in (((6,), 6), ((32, 1), None)):
        for loss, state in ((0.08, "healthy"), (0.4, "not sure yet")):
            falling = without_metrics(curve([0.5, 0.6], [0.5, 0.6], [0.5, loss], [0.5, loss]))
            facts = ticks | {"label_shape": shape, "classes": classes, "layers": layers}
            evidence = sound(falling, **facts, row_sums=(0.9, 2.9), outputs=(0.0, 1.0), epochs=2)
            assert judge(replace(evidence, watches=(), modes=())).state == state


def test_faint_patterns_that_neighbours_can_read_are_only_suspected_to_be_broken():
    for likeness, foretold, known in (
        (0.15, 0.6, "suspected"),
        (0.15, 0.12, "certain"),
        (0.02, 0.6, "certain"),
    ):
        faint = replace(UNIT, correlation=likeness, texture=0.2)
        evidence = sound(STUCK, pixels=faint, validation_pixels=faint)
        tests = {"baseline": baseline(foretold, digits=False)}
        assert judge_images_broken(Case(replace(evidence, tests=tests))).known == known


def test_wrong_labels_learned_by_heart_come_before_overfitting():
    lost = curve([0.4, 0.6, 0.8, 0.95, 0.99], [0.42, 0.5, 0.33, 0.31, 0.3],
                 val_losses=[1.6, 1.6, 2.0, 3.0, 4.4])  # fmt: skip
    kept = curve([0.4, 0.6, 0.8, 0.95, 0.99], [0.42, 0.48, 0.48, 0.47, 0.48],
                 val_losses=[1.6, 1.6, 2.0, 3.0, 4.4])  # fmt: skip
    asked = baseline(0.5, doubtful=0.3, digits=False, validation=0.45, validation_images=200)
    for history, first in ((lost, "labels_noisy"), (kept, "overfitting")):
        evidence = replace(sound(history), modes=(modes(1.0, 1.0),), tests={"baseline": asked})
        verdict = judge(replace(evidence, testable=False))
        assert verdict.primary is not None and verdict.primary.cause == first


def test_a_row_of_plain_recurrent_cells_that_fades_is_suspected():
    cells = tuple(
        Layer(f"cell{number}", "SimpleRNNCell", "sigmoid", parameters=820) for number in range(4)
    )
    fading = {f"cell{number}": 1e-3 * 5**number for number in range(4)} | {"top": 0.6}
    look = replace(LOOK, gradients=fading, updates=dict.fromkeys(fading, -2.1))
    stuck = replace(sound(STUCK, layers=(*cells, head())), watches=(look,), modes=())
    verdict = judge(stuck)
    assert verdict.primary is not None and verdict.primary.cause == "vanishing"
    gated = tuple(replace(cell, kind="GRUCell", activation="tanh") for cell in cells)
    facts = replace(stuck.facts, layers=(*gated, head()))
    assert judge(replace(stuck, facts=facts)).primary is None


def test_plain_recurrent_cells_over_long_sequences_are_suspected_unless_they_have_learned():
    def over(steps: float, history: History) -> Evidence:
        row = Layer("row", "SimpleRNN", "tanh", parameters=30_000, settings={"length": steps})
        return replace(sound(history, layers=(row, head())), modes=(), watches=())

    assert judge(over(80, STUCK)).primary.cause == "vanishing"  # type: ignore[union-attr]
    half = judge(over(80, HALF))
    assert half.state == "not sure yet" and "vanishing" in {one.cause for one in half.others}
    assert judge_vanishing(Case(over(80, LEARNED))).standing != "found"
    assert judge_vanishing(Case(over(8, STUCK))).standing != "found"
    broken = over(80, curve([0.1] * 3, [0.1] * 3, [math.nan] * 3))
    asked = replace(over(80, STUCK), facts=replace(broken.facts, loss="mean_squared_error"))
    for known in (judge(broken), judge(asked)):
        assert known.primary is not None and "vanishing" not in {one.cause for one in known.others}


def test_rare_large_numbers_are_no_explosion():
    nan = math.nan
    claims = {"classes": None, "loss": "mean_squared_error", "labels": None, "start_loss": 0.02,
              "label_range": (0.0, 3e5), "label_spread": (2e7, 300.0)}  # fmt: skip
    high = curve([nan, nan], [nan, nan], [5e6, 4e6], [5e6, 4e6], peak=5e6)
    assert judge_exploding(Case(sound(high, **claims))).standing == "ruled out"
    gone = curve([nan, nan], [nan, nan], [1e20, 4e12], [5e6, 6e6], peak=1e20)
    assert judge_exploding(Case(sound(gone, **claims))).standing == "found"


def test_the_sentence_on_a_healthy_run_says_whether_it_could_do_better():
    assert headline(judge(sound())) == "Healthy: it learned as it should."
    assert headline(judge(replace(sound(), ended=False)), True).startswith("Healthy so far")
    fair = curve([0.5, 0.7, 0.85, 0.9, 0.93], [0.5, 0.7, 0.8, 0.87, 0.88])
    short = sound(fair, validation_images=500, validation_labels=(50,) * 10)
    short = replace(short, modes=(modes(0.9, 0.9),), tests={"baseline": baseline(0.98)})
    assert headline(judge(short)) == "Healthy: it learned well, if not as well as it could."


def test_a_penalty_beside_a_squared_error_is_no_cause_of_its_own():
    heavy = TOGETHER["polarity over_regularized"]
    squared = replace(heavy.facts, loss="mean_squared_error", validation_pixels=heavy.facts.pixels)
    verdict = judge(replace(heavy, facts=squared, modes=()))
    assert verdict.primary is not None and verdict.primary.cause == "wrong_loss"
    assert "over_regularized" not in {one.cause for one in verdict.others}


def test_a_penalty_that_took_all_weights_with_it_is_accused_and_one_that_was_mended_is_not():
    gone = replace(sound(STUCK, start_penalty=0.995), modes=(), watches=(replace(LOOK, penalty=0),))
    assert judge(gone).primary.cause == "over_regularized"  # type: ignore[union-attr]
    half = replace(gone, history=HALF)
    assert judge_over_regularized(Case(half)).standing != "found"


def test_images_known_by_heart_far_below_what_neighbours_foretell_are_overfitted():
    gap = curve([0.6, 0.9, 0.96, 0.97, 0.97], [0.5, 0.7, 0.76, 0.77, 0.78])
    for foretold, state in ((0.97, "sick"), (0.8, "not sure yet")):
        run = sound(gap, images=300, validation_images=400)
        tests = {"baseline": baseline(foretold)}
        verdict = judge(replace(run, modes=(modes(0.97, 0.94),), tests=tests))
        assert verdict.state == state
        named = [one.cause for one in (verdict.primary, *verdict.others) if one is not None]
        assert named[0] == "overfitting"


def test_the_picture_of_copies_shows_what_is_said_of_them():
    for shared, near, words in ((0.0, 0.8, "noise"), (0.03, 0.12, "too"), (0.3, 0.8, "too")):
        evidence = sound(shared=shared, nearly_shared=near)
        told = judge(evidence)
        assert told.primary is not None and told.primary.cause == "leak"
        drawn = draw("duplicates", evidence)
        assert drawn is not None and str(drawn.layout.title.text).endswith(words)
        shown = max(float(value) for value in drawn.data[0].x)
        assert told.primary.exhibits[0].measured in (f"{shown:.0%}", f"{shown:.1%}")


def test_standardized_inputs_with_a_few_far_off_are_not_raw():
    odd = Pixels(-3.0, 37.4, 0.002, 0.944)
    cleared = judge_raw_pixels(Case(sound(STUCK, layers=PLAIN, pixels=odd)))
    assert cleared.standing == "ruled out"
    assert cleared.exhibits[0].measured == "0.002 and 0.944"
    wide = replace(odd, deviation=5.0)
    assert judge_raw_pixels(Case(sound(STUCK, layers=PLAIN, pixels=wide))).standing == "found"


def test_a_stop_while_validation_was_at_its_best_is_no_symptom_and_one_after_it_may_be():
    cut = TOGETHER["raw_pixels stopped_early"]
    worse = curve([0.3, 0.3, 0.4], [0.27, 0.4, 0.4], [1.8, 1.2, 1.1], val_losses=[1.0, 1.08, 1.06])
    other = replace(cut, facts=replace(cut.facts, waits_for="val_accuracy"))
    rising = curve([0.3, 0.3, 0.4], [0.27, 0.4, 0.5], [1.8, 1.2, 1.1], val_losses=[1.0, 1.08, 1.06])
    still = judge(replace(other, modes=(), history=rising))
    assert "stopped_early" in {one.cause for one in still.others}
    for symptom in (replace(cut, history=worse), other):
        verdict = judge(replace(symptom, modes=()))
        assert verdict.primary is not None and verdict.primary.cause == "raw_pixels"
        assert "stopped_early" not in {one.cause for one in verdict.others}


def test_nine_images_a_digit_are_not_cleared_and_with_thirty_they_are():
    few = sound(curve([0.5, 0.98], [0.5, 0.7]), images=90)
    told = judge_too_few(Case(few))
    assert told.standing == "found" and told.exhibits[0].expected == "15 and more"
    enough = replace(few, tests={"baseline": baseline(0.9, climb=0.0)})
    assert judge_too_few(Case(enough)).standing == "ruled out"
    assert judge_too_few(Case(sound(few.history, images=300))).standing == "ruled out"
    assert judge_too_few(Case(sound(images=90))).standing == "ruled out"  # it reads well


def test_averages_that_are_mostly_their_start_lag_where_both_loss_and_accuracy_tell():
    behind = curve([0.3, 0.8, 0.9, 0.93, 0.94], [0.4, 0.6, 0.7, 0.75, 0.8])
    few = sound(behind, layers=LAGGING, steps=4)  # 0.99 to the 20 of their start is left
    told = replace(few, modes=(modes(0.92, 0.8, loss=0.7),))
    assert judge(told).primary.cause == "lagging_averages"  # type: ignore[union-attr]
    slow = curve([0.2, 0.3, 0.35], [0.1, 0.1, 0.1])
    far = replace(sound(slow, layers=LAGGING, steps=4), modes=(modes(0.36, 0.1, loss=4.0),))
    assert judge_lagging_averages(Case(far)).known == "tested"
    guesses = replace(sound(STUCK, layers=LAGGING, steps=15), watches=())
    chance = replace(guesses, modes=(replace(modes(0.17, 0.08, loss=2.75), training_loss=2.4),))
    assert judge_lagging_averages(Case(chance)).standing != "found"
    many = replace(told, facts=replace(few.facts, steps=60))
    assert judge_lagging_averages(Case(many)).standing != "found"


def test_labels_that_name_several_classes_do_not_fit_a_loss_that_asks_for_one():
    codes = sound(
        STUCK,
        loss="categorical_crossentropy",
        label_shape=(10,),
        label_range=(0.0, 1.0),
        label_sums=(1.0, 10.0),
        labels=None,
        validation_labels=None,
    )
    assert judge(codes).primary.cause == "labels_encoded"  # type: ignore[union-attr]
    one = replace(codes, facts=replace(codes.facts, label_sums=(1.0, 1.0)))
    assert judge_labels_encoded(Case(one)).standing == "ruled out"
    for other in ("binary_crossentropy", "masked_categorical_crossentropy"):
        asked = replace(codes, facts=replace(codes.facts, loss=other))
        assert judge_labels_encoded(Case(asked)).standing == "ruled out"
    some = replace(codes.facts, label_sums=(0.0, 1.0), label_empty=0.3)
    assert judge_labels_encoded(Case(replace(codes, facts=some))).standing == "found"
    mask = replace(codes, facts=replace(some, label_empty=0.01))
    assert judge_labels_encoded(Case(mask)).standing == "ruled out"
    large = replace(codes.facts, label_range=(0.0, 255.0), label_sums=(255.0, 255.0))
    told = judge_labels_encoded(Case(replace(codes, facts=large)))
    assert told.exhibits[0].measured == "from 0 to 255"


def test_a_loss_of_ones_own_that_applies_softmax_again_is_known_by_what_it_gives():
    own = sound(STUCK, loss="log_loss", from_logits=None, softmaxes_again=True)
    assert judge(own).primary.cause == "softmax_twice"  # type: ignore[union-attr]
    undone = replace(own, facts=replace(own.facts, softmax_undone=True))
    assert judge(undone).state == "not sure yet"
    logits = replace(own, facts=replace(own.facts, row_sums=(-3.0, 4.0)))
    assert judge_softmax_twice(Case(replace(logits, watches=()))).standing == "ruled out"
