import numpy as np
import keras
from keras import layers, regularizers
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from resnet_app import RunLogger

keras.utils.set_random_seed(7)

X, y = load_breast_cancer(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(
    X, y, test_size=0.25, stratify=y, random_state=7)

sc = StandardScaler()
X_train = sc.fit_transform(X_train)
X_test = sc.transform(X_test)

classifier = keras.Sequential()
classifier.add(keras.Input(shape=(30,)))
classifier.add(layers.Dense(16, activation="relu", kernel_regularizer=regularizers.l2(1e-3)))
classifier.add(layers.Dropout(0.3))
classifier.add(layers.Dense(8, activation="relu"))
classifier.add(layers.Dense(1, activation="sigmoid"))
classifier.compile(optimizer=keras.optimizers.Adam(0.003),
                   loss="binary_crossentropy", metrics=["accuracy"])
classifier.fit(X_train, y_train, batch_size=16, epochs=25,
               validation_data=(X_test, y_test), callbacks=[RunLogger("run")], verbose=2)

pred = (classifier.predict(X_test, verbose=0) > 0.5).astype(int).ravel()
print("test accuracy", np.mean(pred == y_test))
