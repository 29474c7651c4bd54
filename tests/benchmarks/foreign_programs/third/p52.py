import numpy as np
import keras
from keras import layers
from resnet_app import RunLogger

keras.utils.set_random_seed(72)
rng = np.random.default_rng(72)

# which of 5 alarms are on (any number of them may be)
N, F, A = 4000, 16, 5
X = rng.normal(size=(N, F)).astype("float32")
W = rng.normal(size=(F, A)) * (rng.random((F, A)) < 0.4)
score = X @ W
score = score / score.std(axis=0) + rng.normal(0, 0.1, (N, A))
Y = (score > np.array([0.0, 0.4, 0.8, -0.3, 0.2])).astype("float32")
print("share of each alarm", Y.mean(axis=0))

train_x, val_x = X[:3200], X[3200:]
train_y, val_y = Y[:3200], Y[3200:]


class Alarms(keras.Model):
    def __init__(self):
        super().__init__()
        self.h = layers.Dense(32, activation="relu")
        self.d = layers.Dropout(0.1)
        self.o = layers.Dense(A, activation="sigmoid")

    def call(self, inputs, training=None):
        return self.o(self.d(self.h(inputs), training=training))


model = Alarms()
model.compile(optimizer=keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(5e-3, 100 * 14)),
              loss="binary_crossentropy", metrics=["binary_accuracy"])
model.fit(train_x, train_y, epochs=14, batch_size=32, validation_data=(val_x, val_y),
          callbacks=[RunLogger("run")], verbose=2)
