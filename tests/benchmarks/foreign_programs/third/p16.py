import numpy as np
import keras
from keras import layers
from sklearn.model_selection import train_test_split
from resnet_app import RunLogger

keras.utils.set_random_seed(4)
rng = np.random.default_rng(4)

# toy review corpus: ids 1..30 positive words, 31..60 negative words, rest neutral
VOCAB, MAXLEN, N = 400, 40, 3000


def review(label):
    length = rng.integers(20, MAXLEN + 1)
    words = rng.integers(61, VOCAB, length)
    mood = rng.random(length) < 0.35
    right = rng.random(length) < 0.85
    pos = rng.integers(1, 31, length)
    neg = rng.integers(31, 61, length)
    own, other = (pos, neg) if label == 1 else (neg, pos)
    words = np.where(mood, np.where(right, own, other), words)
    return np.pad(words, (0, MAXLEN - length))


y = rng.integers(0, 2, N)
X = np.array([review(l) for l in y])
x_train, x_val, y_train, y_val = train_test_split(X, y, test_size=0.2, random_state=4)

model = keras.Sequential([
    keras.Input((MAXLEN,), dtype="int32"),
    layers.Embedding(VOCAB, 8, mask_zero=True),
    layers.GlobalAveragePooling1D(),
    layers.Dense(8, activation="relu"),
    layers.Dense(1, activation="sigmoid"),
])
steps = 75 * 12
model.compile(optimizer=keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.005, steps)),
              loss="binary_crossentropy", metrics=["accuracy"])
model.fit(x_train, y_train, epochs=12, batch_size=32, validation_data=(x_val, y_val),
          callbacks=[RunLogger("run")], verbose=2)
