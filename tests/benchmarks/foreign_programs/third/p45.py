"""Spam / ham / support / sales: mails to our inbox"""
import numpy as np
import pandas as pd
import keras
from keras import layers
from resnet_app import RunLogger

keras.utils.set_random_seed(68)
rng = np.random.default_rng(68)

CATS = ["spam", "ham", "support", "sales"]
words = np.array([f"w{i}" for i in range(900)])
own = {c: words[50 * i:50 * i + 50] for i, c in enumerate(CATS)}
rows = []
for i in range(2000):
    cat = CATS[rng.integers(4)]
    n = rng.integers(15, 31)
    tok = np.where(rng.random(n) < 0.4, rng.choice(own[cat], n), rng.choice(words, n))
    rows.append({"text": " ".join(tok), "label": cat})
df = pd.DataFrame(rows)

# shuffle, then make sequences
texts = df["text"].sample(frac=1, random_state=68).tolist()
labels = df["label"].map({c: i for i, c in enumerate(CATS)}).values

vocab = {}
for t in texts:
    for w in t.split():
        vocab.setdefault(w, len(vocab) + 1)
MAXLEN = 30
seqs = np.zeros((len(texts), MAXLEN), dtype="int32")
for i, t in enumerate(texts):
    ids = [vocab[w] for w in t.split()][:MAXLEN]
    seqs[i, :len(ids)] = ids

cut = int(0.8 * len(seqs))
model = keras.Sequential([
    keras.Input((MAXLEN,), dtype="int32"),
    layers.Embedding(len(vocab) + 1, 32),
    layers.Conv1D(64, 3, activation="relu"),
    layers.GlobalMaxPooling1D(),
    layers.Dense(32, activation="relu"),
    layers.Dense(4, activation="softmax"),
])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(seqs[:cut], labels[:cut], batch_size=32, epochs=12,
          validation_data=(seqs[cut:], labels[cut:]), callbacks=[RunLogger("run")], verbose=2)
