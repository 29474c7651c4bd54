# Breast cancer, file in the layout of the old UCI file (last column = Class).
import numpy as np
import pandas as pd
import keras
from keras.layers import Dense, Dropout, Input
from keras.models import Sequential
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import MinMaxScaler
from resnet_app import RunLogger

keras.utils.set_random_seed(21)

bc = load_breast_cancer()
df = pd.DataFrame(bc.data, columns=bc.feature_names)
df["Class"] = np.where(bc.target == 1, 2, 4)      # 2 = benign, 4 = malignant
df.to_csv("wdbc.csv", index=False)

# ---------------------------------------------------------------
df = pd.read_csv("wdbc.csv")
X = df.drop(columns="Class").values
y = df["Class"].values

X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=5)
mms = MinMaxScaler().fit(X_train)
X_train, X_test = mms.transform(X_train), mms.transform(X_test)

model = Sequential()
model.add(Input(shape=(30,)))
model.add(Dense(30, activation="relu"))
model.add(Dropout(0.2))
model.add(Dense(15, activation="relu"))
model.add(Dense(1, activation="sigmoid"))
model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
model.fit(x=X_train, y=y_train, epochs=30, batch_size=16,
          validation_data=(X_test, y_test), callbacks=[RunLogger("run")], verbose=2)
