import numpy as np
import keras
from keras.layers import Dense, Input
from keras.models import Model
from sklearn.datasets import load_diabetes
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from resnet_app import RunLogger

keras.utils.set_random_seed(2)

# progression of diabetes after one year
X, y = load_diabetes(return_X_y=True, scaled=False)
X_train, X_val, y_train, y_val = train_test_split(X, y, test_size=0.2, random_state=2)

ss = StandardScaler()
ss.fit(X_train)
X_train = ss.transform(X_train)

i = Input((10,))
h = Dense(32, activation="relu")(i)
h = Dense(16, activation="relu")(h)
o = Dense(1, activation="sigmoid")(h)
reg = Model(i, o)
reg.compile(loss="mean_squared_error", optimizer=keras.optimizers.Adam(0.01), metrics=["mae"])
hist = reg.fit(X_train, y_train, epochs=40, batch_size=16,
               validation_data=(X_val, y_val), verbose=2,
               callbacks=[RunLogger("run")])
print("mae", hist.history["val_mae"][-1])
