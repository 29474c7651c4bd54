import math

import numpy as np

from resnet_app import figures
from resnet_app.data.dataset import Dataset
from resnet_app.imaging import Normalizer, count_levels
from resnet_app.runs.course import BatchPoint, EpochPoint, History
from resnet_app.runs.run import count_confusion


def test_a_learning_curve_shows_every_point():
    history = History(
        (BatchPoint(0.5, 2.0, 0.3), BatchPoint(1.0, 1.0, 0.6)),
        (EpochPoint(1, 1.5, 0.45, 1.8, 0.4, 1e-3, 2.0),),
    )
    figure = figures.learning_curve(history, "loss", 10)
    assert [list(trace.y) for trace in figure.data] == [[2.0, 1.0], [1.5], [1.8]]
    assert list(figure.data[0].x) == [0.5, 1.0]
    assert figures.learning_curve(history, "accuracy", 10).data[2].y == (0.4,)


def test_a_long_curve_shows_means_that_stay_as_it_grows():
    rng = np.random.default_rng(0)
    places = np.cumsum(rng.uniform(0.001, 0.003, 5000))
    losses = rng.uniform(0, 2, 5000)
    points = [BatchPoint(place, loss, 0.5) for place, loss in zip(places, losses, strict=True)]

    def curve(count: int) -> tuple[list[float], list[float]]:
        x, y = figures.learning_points(History(tuple(points[:count])), "loss")[0]
        return list(x), list(y)

    assert curve(400) == (list(places[:400]), list(losses[:400]))
    x, y = curve(5000)
    assert len(x) == 312  # sixteen became one, eight are too many still
    assert np.allclose(x, places[15:4992:16])
    spans = np.diff(places, prepend=0)[:4992].reshape(-1, 16)
    assert np.allclose(y, np.average(losses[:4992].reshape(-1, 16), axis=1, weights=spans))
    earlier = curve(4900)
    assert (x[: len(earlier[0])], y[: len(earlier[1])]) == earlier
    assert math.isnan(
        figures.learning_points(History((BatchPoint(1, math.nan, 0.5),)), "loss")[0][1][0]
    )


def test_histograms_hold_all_pixels_on_both_sides(bars: Dataset):
    normalizer = Normalizer.fit("unit", bars.images)
    figure = figures.pixel_histograms(count_levels(bars.images), normalizer)
    raw, fed = figure.data
    assert np.isclose(sum(raw.y), 1)
    assert np.array_equal(raw.y, fed.y)
    assert np.allclose(np.array(raw.x) / 255, fed.x)


def test_bars_name_the_answer_and_count_classes(bars: Dataset):
    probabilities = np.full(10, 0.01, np.float32)
    probabilities[7] = 0.91
    bar = figures.probability_bars(probabilities).data[0]
    assert [c == figures.VALIDATION for c in bar.marker.color].index(True) == 7
    assert bar.text[7] == "91%"
    assert list(figures.class_counts(bars.class_counts()).data[0].y) == [20] * 10


def test_the_sheet_shows_the_examples(bars: Dataset):
    sheet = figures.example_sheet(bars, 3)
    assert sheet.shape == (509, 152)
    assert np.array_equal(sheet[51:101, 51:101], bars.images[bars.labels == 1][1])


def test_the_confusion_matrix_shows_counts():
    heat = figures.confusion_matrix(count_confusion(np.array([3, 3]), np.array([3, 8]))).data[0]
    assert heat.text[3][8] == "1"
    assert heat.text[0][0] == ""


def test_bars_show_what_two_models_read_of_each_digit():
    asked = np.array([4, 4, 4, 7])
    first, second = count_confusion(asked, np.array([4, 9, 4, 7])), count_confusion(asked, asked)
    (alone,) = figures.digit_bars(first).data
    assert (alone.y[4], alone.text[4], alone.text[7], alone.text[0]) == (2 / 3, "2/3", "1/1", "")
    raced = figures.digit_bars(first, second)
    assert [bars.name for bars in raced.data] == ["First model", "Second model"]
    assert raced.data[1].y[4] == 1 and raced.layout.showlegend


def test_a_contact_sheet_goes_row_by_row(bars: Dataset):
    sheet = figures.contact_sheet(bars.images[:5], 3)
    assert sheet.shape == (100, 150)
    assert np.array_equal(sheet[50:, 50:100], bars.images[4])
    assert not sheet[50:, 100:].any()
