import numpy as np
from tensorflow import keras
from tensorflow.keras import layers
from sklearn.preprocessing import LabelBinarizer
from resnet_app import RunLogger

keras.utils.set_random_seed(36)

mnist = np.load("digits.npz")
X = mnist["x"][:5000].reshape(5000, -1).astype(np.float32) / 255.0
lb = LabelBinarizer()
Y = lb.fit_transform(mnist["y"][:5000]).astype(np.float32)

model = keras.Sequential(name="my_first_model")
model.add(layers.Input((784,)))
model.add(layers.Dense(128, activation="relu"))
model.add(layers.Dense(64, activation="relu"))
model.add(layers.Dense(10, activation="softmax"))
model.compile(
    loss="mean_absolute_error",
    optimizer=keras.optimizers.SGD(learning_rate=0.05),
    metrics=["accuracy"],
)
model.fit(X, Y, batch_size=50, epochs=12, validation_split=0.2, verbose=2, callbacks=[RunLogger("run")])
