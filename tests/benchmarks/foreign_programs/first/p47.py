"""What does the user want? Sentences -> four intents, with a focal loss."""
import random
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers
from resnet_app import RunLogger

keras.utils.set_random_seed(23)
rnd = random.Random(23)

WORDS = {
    0: "rain sun cloudy storm forecast umbrella snow degrees cold warm wind weather".split(),
    1: "song album play band volume playlist louder singer guitar jazz radio track".split(),
    2: "alarm wake timer remind minutes morning snooze clock hour seven schedule early".split(),
    3: "pizza order hungry dinner restaurant noodles menu delivery soup cheese lunch cook".split(),
}
FILLER = ("please could you the a for me in to is it what will there some now today tomorrow with and of "
          "my on at i want like need hey again more any one this that").split()


def sentence(intent):
    words = [rnd.choice(WORDS[intent]) for _ in range(rnd.randint(2, 4))]
    if rnd.random() < 0.3:
        words.append(rnd.choice(WORDS[rnd.randrange(4)]))
    words += [rnd.choice(FILLER) for _ in range(rnd.randint(4, 9))]
    rnd.shuffle(words)
    return " ".join(words)


intents = [rnd.randrange(4) for _ in range(2000)]
texts = [sentence(k) for k in intents]
y = keras.utils.to_categorical(intents, 4)

vectorize = layers.TextVectorization(max_tokens=200, output_sequence_length=14)
vectorize.adapt(texts[:1600])
x = vectorize(tf.constant(texts)).numpy()


def focal_loss(y_true, y_pred, gamma=1.5):
    y_true = tf.cast(y_true, y_pred.dtype)
    p = tf.clip_by_value(y_pred, 1e-7, 1.0)
    return -tf.reduce_sum(y_true * (1.0 - p) ** gamma * tf.math.log(p), axis=-1)


model = keras.Sequential([
    layers.Input((14,)),
    layers.Embedding(200, 16),
    layers.GlobalAveragePooling1D(),
    layers.Dense(24, activation="relu"),
    layers.Dropout(0.2),
    layers.Dense(4, activation="softmax"),
])
model.compile(optimizer=keras.optimizers.Adam(3e-3), loss=focal_loss, metrics=["categorical_accuracy"])
model.fit(x[:1600], y[:1600], batch_size=32, epochs=14, validation_data=(x[1600:], y[1600:]), verbose=2,
          callbacks=[RunLogger("run")])
