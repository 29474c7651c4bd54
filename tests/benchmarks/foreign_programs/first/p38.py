# How deep can we go? 8 hidden layers on the small 8x8 digits.
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from tensorflow import keras
from tensorflow.keras.layers import Dense, Input
from resnet_app import RunLogger

keras.utils.set_random_seed(88)

digits = load_digits()
x = (digits.images / 16.0).reshape(len(digits.images), -1)
y = keras.utils.to_categorical(digits.target, 10)
x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.2, random_state=88)

model = keras.Sequential()
model.add(Input((64,)))
for n in range(8):
    model.add(Dense(64, activation="sigmoid", name=f"hidden_{n + 1}"))
model.add(Dense(10, activation="softmax", name="out"))

model.compile(optimizer=keras.optimizers.SGD(learning_rate=0.05, momentum=0.9),
              loss="categorical_crossentropy", metrics=["accuracy"])
model.fit(x_train, y_train, batch_size=32, epochs=25, verbose=2, validation_data=(x_test, y_test),
          callbacks=[RunLogger("run")])
