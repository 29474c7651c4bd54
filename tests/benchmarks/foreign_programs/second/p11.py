from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
import numpy as np
import keras
from keras.models import Sequential
from keras.layers import Dense, Dropout, Input
from resnet_app import RunLogger

keras.utils.set_random_seed(123)

cancer = load_breast_cancer()
X = cancer.data
# class code of the clinic: 1 = malignant, 2 = benign
y = cancer.target + 1

X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, random_state=123)

sc = StandardScaler()
X_train = sc.fit_transform(X_train)
X_test = sc.transform(X_test)

classifier = Sequential()
classifier.add(Input(shape=(30,)))
classifier.add(Dense(16, activation="relu"))
classifier.add(Dropout(0.1))
classifier.add(Dense(16, activation="relu"))
classifier.add(Dense(1, activation="softmax"))

classifier.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])

classifier.fit(
    X_train, y_train.astype("float32"),
    batch_size=16,
    epochs=40,
    validation_data=(X_test, y_test.astype("float32")),
    callbacks=[RunLogger("run")],
)

print(classifier.predict(X_test[:10], verbose=0).ravel(), y_test[:10])
