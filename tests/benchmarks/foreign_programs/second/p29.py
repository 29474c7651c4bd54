# Product reviews: positive, neutral, negative
import numpy as np
from tensorflow import keras
from resnet_app import RunLogger

keras.utils.set_random_seed(29)
rng = np.random.RandomState(29)

vocab_size = 3000
maxlen = 80
share = [0.78, 0.13, 0.09]


def reviews(n):
    label = rng.choice(3, size=n, p=share)
    x = rng.randint(100, vocab_size, size=(n, maxlen))
    for i in range(n):
        for k in range(3):
            p = 0.06 if k == label[i] else 0.015
            hit = rng.rand(maxlen) < p
            x[i, hit] = rng.randint(1 + 30 * k, 31 + 30 * k, size=hit.sum())
    return x, label


x_train, y_train = reviews(700)
x_test, y_test = reviews(400)

model = keras.models.Sequential()
model.add(keras.layers.Input((maxlen,)))
model.add(keras.layers.Embedding(vocab_size, 64))
model.add(keras.layers.Flatten())
model.add(keras.layers.Dense(128, activation="relu"))
model.add(keras.layers.Dense(3, activation="softmax"))
model.compile(
    loss="sparse_categorical_crossentropy",
    optimizer="adam",
    metrics=["accuracy"],
)

model.fit(
    x_train, y_train,
    batch_size=32,
    epochs=20,
    validation_data=(x_test, y_test),
    callbacks=[RunLogger("run")],
)
