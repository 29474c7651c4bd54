import json

import numpy as np
import pytest

from resnet_app.config import home
from resnet_app.data import store
from resnet_app.data.audit.finding import Finding, Remedy
from resnet_app.data.builtin import drawn_digits, scanned_digits
from resnet_app.data.dataset import Dataset
from resnet_app.data.edit import Edit
from resnet_app.errors import ConfigError, DataError, LimitError
from tests.conftest import bar_images


def test_saved_once_and_loaded_as_it_was(bars: Dataset):
    digest = store.save(bars)
    assert store.save(Dataset("Other name", *bar_images(200), *bar_images(50))) == digest
    loaded = store.load(digest)
    assert loaded.digest == digest
    assert np.array_equal(loaded.images, bars.images)
    assert np.array_equal(loaded.test_labels, bars.test_labels)
    assert [(s.name, s.count, s.test_count) for s in store.listing()] == [("Bars", 200, 50)]


def test_a_renamed_set_is_the_same_set(bars: Dataset):
    digest = store.save(bars)
    store.rename(digest, "  Class\n 7b ")
    assert [stored.name for stored in store.listing()] == ["Class 7b"]
    assert store.load(digest).name == "Class 7b"
    assert store.load(digest).digest == digest
    for digest_, name in ((digest, " \n"), ("0" * 16, "x"), ("../x", "x")):
        with pytest.raises(DataError, match="Received: "):
            store.rename(digest_, name)


def test_a_deleted_set_is_gone_with_its_findings(bars: Dataset):
    digest = store.save(bars)
    store.save_findings(digest, ())
    assert store.findings(digest) == ()
    store.delete(digest)
    store.delete(digest)
    assert store.listing() == []
    assert not list((home() / "datasets").iterdir())
    with pytest.raises(DataError, match="no longer here"):
        store.load(digest)


def test_findings_are_kept_beside_their_set(bars: Dataset):
    digest = store.save(bars)
    assert store.findings(digest) is None
    remedy = Remedy("Leave them out", Edit(leave_out=(3,), relabel={4: 5}))
    finding = Finding("blank", "serious", "1 image is blank", "Why.", "1", "0", 1, (3,), remedy)
    store.save_findings(digest, (finding,))
    assert store.findings(digest) == (finding,)
    assert len(store.listing()) == 1
    (home() / "datasets" / f"{digest}.audit.json").write_text("[{")
    assert store.findings(digest) is None


def test_the_quota_refuses_in_words_and_keeps_what_is_there(
    bars: Dataset, monkeypatch: pytest.MonkeyPatch
):
    first = store.save(bars)
    monkeypatch.setenv("RESNET_APP_QUOTA_MB", str(store.used() / 1e6 + 0.001))
    images, labels = bar_images(300)
    images[:] = np.random.default_rng(0).integers(0, 256, images.shape)
    with pytest.raises(LimitError, match="Delete a data set"):
        store.save(Dataset("Noise", images, labels))
    assert [stored.digest for stored in store.listing()] == [first]
    assert len(list((home() / "datasets").iterdir())) == 2  # no half file stays
    store.save(bars)  # what is there already takes no more room
    monkeypatch.setenv("RESNET_APP_QUOTA_MB", "much")
    with pytest.raises(ConfigError, match="Received: much"):
        store.save(Dataset("Noise", images, labels))


def test_a_card_from_before_source_sides_is_still_read(bars: Dataset):
    digest = store.save(bars)
    card = home() / "datasets" / f"{digest}.json"
    values = json.loads(card.read_text())
    del values["source_side"]
    card.write_text(json.dumps(values))
    assert store.load(digest).source_side == 50


@pytest.mark.parametrize("digest", ["../../etc/passwd", "0" * 16, "", "G" * 16])
def test_unknown_digests_are_refused(digest: str):
    with pytest.raises(DataError, match="Received: "):
        store.load(digest)


def test_a_damaged_file_is_told_in_words(bars: Dataset):
    digest = store.save(bars)
    (home() / "datasets" / f"{digest}.npz").write_bytes(b"PK broken")
    with pytest.raises(DataError, match="damaged"):
        store.load(digest)


def test_a_file_damaged_in_its_middle_is_told_in_words(bars: Dataset):
    digest = store.save(bars)
    path = home() / "datasets" / f"{digest}.npz"
    content = bytearray(path.read_bytes())
    for place in range(100, 400, 7):
        content[place] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(DataError, match="damaged"):
        store.load(digest)


def test_arrays_that_do_not_fit_are_refused():
    images, labels = bar_images(60)
    with pytest.raises(DataError, match="one label"):
        Dataset("x", images, labels[:-1])
    with pytest.raises(DataError, match="0 to 9"):
        Dataset("x", images, labels + np.uint8(1))
    with pytest.raises(DataError, match="50×50"):
        Dataset("x", images[:, :40], labels)
    with pytest.raises(DataError, match="50 to"):
        Dataset("x", images[:20], labels[:20])
    with pytest.raises(DataError, match="same label"):
        Dataset("x", images, np.full_like(labels, 3))


def test_built_in_digits_have_all_classes():
    drawn = drawn_digits(200, seed=3)
    assert (len(drawn.labels), len(drawn.test_labels)) == (200, 50)
    assert drawn.class_counts().min() == 20
    scanned = scanned_digits()
    assert len(scanned.labels) == 1797
    assert scanned.class_counts().min() > 170
    assert scanned.images.max() == 255


def test_scanned_digits_are_scikit_learns_own():
    from sklearn.datasets import load_digits

    scanned, original = scanned_digits(), load_digits()
    assert np.array_equal(scanned.labels, original.target)
    middle = np.round(original.images.mean((1, 2)) * 255 / 16)
    assert np.abs(scanned.images.mean((1, 2)) - middle).max() < 12
