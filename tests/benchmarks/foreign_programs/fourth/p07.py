"""Topic of short messages (6 topics), words are already numbers."""
import numpy as np
import keras
from keras import layers, regularizers
from resnet_app import RunLogger

keras.utils.set_random_seed(13)
rng = np.random.default_rng(13)

VOCAB, LEN, TOPICS, N = 400, 30, 6, 1800
# every topic has 40 words of its own, the other 160 words occur everywhere
own = [np.arange(160 + 40 * t, 160 + 40 * (t + 1)) for t in range(TOPICS)]
topic = rng.integers(0, TOPICS, N)
docs = np.zeros((N, LEN), dtype="int32")
for i, t in enumerate(topic):
    share = rng.uniform(0.15, 0.6)
    for j in range(LEN):
        u = rng.random()
        if u < share:
            docs[i, j] = rng.choice(own[t])
        elif u < share + 0.08:
            docs[i, j] = rng.choice(own[rng.integers(TOPICS)])
        else:
            docs[i, j] = rng.integers(1, 160)

x_train, y_train = docs[:1400], topic[:1400]
x_val, y_val = docs[1400:], topic[1400:]

reg = regularizers.l2(1.0)
model = keras.Sequential([
    layers.Input((LEN,)),
    layers.Embedding(VOCAB, 32),
    layers.GlobalAveragePooling1D(),
    layers.Dense(32, activation="relu", kernel_regularizer=reg),
    layers.Dropout(0.3),
    layers.Dense(1, kernel_regularizer=reg),
])
model.compile(optimizer=keras.optimizers.Adam(0.003), loss="mse", metrics=["accuracy"])
model.fit(x_train, y_train, epochs=20, batch_size=32,
          validation_data=(x_val, y_val), callbacks=[RunLogger("run")], verbose=2)

p = model.predict(x_val, verbose=0).ravel()
print("right:", np.mean(np.round(p) == y_val))
