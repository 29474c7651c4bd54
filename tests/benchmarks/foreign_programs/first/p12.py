from sklearn.datasets import load_diabetes
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
import keras
from keras import layers
from resnet_app import RunLogger

keras.utils.set_random_seed(8)

X, y = load_diabetes(return_X_y=True)          # y: disease progression after one year
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=8)
scaler = StandardScaler().fit(X_train)
X_train = scaler.transform(X_train)
X_test = scaler.transform(X_test)


class Regressor(keras.Model):
    def __init__(self):
        super().__init__()
        self.h1 = layers.Dense(64, activation="relu")
        self.h2 = layers.Dense(32, activation="relu")
        self.out = layers.Dense(1, activation="sigmoid")

    def call(self, x):
        return self.out(self.h2(self.h1(x)))


model = Regressor()
model.compile(optimizer=keras.optimizers.Adam(5e-3), loss="mse", metrics=["mae"])
model.fit(X_train, y_train, batch_size=16, epochs=30, validation_data=(X_test, y_test),
          callbacks=[RunLogger("run")], verbose=2)
