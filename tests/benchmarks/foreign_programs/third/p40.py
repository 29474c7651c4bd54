# predict disease progression (a number), model outputs the same value for every patient
import numpy as np
import keras
from keras.layers import Dense, Input
from keras.models import Sequential
from sklearn.datasets import load_diabetes
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from resnet_app import RunLogger

keras.utils.set_random_seed(18)

X, y = load_diabetes(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=18)
s = StandardScaler().fit(X_train)
X_train, X_test = s.transform(X_train), s.transform(X_test)

regressor = Sequential()
regressor.add(Input(shape=(10,)))
regressor.add(Dense(32, activation="relu"))
regressor.add(Dense(16, activation="relu"))
regressor.add(Dense(1, activation="sigmoid"))
regressor.compile(optimizer=keras.optimizers.Adam(learning_rate=0.005), loss="mse", metrics=["mae"])
regressor.fit(X_train, y_train, epochs=40, batch_size=16,
              validation_data=(X_test, y_test), callbacks=[RunLogger("run")], verbose=2)
print(np.c_[y_test[:8], regressor.predict(X_test[:8], verbose=0).ravel()])
