import numpy as np
import keras
from keras import layers
from sklearn.decomposition import TruncatedSVD
from sklearn.model_selection import train_test_split
from resnet_app import RunLogger

keras.utils.set_random_seed(80)
rng = np.random.default_rng(80)

V, D, L, N, K = 600, 16, 25, 5000, 5
tables = rng.dirichlet(np.full(V - 1, 0.15), size=K)       # word distribution of each subject


def document(k):
    mixed = 0.6 * tables[k] + 0.4 / (V - 1)
    return rng.choice(V - 1, size=L, p=mixed) + 1


subject = rng.integers(0, K, N)
tokens = np.array([document(k) for k in subject])

# word vectors from the first 3000 documents, made without their subjects
counts = np.zeros((3000, V))
for i in range(3000):
    np.add.at(counts[i], tokens[i], 1)
svd = TruncatedSVD(n_components=D, random_state=0).fit(np.sqrt(counts))
vectors = svd.components_.T
vectors = vectors / (np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-9)

x_tr, x_te, y_tr, y_te = train_test_split(tokens[3000:], subject[3000:], test_size=0.2, random_state=3)

model = keras.Sequential([
    keras.Input((L,), dtype="int32"),
    layers.Embedding(V, D, weights=[vectors.astype("float32")], trainable=False, name="pretrained"),
    layers.GlobalAveragePooling1D(),
    layers.BatchNormalization(momentum=0.9),
    layers.Dense(24, activation="relu"),
    layers.Dropout(0.2),
    layers.Dense(K, activation="softmax"),
])
model.compile(optimizer=keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(4e-3, 50 * 15)),
              loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.summary()
model.fit(x_tr, y_tr, epochs=15, batch_size=32, validation_data=(x_te, y_te),
          callbacks=[RunLogger("run")], verbose=2)
