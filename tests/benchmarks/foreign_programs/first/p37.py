"""Wine again, raw columns: the Normalization layer inside the model does the scaling."""
import keras
from keras import layers, regularizers
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split
from resnet_app import RunLogger

keras.utils.set_random_seed(4)

X, y = load_wine(return_X_y=True)
X = X.astype("float32")
X_train, X_val, y_train, y_val = train_test_split(X, y, test_size=0.3, stratify=y, random_state=12)

scale = layers.Normalization(axis=-1)
scale.adapt(X_train)

model = keras.Sequential([
    keras.Input((13,)),
    scale,
    layers.Dense(16, activation="relu", kernel_regularizer=regularizers.L2(1e-3)),
    layers.Dropout(0.2),
    layers.Dense(3, kernel_regularizer=regularizers.L2(1e-3)),
])
model.compile(optimizer=keras.optimizers.Adam(5e-3),
              loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
              metrics=["accuracy"])
model.fit(X_train, y_train, batch_size=16, epochs=30, validation_data=(X_val, y_val), verbose=2,
          callbacks=[RunLogger("run")])
