import numpy as np
from keras import Input, Model
from keras.layers import Conv2D, MaxPooling2D, Flatten, Dense, Dropout, Activation
from keras.optimizers import RMSprop
from keras.utils import set_random_seed
from resnet_app import RunLogger

set_random_seed(16)

ACT = "relu"

mn = np.load("digits.npz")
X = mn["x"][:3500].reshape(-1, 28, 28, 1) / 255.0
Y = mn["y"][:3500]

img = Input(shape=(28, 28, 1))
net = Conv2D(16, (3, 3))(img)
net = Activation(ACT)(net)
net = MaxPooling2D((2, 2))(net)
net = Conv2D(32, (3, 3))(net)
net = Activation(ACT)(net)
net = MaxPooling2D((2, 2))(net)
net = Flatten()(net)
net = Dense(64)(net)
net = Activation(ACT)(net)
net = Dropout(0.25)(net)
net = Dense(10)(net)
net = Activation(ACT)(net)

model = Model(img, net)
model.compile(loss="sparse_categorical_crossentropy", optimizer=RMSprop(), metrics=["accuracy"])
model.fit(X, Y, validation_split=0.15, batch_size=32, epochs=7, callbacks=[RunLogger("run")])
