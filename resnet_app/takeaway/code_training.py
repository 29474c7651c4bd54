"""The part of the code that trains and tests."""

from resnet_app.config import TrainingConfig
from resnet_app.faults.inject import mistakes_in
from resnet_app.takeaway.piece import Cell, inside, part

_WARM_UP, _BEGIN = "0.1", "1 / 25"
"""Share of all steps in which the rate rises, and share of the peak with which it begins, as in
``resnet_app.training.schedule``, which this cannot import without TensorFlow."""


def cells(config: TrainingConfig, policy: str) -> list[Cell]:
    """Optimizer and loss, what happens between batches and epochs, training, the test."""
    found = [_compiling(config)]
    callbacks = []
    if config.schedule == "warmup_cosine":
        found.append(_schedule())
        callbacks.append("Schedule()")
    if config.patience or config.restore_best:
        found.append(_keeper(config))
        callbacks.append("keeper")
    other_scale = any(mistakes_in(config, "scaled_differently"))
    return [*found, _training(callbacks, other_scale), _testing(policy)]


def _compiling(config: TrainingConfig) -> Cell:
    name = {"adam": "Adam", "sgd": "SGD"}[config.optimizer]
    loss, metric, fault = _objective(config)
    words = "How wrong an answer is, and the rule that turns gradients into weight changes."
    if fault:
        words += " A fault made on purpose takes another loss than ten classes need."
    return Cell(
        words,
        part(
            "model.compile(",
            inside(
                f"optimizer=keras.optimizers.{name}(LEARNING_RATE),",
                f"loss={loss},",
                f"metrics=[{metric}],",
            ),
            ")",
        ),
    )


def _objective(config: TrainingConfig) -> tuple[str, str, bool]:
    """Loss and metric as code, and whether a fault chose them."""
    for mistake in mistakes_in(config, "binary_loss"):
        focal = "Focal" if mistake.severity == 3 else ""
        right = "Categorical" if mistake.severity == 1 else "Binary"
        metric = f'keras.metrics.{right}Accuracy(name="accuracy")'
        return f"keras.losses.Binary{focal}Crossentropy()", metric, True
    for mistake in mistakes_in(config, "squared_loss"):
        kind = "mean_absolute_error" if mistake.severity == 2 else "mean_squared_error"
        return f'"{kind}"', '"accuracy"', True
    return '"sparse_categorical_crossentropy"', '"accuracy"', False


def _schedule() -> Cell:
    return Cell(
        "The learning rate rises in the first tenth of all steps, then falls to zero "
        "along half a cosine.",
        part(
            f"""
            class Schedule(keras.callbacks.Callback):
                step = 0

                def on_train_batch_begin(self, batch, logs=None):
                    total = EPOCHS * math.ceil(len(y_train) / BATCH_SIZE)
                    warm_up = max(1, round(total * {_WARM_UP}))
                    if self.step < warm_up:
                        share = {_BEGIN} + (1 - {_BEGIN}) * self.step / warm_up
                    else:
                        done = (self.step - warm_up) / max(1, total - warm_up)
                        share = (1 + math.cos(math.pi * done)) / 2
                    self.model.optimizer.learning_rate = LEARNING_RATE * share
                    self.step += 1
            """
        ),
    )


def _keeper(config: TrainingConfig) -> Cell:
    mode = "max" if any(mistakes_in(config, "stopped_early")) else "min"
    words = []
    if config.patience:
        words.append(
            "Training stops when the validation loss has not become lower for "
            f"{config.patience} epoch{'s' if config.patience > 1 else ''} in a row."
        )
    if config.restore_best:
        words.append("At the end the weights of the epoch with the lowest validation loss are put "
                     "back.")  # fmt: skip
    if mode == "max":
        words.append("A fault made on purpose: it is told that a higher loss is better.")
    return Cell(
        " ".join(words),
        part(
            "keeper = keras.callbacks.EarlyStopping(",
            inside(
                'monitor="val_loss",',
                f"patience={config.patience or 'EPOCHS'},",
                f'mode="{mode}",',
                f"restore_best_weights={config.restore_best},",
            ),
            ")",
        ),
    )


def _training(callbacks: list[str], other_scale: bool) -> Cell:
    scale = ", VAL_SCALE, VAL_OFFSET" if other_scale else ""
    return Cell(
        "Training. Each epoch goes once through all training images.",
        part(
            "model.fit(",
            inside(
                f"""
                batches(x_train, y_train, BATCH_SIZE, training=True),
                validation_data=batches(x_val, y_val, BATCH_SIZE{scale}),
                epochs=EPOCHS,
                """,
                f"callbacks=[{', '.join(callbacks)}]," if callbacks else "",
                "verbose=2,",
            ),
            ")",
        ),
    )


def _testing(policy: str) -> Cell:
    words = "The test, on images that nothing above has seen. Rows: true digit, columns: answer."
    plain = "plain = model"
    if policy != "float32":
        words = "The same weights in float32, to test and to keep. " + words
        plain = """
        keras.config.set_dtype_policy("float32")
        plain = build_network()
        plain.set_weights(model.get_weights())
        """
    return Cell(
        words,
        part(
            plain,
            """
            answers = plain.predict(batches(x_test, y_test, 256), verbose=0).argmax(1)
            confusion = np.zeros((10, 10), int)
            np.add.at(confusion, (y_test, answers), 1)
            right = int(confusion.trace())
            print(confusion)
            print(f"Test accuracy: {right / len(y_test):.4f} ({right:,} of {len(y_test):,} digits)")
            plain.save("trained.keras", include_optimizer=False)
            """,
        ),
    )
