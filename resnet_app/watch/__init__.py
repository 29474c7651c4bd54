"""Evidence of a training that goes on: what the network does, written beside its curves.

``Watcher`` writes the events ``facts``, ``watch`` and ``modes`` (see ``doctor.evidence``);
``RunLogger`` does that, and the curves, in anybody's Keras script. Modules here load Keras, but for
``budget`` and ``data``.
"""
