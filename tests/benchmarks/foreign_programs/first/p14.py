"""Topic of short documents with word vectors learned beforehand from unlabelled text
(PPMI + SVD); the vectors stay fixed, only the small classifier on top is trained."""
import numpy as np
import keras
from keras import layers
from resnet_app import RunLogger

keras.utils.set_random_seed(31)
rng = np.random.default_rng(31)
V, D, L, K = 600, 24, 40, 6

background = rng.dirichlet(np.full(V, 0.5))
topics = rng.dirichlet(np.full(V, 0.05), size=K)


def write(n):
    y = rng.integers(0, K, n)
    docs = np.empty((n, L), "int32")
    for k in range(K):
        rows = np.flatnonzero(y == k)
        p = 0.6 * background + 0.4 * topics[k]
        docs[rows] = rng.choice(V, size=(len(rows), L), p=p / p.sum())
    return docs, y


# --- vectors from unlabelled documents
plain, _ = write(3000)
C = np.zeros((len(plain), V))
np.add.at(C, (np.arange(len(plain))[:, None], plain), 1)
co = C.T @ C
total = co.sum()
row = co.sum(1, keepdims=True)
ppmi = np.maximum(0, np.log((co * total + 1e-9) / (row @ row.T + 1e-9)))
u, s, _ = np.linalg.svd(ppmi)
vectors = (u[:, :D] * np.sqrt(s[:D])).astype("float32")
vectors /= vectors.std()

# --- classifier
x_train, y_train = write(1600)
x_val, y_val = write(400)

emb = layers.Embedding(V, D, trainable=False, name="word_vectors")
model = keras.Sequential([
    keras.Input((L,), dtype="int32"),
    emb,
    layers.GlobalAveragePooling1D(),
    layers.Dense(32, activation="relu"),
    layers.Dense(K, activation="softmax"),
])
emb.set_weights([vectors])
model.compile(keras.optimizers.Adam(4e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x_train, y_train, batch_size=32, epochs=14, validation_data=(x_val, y_val), verbose=2,
          callbacks=[RunLogger("run")])
