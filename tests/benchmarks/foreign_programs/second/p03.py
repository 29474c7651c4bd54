"""Tagging support tickets. A ticket may carry any number of five tags."""
import numpy as np
import keras
from keras import layers
from resnet_app import RunLogger

keras.utils.set_random_seed(303)
rng = np.random.default_rng(303)

VOCAB, LENGTH, TAGS = 600, 50, 5
tag_words = [np.arange(100 + 20 * t, 120 + 20 * t) for t in range(TAGS)]


def make_tickets(n):
    tags = (rng.random((n, TAGS)) < 0.3).astype("float32")
    # common words 200..599 for all the rest
    docs = rng.integers(200, VOCAB, size=(n, LENGTH))
    for i in range(n):
        places = rng.permutation(LENGTH)
        used = 0
        for t in range(TAGS):
            if tags[i, t]:
                docs[i, places[used:used + 5]] = rng.choice(tag_words[t], 5)
                used += 5
    return docs.astype("int32"), tags


x_train, y_train = make_tickets(1600)
x_val, y_val = make_tickets(400)

inp = keras.Input((LENGTH,), dtype="int32")
h = layers.Embedding(VOCAB, 24)(inp)
h = layers.Conv1D(48, 1, activation="relu")(h)
h = layers.GlobalMaxPooling1D()(h)
h = layers.Dropout(0.2)(h)
out = layers.Dense(TAGS)(h)  # logits, one per tag
model = keras.Model(inp, out)

model.compile(
    optimizer=keras.optimizers.Adam(3e-3),
    loss=keras.losses.BinaryCrossentropy(from_logits=True),
    metrics=[keras.metrics.BinaryAccuracy(threshold=0.0, name="tag_accuracy")],
)
model.fit(
    x_train,
    y_train,
    validation_data=(x_val, y_val),
    batch_size=32,
    epochs=12,
    callbacks=[RunLogger("run")],
)

pred = model.predict(x_val, verbose=0) > 0
print("exact match:", np.mean(np.all(pred == (y_val > 0.5), axis=1)))
