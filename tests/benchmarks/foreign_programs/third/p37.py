"""Small image collection: balance classes by upsampling, then train a CNN."""
import numpy as np
import keras
from keras import layers
from sklearn.model_selection import train_test_split
from sklearn.utils import resample
from resnet_app import RunLogger

keras.utils.set_random_seed(40)

arc = np.load("digits.npz")
# our collection: 250 pictures, not the same number of each class
images = arc["x"][7000:7250].astype("float32") / 255.0
labels = arc["y"][7000:7250].astype("int32")
print("per class:", np.bincount(labels))

per_class = 200
Xb, yb = [], []
for c in range(10):
    members = images[labels == c]
    up = resample(members, replace=True, n_samples=per_class, random_state=c)
    Xb.append(up)
    yb.append(np.full(per_class, c))
Xb = np.concatenate(Xb)[..., None]
yb = np.concatenate(yb)
print("after upsampling:", np.bincount(yb))

X_train, X_val, y_train, y_val = train_test_split(Xb, yb, test_size=0.2, stratify=yb, random_state=40)

model = keras.Sequential([
    keras.Input((28, 28, 1)),
    layers.Conv2D(16, 3, activation="relu"),
    layers.MaxPooling2D(),
    layers.Conv2D(32, 3, activation="relu"),
    layers.MaxPooling2D(),
    layers.Flatten(),
    layers.Dropout(0.3),
    layers.Dense(64, activation="relu"),
    layers.Dense(10, activation="softmax"),
])
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(X_train, y_train, epochs=10, batch_size=32, validation_data=(X_val, y_val),
          callbacks=[RunLogger("run")])
