"""Sentiment of short posts: embedding + dense layers"""
import numpy as np
from keras import Sequential, Input, utils, optimizers
from keras.layers import Embedding, Flatten, Dense
from sklearn.model_selection import train_test_split
from resnet_app import RunLogger

utils.set_random_seed(50)
rng = np.random.default_rng(50)

max_words = 3000
maxlen = 40
n_posts = 1600

# simulated tokenised posts (word ids by frequency)
labels = rng.integers(0, 2, n_posts)
data = np.minimum(rng.zipf(1.3, (n_posts, maxlen)) + 100, max_words - 1)
for i, l in enumerate(labels):
    where = rng.choice(maxlen, 6, replace=False)
    agree = rng.random(6) < 0.8
    mood = np.where(agree, l, 1 - l)
    data[i, where] = 1 + 50 * mood + rng.integers(0, 50, 6)

x_train, x_val, y_train, y_val = train_test_split(data, labels, test_size=400, random_state=50)

model = Sequential()
model.add(Input(shape=(maxlen,)))
model.add(Embedding(max_words, 64))
model.add(Flatten())
model.add(Dense(256, activation="relu"))
model.add(Dense(64, activation="relu"))
model.add(Dense(1, activation="sigmoid"))
model.compile(optimizer=optimizers.Adam(1e-3), loss="binary_crossentropy", metrics=["acc"])

history = model.fit(x_train, y_train, epochs=20, batch_size=32,
                    validation_data=(x_val, y_val), callbacks=[RunLogger("run")], verbose=2)
print("best val_loss", min(history.history["val_loss"]), "last", history.history["val_loss"][-1])
