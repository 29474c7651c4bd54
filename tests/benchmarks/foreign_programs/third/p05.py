# wine classification, why is my accuracy so bad?
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split
import keras
from keras.layers import Dense, Input
from keras.models import Sequential
from resnet_app import RunLogger

keras.utils.set_random_seed(0)

wine = load_wine()
X = wine.data
y = keras.utils.to_categorical(wine.target)

X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=0)

model = Sequential([
    Input(shape=(13,)),
    Dense(32, activation="relu"),
    Dense(16, activation="relu"),
    Dense(3, activation="softmax"),
])
model.compile(optimizer=keras.optimizers.SGD(learning_rate=0.01),
              loss="categorical_crossentropy", metrics=["accuracy"])
model.fit(X_train, y_train, epochs=60, batch_size=16,
          validation_data=(X_test, y_test), callbacks=[RunLogger("run")], verbose=2)
loss, acc = model.evaluate(X_test, y_test, verbose=0)
print("Test accuracy: %.3f" % acc)
