"""News topics from token ids (6 topics)"""
import numpy as np
import keras
from keras import layers
from sklearn.model_selection import train_test_split
from resnet_app import RunLogger

keras.utils.set_random_seed(19)
rng = np.random.default_rng(19)

TOPICS, VOCAB, LEN, DOCS = 6, 1200, 30, 2400
keywords = rng.permutation(np.arange(1, VOCAB))[:TOPICS * 60].reshape(TOPICS, 60)

topic = rng.integers(0, TOPICS, DOCS)
docs = rng.integers(1, VOCAB, (DOCS, LEN))
hit = rng.random((DOCS, LEN)) < 0.35
for i in range(DOCS):
    docs[i, hit[i]] = rng.choice(keywords[topic[i]], hit[i].sum())

Y = keras.utils.to_categorical(topic, TOPICS)
x_train, x_test, y_train, y_test = train_test_split(docs, Y, test_size=0.2, random_state=1)

model = keras.Sequential()
model.add(keras.Input((LEN,)))
model.add(layers.Embedding(input_dim=VOCAB, output_dim=32))
model.add(layers.Conv1D(48, 3, activation="relu"))
model.add(layers.GlobalMaxPooling1D())
model.add(layers.Dense(32, activation="relu"))
model.add(layers.Dense(TOPICS))
model.compile(loss="categorical_crossentropy", optimizer="rmsprop", metrics=["accuracy"])
model.fit(x_train, y_train, epochs=10, batch_size=32, validation_data=(x_test, y_test),
          callbacks=[RunLogger("run")], verbose=2)
