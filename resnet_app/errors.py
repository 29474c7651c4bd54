"""Errors that a person may see.

::

    LabError                what happened, why, what to do next
    ├── DataError           a data set, image or drawing cannot be used
    ├── ConfigError         a training setting is out of range
    ├── RunError            a run is missing, unfinished or broken
    ├── ClassroomError      a class session is unknown, closed or cannot be read
    └── LimitError          too large, or too many at once

Only the edge of the page (``resnet_app.ui.guards``) and of the command line
(``resnet_app.cli``) catch them; anything else is a bug and is logged.
"""


class LabError(Exception):
    """An error with a message written for the person at the screen.

    The message is one short paragraph in plain words: what happened, why, and what to do next.
    Where a value was refused it ends with ``Received: …``.
    """


class DataError(LabError):
    """A data set, image or drawing cannot be used."""


class ConfigError(LabError):
    """A training setting is unknown or out of range."""


class RunError(LabError):
    """A run is missing, unfinished or broken."""


class ClassroomError(LabError):
    """A class session is unknown, closed or cannot be read."""


class LimitError(LabError):
    """Something is too large, or too many things were asked for at once."""
