"""Loading Keras and TensorFlow, once in a process that trains."""

import os
import sys

ONEDNN = "TF_ENABLE_ONEDNN_OPTS"
"""TensorFlow reads it when it is loaded: 1 for oneDNN's kernels, 0 for its own."""

_TABLES = ("pandas", "pyarrow", "sklearn")


def load_keras() -> None:
    """Import Keras and TensorFlow without the libraries whose tables they would accept.

    Where those are installed, Keras imports them, though no run is fed with tables: without them
    it is 551 and not 673 MB, after 2.1 and not 3.0 s (Keras 3.15, TensorFlow 2.21, two cores). They
    can be imported as usual afterwards.

    oneDNN's kernels are on unless ``TF_ENABLE_ONEDNN_OPTS`` says otherwise. TensorFlow itself takes
    them only where the processor has VNNI, AVX512-BF16 or AMX (its release notes of 2.9), and they
    train small networks faster on others too: see ``tests/benchmarks/throughput.py``.
    """
    if "keras" in sys.modules:
        return
    os.environ.setdefault(ONEDNN, "1")
    hidden = [name for name in _TABLES if name not in sys.modules]
    for name in hidden:
        sys.modules[name] = None  # type: ignore[assignment]  # as if it were not installed
    try:
        import keras  # noqa: F401
        import tensorflow  # noqa: F401
    finally:
        for name in hidden:
            del sys.modules[name]
