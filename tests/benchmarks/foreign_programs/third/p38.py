import numpy as np
import keras
from keras import layers
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import train_test_split
from resnet_app import RunLogger

keras.utils.set_random_seed(61)
rng = np.random.default_rng(61)

# bearing failures: 6 % of the machines, vibration features differ
N = 5000
y = (rng.random(N) < 0.06).astype("int32")
X = rng.normal(size=(N, 10)).astype("float32")
X[y == 1, :4] += np.array([1.6, -1.5, 1.6, 1.4], dtype="float32")

Xa, Xb, ya, yb = train_test_split(X, y, test_size=0.2, stratify=y, random_state=61)
neg, pos = np.bincount(ya)
weight = {0: len(ya) / (2.0 * neg), 1: len(ya) / (2.0 * pos)}
print("weights", weight)

model = keras.Sequential([
    keras.Input((10,)),
    layers.Dense(16, activation="relu", kernel_regularizer=keras.regularizers.L2(1e-3)),
    layers.Dropout(0.2),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(optimizer=keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(3e-3, 63 * 12)),
              loss="binary_crossentropy",
              metrics=["accuracy", keras.metrics.AUC(name="auc"), keras.metrics.Recall(name="recall")])
model.fit(Xa, ya, epochs=12, batch_size=64, class_weight=weight, validation_data=(Xb, yb),
          callbacks=[RunLogger("run")], verbose=2)
print("balanced accuracy", balanced_accuracy_score(yb, model.predict(Xb, verbose=0).ravel() > 0.5))
