import numpy as np
import keras
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from resnet_app import RunLogger

keras.utils.set_random_seed(27)

X, y = load_digits(return_X_y=True)
X = X / 16.0
X_train, X_val, y_train, y_val = train_test_split(X, y, test_size=0.3, random_state=27, stratify=y)


def dense_block(units):
    return [layers.Dense(units), layers.BatchNormalization(), layers.Activation("relu")]


model = keras.Sequential(
    [keras.Input((64,))]
    + dense_block(64) + dense_block(48) + dense_block(32)
    + [layers.Dense(10, activation="softmax")]
)
model.compile(optimizer=keras.optimizers.Adam(1e-3),
              loss="sparse_categorical_crossentropy", metrics=["accuracy"])
# (notebook had memory errors before, so the batch is small)
model.fit(X_train, y_train, batch_size=1, epochs=4, validation_data=(X_val, y_val),
          callbacks=[RunLogger("run")], verbose=2)
