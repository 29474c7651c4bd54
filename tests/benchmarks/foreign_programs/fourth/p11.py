# Waveforms -> sine / square / saw / noise with a simple RNN
import numpy as np
import keras
from keras import layers, initializers
from resnet_app import RunLogger

keras.utils.set_random_seed(8)
rng = np.random.default_rng(8)

T, PER = 60, 300
t = np.arange(T)
waves, names = [], []
for kind in range(4):
    for _ in range(PER):
        per, ph = rng.uniform(10, 25), rng.uniform(0, 1)
        u = (t / per + ph) % 1.0
        w = [np.sin(2 * np.pi * u), np.sign(u - 0.5), 2 * u - 1, rng.normal(0, 0.7, T)][kind]
        waves.append(w * rng.uniform(0.7, 1.2) + rng.normal(0, 0.1, T))
        names.append(kind)
waves = np.array(waves, "float32")[:, :, None]
names = np.array(names)

model = keras.Sequential([
    layers.Input((T, 1)),
    layers.SimpleRNN(48, activation="relu",
                     recurrent_initializer=initializers.RandomNormal(stddev=0.5)),
    layers.Dense(32, activation="relu"),
    layers.Dense(4, activation="softmax"),
])
model.compile(loss="sparse_categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
model.fit(waves, names, epochs=10, batch_size=32, validation_split=0.25,
          callbacks=[RunLogger("run")], verbose=2)
