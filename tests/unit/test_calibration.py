import numpy as np
import pytest

from resnet_app.calibration import Calibration, calibration_error, softmax


def _overconfident(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Logits three times as large as those that the labels were drawn with."""
    rng = np.random.default_rng(seed)
    honest = rng.normal(0, 2, (count, 10))
    labels = np.array([rng.choice(10, p=p / p.sum()) for p in softmax(honest).astype(float)])
    return 3 * honest, labels


def test_the_temperature_undoes_what_was_too_confident():
    calibration = Calibration.fit(_overconfident(4000, 1), _overconfident(4000, 2))
    assert calibration.temperature == pytest.approx(3.0, rel=0.1)
    assert calibration.error_before > 0.15
    assert calibration.error_after < 0.03


def test_calibration_changes_no_answer():
    logits, _ = _overconfident(200, 3)
    probabilities = Calibration(temperature=2.5).apply(logits)
    assert np.array_equal(probabilities.argmax(1), logits.argmax(1))
    np.testing.assert_allclose(probabilities.sum(1), 1, rtol=1e-5)


def test_the_calibration_error_is_the_gap_between_confidence_and_accuracy():
    probabilities = np.full((10, 10), 0.2 / 9, np.float32)
    probabilities[:, 0] = 0.8
    labels = np.array([0] * 5 + [1] * 5)  # half of them right, at 80 %
    assert calibration_error(probabilities, labels) == pytest.approx(0.3, abs=1e-6)


def test_at_most_one_held_back_digit_in_a_hundred_is_refused():
    part = _overconfident(2000, 5)
    calibration = Calibration.fit(part, part)
    assert 0.5 <= calibration.sure <= 0.8
    sharp = 20 * np.eye(10)[np.arange(1000) % 10]
    sharp[:5] /= 20  # five unclear ones
    calibration = Calibration.fit((sharp, np.arange(1000) % 10), part)
    assert (calibration.apply(sharp).max(1) < calibration.sure).mean() <= 0.01


def test_a_few_confident_mistakes_do_not_blur_all_other_answers():
    labels = np.arange(1000) % 10
    sharp = 8.0 * np.eye(10)[labels]
    sharp[:3] = 10.0 * np.eye(10)[(labels[:3] + 1) % 10]
    calibration = Calibration.fit((sharp, labels), (sharp, labels))
    assert calibration.temperature == 1.0
    assert calibration.error_before == calibration.error_after


def test_what_is_no_digit_decides_from_where_on_an_answer_is_sure():
    part = _overconfident(1000, 5)
    vague = np.zeros((100, 10))
    assert Calibration.fit(part, part, vague).sure == 0.5
    vague[:5, 0] = np.log(9 * 0.7 / 0.3)  # five of them are a 0 with 70 %, once the rest share
    temperature = Calibration.fit(part, part).temperature
    assert Calibration.fit(part, part, vague * temperature).sure == pytest.approx(0.7, abs=0.01)
    vague[:5, 0] = 50
    assert Calibration.fit(part, part, vague).sure == 0.8
