# Sorting support mails into four departments
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers
from resnet_app import RunLogger

keras.utils.set_random_seed(13)
rng = np.random.default_rng(13)

VOCAB, LEN, DEPTS = 3000, 50, 4
keywords = rng.permutation(np.arange(1, VOCAB))[:DEPTS * 70].reshape(DEPTS, 70)


def load_mails(n):
    dept = rng.integers(0, DEPTS, n)
    mail = rng.integers(1, VOCAB, (n, LEN))
    for i in range(n):
        at = rng.permutation(LEN)[:8]
        mail[i, at[:6]] = rng.choice(keywords[dept[i]], 6)
        mail[i, at[6:]] = rng.choice(keywords[rng.integers(DEPTS)], 2)
    return mail.astype("int32"), dept


mails, depts = load_mails(5000)
# hand-checked ones first, the rest of the archive is not used yet
x_train, y_train = mails[:160], depts[:160]
x_val, y_val = mails[-800:], depts[-800:]

model = keras.Sequential([
    layers.Input((LEN,)),
    layers.Embedding(VOCAB, 64),
    layers.Flatten(),
    layers.Dense(128, activation="relu"),
    layers.Dense(DEPTS, activation="softmax"),
])
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x_train, y_train, batch_size=16, epochs=40, validation_data=(x_val, y_val), verbose=2,
          callbacks=[RunLogger("run")])
