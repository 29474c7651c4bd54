import numpy as np
import keras
from keras.models import Sequential
from keras.layers import Dense, Input
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from resnet_app import RunLogger

keras.utils.set_random_seed(3)

data = load_breast_cancer()
features = data.data
target = data.target

xtr, xte, ytr, yte = train_test_split(features, target, test_size=0.2, random_state=3, stratify=target)
ss = StandardScaler().fit(xtr)
xtr, xte = ss.transform(xtr), ss.transform(xte)

def create_model(units=24, lr=0.001):
    model = Sequential()
    model.add(Input(shape=(xtr.shape[1],)))
    model.add(Dense(units, activation="relu"))
    model.add(Dense(units // 2, activation="relu"))
    model.add(Dense(1, activation="softmax"))
    model.compile(loss="binary_crossentropy",
                  optimizer=keras.optimizers.Adam(learning_rate=lr),
                  metrics=["accuracy"])
    return model

model = create_model()
model.fit(xtr, ytr, epochs=30, batch_size=16, validation_data=(xte, yte),
          callbacks=[RunLogger("run")], verbose=2)
print(model.predict(xte[:10], verbose=0).ravel())
