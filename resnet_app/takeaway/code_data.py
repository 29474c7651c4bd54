"""The part of the code that reads, splits and feeds the digits, with faults made on purpose."""

from collections.abc import Callable

from resnet_app.config import TrainingConfig
from resnet_app.faults.inject import mistakes_in
from resnet_app.faults.registry import Mistake
from resnet_app.takeaway.piece import GAP, Cell, inside, part

_CHOOSE = '''
def choose(count, share, rng):
    """Numbers of a share of so many images, drawn by lot; at least one."""
    return np.sort(rng.choice(count, max(1, round(share * count)), replace=False))
'''


def needs_dice(config: TrainingConfig) -> bool:
    """Whether a fault in the data draws random numbers of its own."""
    nan = any(mistakes_in(config, "nan_pixels"))
    return nan or any("crc32" in _spoil(mistake).code for mistake in mistakes_in(config, *_SPOILED))


def cells(config: TrainingConfig, has_test_set: bool) -> list[Cell]:
    """Reading and splitting, then one cell for each fault in the data."""
    found = [_reading(), _splitting(config, has_test_set)]
    spoiled = [_spoil(mistake) for mistake in mistakes_in(config, *_SPOILED)]
    if spoiled and any("choose(" in cell.code for cell in spoiled):
        spoiled[0] = Cell(spoiled[0].words, part(_CHOOSE, GAP, spoiled[0].code))
    if config.mistakes:
        spoiled.append(
            Cell(
                "A last batch of one image would end TensorFlow 2.21, so it is left out.",
                part(
                    """
                    if len(y_train) % BATCH_SIZE == 1:
                        x_train, y_train = x_train[:-1], y_train[:-1]
                    """
                ),
            )
        )
    return found + spoiled


def feeding(config: TrainingConfig, light_ink: bool) -> list[Cell]:
    """Normalization, augmentation and batches."""
    faults = {mistake.fault.name: mistake.severity for mistake in mistakes_in(config)}
    found = [_normalization(config, faults)]
    found += [cell for name, severity in faults.items() for cell in _label_form(name, severity)]
    if "nan_pixels" in faults:
        found.append(_with_nan(faults["nan_pixels"], "choose(" in _spoiled_code(config)))
    if config.augmentation == "light":
        found.append(_augmentation(0.0 if light_ink else 255.0))
    found.append(_batches(config, faults))
    return found


def _spoiled_code(config: TrainingConfig) -> str:
    return "".join(_spoil(mistake).code for mistake in mistakes_in(config, *_SPOILED))


def _reading() -> Cell:
    return Cell(
        "The digits: pictures of 50 by 50 pixels from 0 to 255, and which digit each shows.",
        part(
            """
            with np.load("digits.npz") as data:
                images, labels = data["images"], data["labels"]  # (N, 50, 50), (N,)
                x_test, y_test = data["test_images"], data["test_labels"]
            """
        ),
    )


_HOLD_BACK = '''
def hold_back(labels, share, rng):
    """Numbers kept and numbers held back; of every digit the same share is held back."""
    held = []
    for digit in np.unique(labels):
        members = rng.permutation(np.flatnonzero(labels == digit))
        held.append(members[: max(1, round(len(members) * share))])
    held = np.sort(np.concatenate(held))
    return np.setdiff1d(np.arange(len(labels)), held), held
'''


def _splitting(config: TrainingConfig, has_test_set: bool) -> Cell:
    words = (
        "Three parts: most images train, some validate after every epoch, and the test images are "
        "looked at once, at the end. "
    )
    tail = config.split == "tail"
    words += (
        "The last images validate, as they lie in the file."
        if tail
        else "Which images validate is drawn by lot, of every digit the same share."
    )
    test = "" if has_test_set else part(
        """
        kept, held = hold_back(labels, TEST_SHARE, rng)
        x_test, y_test = images[held], labels[held]
        images, labels = images[kept], labels[kept]
        """
    )  # fmt: skip
    split = (
        """
        cut = round(len(labels) * (1 - VALIDATION_SHARE))
        x_train, y_train = images[:cut], labels[:cut]
        x_val, y_val = images[cut:], labels[cut:]
        """
        if tail
        else """
        kept, held = hold_back(labels, VALIDATION_SHARE, rng)
        x_train, y_train = images[kept], labels[kept]
        x_val, y_val = images[held], labels[held]
        """
    )
    drawn = not tail or not has_test_set
    count = """
    print(f"{len(y_train):,} images train, {len(y_val):,} validate, {len(y_test):,} test")
    """
    setup = [_HOLD_BACK, GAP, "rng = np.random.default_rng(SEED)"] if drawn else []
    return Cell(words, part(*setup, test, split, count))


def _normalization(config: TrainingConfig, faults: dict[str, int]) -> Cell:
    words, code = {
        "raw": ("The pixels go in as they are, 0 to 255.", "SCALE, OFFSET = 1.0, 0.0"),
        "unit": ("The pixels are divided by 255, so they go from 0 to 1.", _UNIT),
        "standardized": (
            "From each pixel the training images' mean is taken, and the rest divided by their "
            "standard deviation. Test images use the same two numbers.",
            """
            mean = x_train.mean()
            variance = np.mean([np.square(image - mean).mean() for image in x_train])
            deviation = max(float(np.sqrt(variance)), 1.0)
            SCALE, OFFSET = 1 / deviation, -float(mean) / deviation
            """,
        ),
    }[config.normalization]
    more = []
    for name, severity in faults.items():
        if name in _FACTORS:
            factor = _FACTORS[name][severity - 1]
            words += " A fault made on purpose changes the scale once more."
            more.append(f"SCALE, OFFSET = SCALE * {factor}, OFFSET * {factor}")
    if severity := faults.get("scaled_differently", 0):
        words += " A fault made on purpose scales the validation images in another way."
        more.append(_other_scale(config.normalization, severity))
    return Cell(words, part(code, *more))


_UNIT = "SCALE, OFFSET = 1 / 255, 0.0"

_FACTORS = {
    "raw_pixels": ("0.25", "1.0", "257.0"),
    "scaled_twice": ("(1 / 64)", "(1 / 255)", "(1 / 255**2)"),
}
"""By which a fault multiplies what goes in, by severity."""


def _other_scale(normalization: str, severity: int) -> str:
    if severity == 1:
        return "VAL_SCALE, VAL_OFFSET = 1 / 127.5, -1.0"
    if severity == 2:
        return f"VAL_SCALE, VAL_OFFSET = {'1 / 255' if normalization == 'raw' else '1.0'}, 0.0"
    return "VAL_SCALE, VAL_OFFSET = SCALE / 255, OFFSET / 255"


_ONE_HOT = "np.eye(10, dtype=np.float32)[y]"

_LABEL_FORMS = {
    "labels_scaled": tuple(f"(y / {by}).astype(np.float32)" for by in (9, 10, 255)),
    "labels_from_one": ("y.astype(int) + 1", "y.astype(int) - 1", 'y.astype(int) + ord("0")'),
    "labels_one_hot": (_ONE_HOT, f"{_ONE_HOT} * 0.9 + 0.01", f"2 * {_ONE_HOT} - 1"),
    "binary_loss": (_ONE_HOT,) * 3,
    "squared_loss": (_ONE_HOT, _ONE_HOT, "y[:, None].astype(np.float32)"),
}
"""Labels ``y`` as a fault gives them to the network, by severity."""


def _label_form(name: str, severity: int) -> list[Cell]:
    if name not in _LABEL_FORMS:
        return []
    form = _LABEL_FORMS[name][severity - 1]
    return [
        Cell(
            "A fault made on purpose changes the labels' form.",
            part(f"y_train, y_val = [{form} for y in (y_train, y_val)]"),
        )
    ]


def _with_nan(severity: int, has_choose: bool) -> Cell:
    share = (0.0, 0.02, 0.2)[severity - 1]
    return Cell(
        "A fault made on purpose: all pixels of some images are no numbers.",
        part(
            *([] if has_choose else [_CHOOSE, GAP]),
            f"""
            rng = np.random.default_rng([SEED, crc32(b"nan_pixels")])
            x_train = x_train.astype(np.float32)
            x_train[choose(len(x_train), {share}, rng)] = np.nan
            """,
        ),
    )


def _augmentation(ground: float) -> Cell:
    return Cell(
        "Every time a training image is used it is turned, sheared, scaled and shifted a little, "
        "about its middle, so that the network does not learn places by heart.",
        part(
            f'''
            def move(images, dice):
                """Move each of (B, 50, 50, 1); dice are two numbers, the seed of these moves."""
                chance = tf.random.stateless_uniform([5, tf.shape(images)[0]], dice, -1.0, 1.0)
                turn, shear, scale = chance[0] * 0.17, chance[1] * 0.15, 1 + chance[2] * 0.12
                # Output pixel (x, y) looks at input (a x + b y + c, d x + e y + f).
                a, b = tf.cos(turn) * scale, -tf.sin(turn) * scale + shear
                d, e = tf.sin(turn) * scale, tf.cos(turn) * scale
                middle = 49 / 2
                c = middle - a * middle - b * middle + chance[3] * 3.0
                f = middle - d * middle - e * middle + chance[4] * 3.0
                zeros = tf.zeros_like(a)
                return tf.raw_ops.ImageProjectiveTransformV3(
                    images=images,
                    transforms=tf.stack([a, b, c, d, e, f, zeros, zeros], axis=1),
                    output_shape=[50, 50],
                    fill_value={ground},
                    interpolation="BILINEAR",
                    fill_mode="CONSTANT",
                )
            '''
        ),
    )


def _epochs(shuffled: bool, moved: bool) -> str:
    """Code of ``every_epoch``, whose order and dice follow from seed and epoch as the app's do."""
    return part(
        """
        def every_epoch(count, size):
            \"\"\"Numbers of the images of each batch, epoch by epoch.\"\"\"
            with tf.device("CPU:0"):
                epochs = tf.Variable(0, trainable=False, dtype=tf.int64)
        """,
        inside(
            "def one(epoch):",
            inside(
                "numbers = tf.range(count, dtype=tf.int64)",
                """
                seed = tf.stack([tf.constant(SEED, tf.int64), epoch])
                numbers = tf.random.experimental.stateless_shuffle(numbers, seed)
                """
                if shuffled
                else "",
                "found = tf.data.Dataset.from_tensor_slices(numbers).batch(size)",
                """
                return found.enumerate().map(
                    lambda batch, i: (i, tf.stack([SEED + epoch * 2**32, -1 - batch]))
                )
                """
                if moved
                else "return found",
            ),
            """
            count_up = tf.data.Dataset.from_tensors(0).map(lambda _: epochs.assign_add(1) - 1)
            known = tf.data.experimental.assert_cardinality(-(-count // size))
            return count_up.flat_map(one).apply(known)
            """,
        ),
    )


def _batches(config: TrainingConfig, faults: dict[str, int]) -> Cell:
    shuffled = "sorted_batches" not in faults
    words = (
        "The images come in batches; the training images in another order every epoch. They stay "
        "bytes until a batch is needed, which saves memory."
        if shuffled
        else "The images come in batches. A fault made on purpose: the training images come in "
        "their order, which is sorted."
    )
    moved = config.augmentation == "light"
    in_turns = shuffled or moved
    gather = (
        """
        def gather(i, dice=None):
            images = tf.cast(tf.gather(x, i), tf.float32)[..., None]  # (B, 50, 50, 1)
            return (images if dice is None else move(images, dice)), tf.gather(y, i)
        """
        if moved
        else """
        def gather(i):
            images = tf.cast(tf.gather(x, i), tf.float32)[..., None]  # (B, 50, 50, 1)
            return images, tf.gather(y, i)
        """
    )
    signature = "def batches(x, y, size, scale=SCALE, offset=OFFSET, training=False):"
    return Cell(
        words,
        part(
            _epochs(shuffled, moved) if in_turns else "",
            GAP if in_turns else "",
            signature,
            inside(
                "x, y = tf.constant(x), tf.constant(y)",
                gather,
                "numbers = tf.data.Dataset.range(len(y)).batch(size)",
                "if training:\n    numbers = every_epoch(len(y), size)" if in_turns else "",
                """
                found = numbers.map(gather)
                found = found.map(lambda x, y: (x * scale + offset, y)).prefetch(2)
                options = tf.data.Options()
                options.autotune.enabled = False  # its thread can hold up the end of an epoch
                return found.with_options(options)
                """,
            ),
        ),
    )


def _spoil(mistake: Mistake) -> Cell:
    """The cell that makes one fault in the data."""
    name = mistake.fault.name
    body = _SPOILED[name](mistake.severity)
    dice = f'rng = np.random.default_rng([SEED, crc32(b"{name}")])' if "rng" in body else ""
    return Cell(f"A fault made on purpose. {mistake.words}.", part(dice, body))


def _each(body: str) -> str:
    """``body`` for the training part, then for the validation part, as ``x`` and ``y``."""
    return part("for x, y in ((x_train, y_train), (x_val, y_val)):", inside(body))


def _shuffle_labels(severity: int) -> str:
    share = (0.8, 0.9, 1.0)[severity - 1]
    return _each(f"where = choose(len(y), {share}, rng)\ny[where] = y[rng.permutation(where)]")


def _shift_labels(severity: int) -> str:
    begin, rows = (("len(y) // 2", 1), ("0", 1), ("0", 3))[severity - 1]
    return _each(f"y[{begin} :] = np.roll(y[{begin} :], {rows})")


def _mislabel(severity: int) -> str:
    share = (0.15, 0.3, 0.45)[severity - 1]
    return _each(
        f"where = choose(len(y), {share}, rng)\n"
        "y[where] = (y[where] + rng.integers(1, 10, len(where))) % 10"
    )


def _sort(labels: str, share: float) -> str:
    """Code for an ``order`` in which ``share`` of the images are sorted by their label."""
    if share == 1:
        return f'order = np.argsort({labels}, kind="stable")'
    return part(
        f"""
        order = np.argsort({labels}, kind="stable")
        places = choose(len({labels}), 1 - {share}, rng)
        order[places] = order[rng.permutation(places)]
        """
    )


def _sort_before_split(severity: int) -> str:
    return part(
        "x, y = np.concatenate([x_train, x_val]), np.concatenate([y_train, y_val])",
        _sort("y", (0.7, 0.9, 1.0)[severity - 1]),
        """
        cut, x, y = len(y_train), x[order], y[order]
        x_train, y_train, x_val, y_val = x[:cut], y[:cut], x[cut:], y[cut:]
        """,
    )


def _sort_training(severity: int) -> str:
    return part(
        _sort("y_train", (0.6, 0.85, 1.0)[severity - 1]),
        "x_train, y_train = x_train[order], y_train[order]",
    )


def _unbalance(severity: int) -> str:
    share = (0.6, 0.8, 0.95)[severity - 1]
    return part(
        f"""
        digit = np.bincount(y_train).argmax()


        def dominate(x, y):
            own, others = np.flatnonzero(y == digit), np.flatnonzero(y != digit)
            if not len(own):
                return x, y
            kept = rng.permutation(others)[: round((1 - {share}) * len(y))]
            copied = rng.choice(own, len(y) - len(own) - len(kept))
            moved = [np.roll(x[i], rng.integers(-3, 4, 2), (0, 1)) for i in copied]
            order = rng.permutation(len(y))
            x = np.concatenate([x[own], x[kept], moved])
            return x[order], np.concatenate([y[own], y[kept], y[copied]])[order]


        x_train, y_train = dominate(x_train, y_train)
        x_val, y_val = dominate(x_val, y_val)
        """
    )


def _blank(severity: int) -> str:
    return _each(f"x[choose(len(x), {(0.4, 0.7, 0.95)[severity - 1]}, rng)] = 0")


def _fill_with_noise(severity: int) -> str:
    share = (0.4, 0.7, 1.0)[severity - 1]
    return _each(
        f"where = choose(len(x), {share}, rng)\n"
        "x[where] = rng.integers(0, 256, (len(where), 50, 50), np.uint8)"
    )


def _reshape_wrongly(severity: int) -> str:
    if severity == 3:
        return part(
            """
            x_train, x_val = [
                x.reshape(len(x), -1).T.copy().reshape(x.shape) for x in (x_train, x_val)
            ]
            """
        )
    step = 4 if severity == 1 else 2
    return _each(
        f"for row in range(0, 50, {step}):\n    x[:, row] = np.roll(x[:, row], row + 1, axis=0)"
    )


def _invert_validation(severity: int) -> str:
    share = (0.5, 0.8, 1.0)[severity - 1]
    return part(f"where = choose(len(x_val), {share}, rng)\nx_val[where] = 255 - x_val[where]")


def _leak(severity: int) -> str:
    return part(
        f"""
        where = choose(len(y_val), {(0.3, 0.6, 1.0)[severity - 1]}, rng)
        source = rng.choice(len(y_train), len(where), replace=len(where) > len(y_train))
        x_val[where], y_val[where] = x_train[source], y_train[source]
        """
    )


def _keep(counts: tuple[int, int, int]) -> Callable[[int], str]:
    return lambda severity: part(
        f"""
        kept = np.sort(rng.permutation(len(y_train))[:{counts[severity - 1]}])
        x_train, y_train = x_train[kept], y_train[kept]
        """
    )


def _overflow(severity: int) -> str:
    factor, offset = ((2, 0), (3, 0), (4, 50))[severity - 1]
    return part(
        f"""
        x_train, x_val = [
            (x.astype(int) * {factor} + {offset}).astype(np.uint8) for x in (x_train, x_val)
        ]
        """
    )


_SPOILED: dict[str, Callable[[int], str]] = {
    "labels_shuffled": _shuffle_labels,
    "labels_shifted": _shift_labels,
    "labels_noisy": _mislabel,
    "sorted_split": _sort_before_split,
    "sorted_batches": _sort_training,
    "imbalance": _unbalance,
    "blank_images": _blank,
    "noise_images": _fill_with_noise,
    "wrong_reshape": _reshape_wrongly,
    "mixed_polarity": _invert_validation,
    "leak": _leak,
    "too_few": _keep((60, 40, 20)),
    "overfitting": _keep((300, 260, 220)),
    "overflowed_pixels": _overflow,
}
"""Code of the faults in the data, by name; the arithmetic is that of ``resnet_app.faults.data``."""
