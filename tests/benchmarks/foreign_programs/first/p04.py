"""SMS spam filter with an LSTM (token ids already made)."""
import numpy as np
from tensorflow import keras
from tensorflow.keras.layers import Dense, Dropout, Embedding, Input, LSTM
from tensorflow.keras.models import Sequential
from sklearn.model_selection import train_test_split
from resnet_app import RunLogger

keras.utils.set_random_seed(11)
rng = np.random.default_rng(11)

VOCAB, MAXLEN, N = 500, 30, 2000
spam_words = np.arange(20, 60)
ham_words = np.arange(60, 100)
X = rng.integers(100, VOCAB, size=(N, MAXLEN))
y = rng.integers(0, 2, size=N)
for i in range(N):
    pos = rng.choice(MAXLEN, size=7, replace=False)
    X[i, pos] = rng.choice(spam_words if y[i] == 1 else ham_words, size=7)
X = X.astype("int32")
y = y.astype("float32")

X_tr, X_te, y_tr, y_te = train_test_split(X, y, test_size=0.2, random_state=0)

model = Sequential([
    Input(shape=(MAXLEN,)),
    Embedding(VOCAB, 16),
    LSTM(16),
    Dropout(0.2),
    Dense(1, activation="softmax"),
])
model.compile(loss="binary_crossentropy", optimizer=keras.optimizers.Adam(3e-3), metrics=["accuracy"])
model.fit(X_tr, y_tr, epochs=6, batch_size=32, verbose=2, validation_data=(X_te, y_te),
          callbacks=[RunLogger("run")])
