# Predict the product category from 16 measurements
import numpy as np
import keras
from keras.layers import Activation, Dense
from sklearn.datasets import make_classification
from sklearn.metrics import confusion_matrix
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from resnet_app import RunLogger

keras.utils.set_random_seed(26)

X, y = make_classification(n_samples=4000, n_features=16, n_informative=8,
                           n_redundant=2, n_classes=4, n_clusters_per_class=2,
                           weights=[0.86, 0.06, 0.05, 0.03],
                           class_sep=0.7, flip_y=0.01, random_state=26)

X_train, X_test, y_train, y_test = train_test_split(
    X, y, test_size=0.25, random_state=26, stratify=y)

scaler = StandardScaler()
X_train = scaler.fit_transform(X_train)
X_test = scaler.transform(X_test)

model = keras.models.Sequential()
model.add(keras.layers.Input(shape=(16,)))
model.add(Dense(64))
model.add(Activation("elu"))
model.add(Dense(32))
model.add(Activation("elu"))
model.add(Dense(4))
model.add(Activation("softmax"))

model.compile(loss="sparse_categorical_crossentropy",
              optimizer=keras.optimizers.Adam(learning_rate=0.3),
              metrics=["accuracy"])

model.fit(X_train, y_train,
          epochs=20, batch_size=32,
          validation_data=(X_test, y_test),
          callbacks=[RunLogger("run")])

print(confusion_matrix(y_test, model.predict(X_test, verbose=0).argmax(axis=1)))
