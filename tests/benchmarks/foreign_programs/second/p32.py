import keras
from keras import layers
from keras.callbacks import EarlyStopping
from sklearn.datasets import make_classification
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from resnet_app import RunLogger

keras.utils.set_random_seed(32)

# soil type from 20 sensor readings, 6 types
X, y = make_classification(
    n_samples=4000, n_features=20, n_informative=12, n_redundant=4,
    n_classes=6, n_clusters_per_class=1, class_sep=1.3, flip_y=0.0,
    random_state=32,
)
X_train, X_val, y_train, y_val = train_test_split(X, y, test_size=0.2, random_state=32)
sc = StandardScaler().fit(X_train)
X_train, X_val = sc.transform(X_train), sc.transform(X_val)

DROP = 0.9

model = keras.Sequential([layers.Input(shape=(20,))])
for units in (32, 32, 32):
    model.add(layers.Dense(units, activation="relu"))
    model.add(layers.Dropout(DROP))
model.add(layers.Dense(6, activation="softmax"))

model.compile(
    optimizer=keras.optimizers.Adam(learning_rate=3e-4),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)

es = EarlyStopping(monitor="val_accuracy", mode="min", patience=2, verbose=1)

model.fit(
    X_train, y_train,
    batch_size=64,
    epochs=50,
    validation_data=(X_val, y_val),
    callbacks=[es, RunLogger("run")],
)
