import keras
from keras.models import Sequential
from keras.layers import Dense, Input
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from resnet_app import RunLogger

keras.utils.set_random_seed(123)

cancer = load_breast_cancer()
X, y = cancer.data, cancer.target
Xtr, Xte, ytr, yte = train_test_split(X, y, test_size=0.25, random_state=123)

clf = Sequential()
clf.add(Input((30,)))
clf.add(Dense(64, activation="relu"))
clf.add(Dense(32, activation="relu"))
clf.add(Dense(1, activation="softmax"))
clf.compile(optimizer=keras.optimizers.SGD(learning_rate=0.01),
            loss="binary_crossentropy", metrics=["accuracy"])
clf.fit(Xtr, ytr, epochs=30, batch_size=16, validation_data=(Xte, yte), verbose=2,
        callbacks=[RunLogger("run")])
print(clf.evaluate(Xte, yte, verbose=0))
