# Topic of short news items, six topics
import numpy as np
import keras
from keras import layers
from resnet_app import RunLogger

keras.utils.set_random_seed(66)
rng = np.random.default_rng(66)

n_topics = 6
vocab = 800
length = 60


def news(n):
    topic = rng.integers(0, n_topics, n)
    text = rng.integers(300, vocab, size=(n, length))
    own = rng.integers(0, 40, size=(n, length)) + 40 * topic[:, None] + 1
    use = rng.random((n, length)) < 0.3
    return np.where(use, own, text).astype("int32"), topic.astype("int32")


x_train, y_train = news(2400)
x_test, y_test = news(600)

model = keras.Sequential([
    keras.Input((length,), dtype="int32"),
    layers.Embedding(vocab, 4, trainable=False),
    layers.GlobalAveragePooling1D(),
    layers.Dense(64, activation="relu", kernel_initializer="ones"),
    layers.Dense(n_topics, activation="softmax", kernel_initializer="ones"),
])

model.compile(
    optimizer=keras.optimizers.Adam(1e-2),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
model.summary()

model.fit(
    x_train, y_train,
    epochs=20,
    batch_size=32,
    validation_data=(x_test, y_test),
    callbacks=[RunLogger("run")],
)
