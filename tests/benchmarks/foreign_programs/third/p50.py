# Text cnn. I replaced Adadelta of the old example by Adam as everybody says it is better.
import numpy as np
import keras
from keras import layers
from resnet_app import RunLogger

keras.utils.set_random_seed(100)
rng = np.random.default_rng(100)

max_features, maxlen, n_class = 1500, 35, 4
N = 2200
label = rng.integers(0, n_class, N)
x = rng.integers(1, max_features, (N, maxlen))
for i in range(N):
    # each class has 80 typical words
    m = rng.random(maxlen) < 0.3
    x[i, m] = 1 + label[i] * 80 + rng.integers(0, 80, m.sum())
y = keras.utils.to_categorical(label, n_class)

x_train, y_train = x[:1800], y[:1800]
x_test, y_test = x[1800:], y[1800:]

model = keras.Sequential()
model.add(keras.Input((maxlen,)))
model.add(layers.Embedding(max_features, 32))
model.add(layers.Conv1D(48, 3, padding="valid", activation="relu"))
model.add(layers.GlobalMaxPooling1D())
model.add(layers.Dense(32, activation="relu"))
model.add(layers.Dense(n_class, activation="softmax"))

opt = keras.optimizers.Adam(learning_rate=1.0)
model.compile(loss="categorical_crossentropy", optimizer=opt, metrics=["accuracy"])
model.fit(x_train, y_train, batch_size=32, epochs=8, validation_data=(x_test, y_test),
          callbacks=[RunLogger("run")], verbose=2)
