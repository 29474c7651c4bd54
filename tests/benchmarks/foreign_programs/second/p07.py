"""Card fraud, about 8 % of the transactions."""
import numpy as np
import keras
from keras import layers
from sklearn.datasets import make_classification
from sklearn.model_selection import train_test_split
from sklearn.utils.class_weight import compute_class_weight
from resnet_app import RunLogger

keras.utils.set_random_seed(9)

X, y = make_classification(
    n_samples=5000,
    n_features=18,
    n_informative=8,
    n_redundant=4,
    n_clusters_per_class=2,
    weights=[0.92, 0.08],
    class_sep=2.0,
    flip_y=0.0,
    random_state=9,
)
# amounts, ages and so on have very different units
units = np.geomspace(0.01, 5000.0, X.shape[1])
X = (X * units + 3 * units).astype("float32")

X_train, X_val, y_train, y_val = train_test_split(
    X, y, test_size=0.25, stratify=y, random_state=9
)

norm = layers.Normalization()
norm.adapt(X_train)

weights = compute_class_weight("balanced", classes=np.array([0, 1]), y=y_train)
class_weight = {0: float(weights[0]), 1: float(weights[1])}
print(class_weight)

model = keras.Sequential([
    keras.Input((X.shape[1],)),
    norm,
    layers.Dense(64, activation="relu"),
    layers.Dropout(0.2),
    layers.Dense(32, activation="relu"),
    layers.Dense(1, activation="sigmoid"),
])

model.compile(
    optimizer="adam",
    loss="binary_crossentropy",
    metrics=[
        "accuracy",
        keras.metrics.AUC(name="auc"),
        keras.metrics.Recall(name="recall"),
    ],
)

model.fit(
    X_train,
    y_train.astype("float32"),
    batch_size=64,
    epochs=15,
    validation_data=(X_val, y_val.astype("float32")),
    class_weight=class_weight,
    callbacks=[RunLogger("run")],
)
