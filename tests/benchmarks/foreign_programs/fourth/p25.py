# News topics with ready-made word vectors (kept fixed, the vectors are good)
import numpy as np
import keras
from keras import layers
from resnet_app import RunLogger

keras.utils.set_random_seed(77)
rng = np.random.default_rng(77)

VOCAB, DIM, LEN, K, N = 600, 32, 40, 5, 1800

# word vectors "trained elsewhere": words of one field lie close together
centre = rng.normal(0, 1.0, (K + 1, DIM))
field = rng.integers(0, K + 1, VOCAB)          # field K: words of every day
vectors = (centre[field] + rng.normal(0, 0.5, (VOCAB, DIM))).astype("float32")
vectors[0] = 0.0                               # padding
words = [np.setdiff1d(np.flatnonzero(field == k), [0]) for k in range(K + 1)]

topic = rng.integers(0, K, N)
text = np.zeros((N, LEN), "int32")
for n in range(N):
    length = rng.integers(20, LEN + 1)
    w = rng.choice(words[K], length)
    hot = rng.random(length) < 0.4
    w[hot] = rng.choice(words[topic[n]], hot.sum())
    stray = rng.random(length) < 0.1
    w[stray] = rng.integers(1, VOCAB, stray.sum())
    text[n, :length] = w

emb = layers.Embedding(VOCAB, DIM, trainable=False)
emb.build((None, LEN))
emb.set_weights([vectors])

inp = keras.Input((LEN,), dtype="int32")
h = emb(inp)
h = layers.Conv1D(32, 3, activation="relu")(h)
h = layers.GlobalMaxPooling1D()(h)
h = layers.Dropout(0.3)(h)
h = layers.Dense(32, activation="relu")(h)
out = layers.Dense(K, activation="softmax")(h)
model = keras.Model(inp, out)
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(text[:1400], topic[:1400], epochs=15, batch_size=32,
          validation_data=(text[1400:], topic[1400:]),
          callbacks=[RunLogger("run")], verbose=2)
