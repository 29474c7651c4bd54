"""Card transactions: find the fraudulent ones.  98 % accuracy but confusion matrix is odd"""
import numpy as np
import keras
from keras import layers
from sklearn.metrics import confusion_matrix
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from resnet_app import RunLogger

keras.utils.set_random_seed(88)
rng = np.random.default_rng(88)

N, P = 6000, 12
y = (rng.random(N) < 0.025).astype("int32")
X = rng.normal(0, 1, (N, P))
X[y == 1, :5] += 0.75          # fraud: somewhat larger, later, farther, more often, newer shop
X[:, 5:] *= rng.uniform(0.5, 20, P - 5)

X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, stratify=y, random_state=88)
std = StandardScaler()
X_train = std.fit_transform(X_train)
X_test = std.transform(X_test)

model = keras.Sequential([
    keras.Input((P,)),
    layers.Dense(16, activation="relu"),
    layers.Dropout(0.2),
    layers.Dense(8, activation="relu"),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
model.fit(X_train, y_train, epochs=12, batch_size=64, validation_data=(X_test, y_test),
          callbacks=[RunLogger("run")], verbose=2)

y_hat = (model.predict(X_test, verbose=0).ravel() > 0.5).astype(int)
print(confusion_matrix(y_test, y_hat))
