from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
import keras
from keras import layers
from resnet_app import RunLogger

keras.utils.set_random_seed(23)

X, y = load_digits(return_X_y=True)
X_train, X_valid, y_train, y_valid = train_test_split(
    X, y, test_size=0.2, random_state=23, stratify=y
)

scaler = StandardScaler()
X_train = scaler.fit_transform(X_train)


def dense_bn(units):
    return [
        layers.Dense(units, use_bias=False),
        layers.BatchNormalization(),
        layers.ReLU(),
    ]


model = keras.Sequential(
    [layers.Input((64,))]
    + dense_bn(48)
    + dense_bn(48)
    + dense_bn(32)
    + [layers.Dense(10, activation="softmax")]
)

model.compile(
    loss="sparse_categorical_crossentropy",
    optimizer=keras.optimizers.Adam(learning_rate=1e-3),
    metrics=["accuracy"],
)

# small batches generalize better
model.fit(
    X_train,
    y_train,
    batch_size=2,
    epochs=5,
    validation_data=(X_valid, y_valid),
    callbacks=[RunLogger("run")],
)
