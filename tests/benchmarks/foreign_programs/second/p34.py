"""Topic of abstracts with fixed LSA word vectors."""
import numpy as np
import keras
from keras import layers
from sklearn.decomposition import TruncatedSVD
from resnet_app import RunLogger

keras.utils.set_random_seed(34)
rng = np.random.default_rng(34)

TOPICS, VOCAB, LEN, DIM = 5, 700, 50, 16


def abstracts(n):
    topic = rng.integers(0, TOPICS, n)
    common = rng.integers(250, VOCAB, size=(n, LEN))
    own = rng.integers(0, 45, size=(n, LEN)) + 45 * topic[:, None] + 1
    x = np.where(rng.random((n, LEN)) < 0.3, own, common)
    return x.astype("int32"), topic.astype("int32")


x_train, y_train = abstracts(1500)
x_val, y_val = abstracts(500)

# word vectors: singular vectors of the document-term matrix
counts = np.stack([np.bincount(doc, minlength=VOCAB) for doc in x_train]).astype("float32")
svd = TruncatedSVD(n_components=DIM, n_iter=3, random_state=0).fit(counts)
vectors = svd.components_.T
vectors = vectors / (np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-8)

embedding = layers.Embedding(VOCAB, DIM, trainable=False)
embedding.build((None, LEN))
embedding.set_weights([vectors.astype("float32")])

inp = keras.Input((LEN,), dtype="int32")
h = embedding(inp)
h = layers.GlobalAveragePooling1D()(h)
h = layers.Dense(32, activation="relu")(h)
out = layers.Dense(TOPICS, activation="softmax")(h)
model = keras.Model(inp, out)

model.compile(
    optimizer=keras.optimizers.Adam(5e-3),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
model.fit(
    x_train,
    y_train,
    batch_size=32,
    epochs=12,
    validation_data=(x_val, y_val),
    callbacks=[RunLogger("run")],
)
