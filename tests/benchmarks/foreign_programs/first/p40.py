from numpy import load
from tensorflow.keras import Sequential
from tensorflow.keras.layers import Dense, Flatten, Input
from tensorflow.keras.utils import set_random_seed, to_categorical
from resnet_app import RunLogger

set_random_seed(2)

# load the data
mnist = load("digits.npz")
trainX, trainY = mnist["x"][:4000].astype("float32"), mnist["y"][:4000]
testX, testY = mnist["x"][4000:5000].astype("float32"), mnist["y"][4000:5000]
trainY = to_categorical(trainY)
testY = to_categorical(testY)

# define the model
model = Sequential()
model.add(Input(shape=(28, 28)))
model.add(Flatten())
model.add(Dense(128, activation="relu"))
model.add(Dense(64, activation="relu"))
model.add(Dense(10, activation="softmax"))

# fit
model.compile(optimizer="sgd", loss="categorical_crossentropy", metrics=["accuracy"])
model.fit(trainX, trainY, epochs=10, batch_size=32, validation_data=(testX, testY), verbose=2,
          callbacks=[RunLogger("run")])
