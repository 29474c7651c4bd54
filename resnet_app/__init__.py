"""ResNet Digit Lab: train the posted ResNet on digits, see why it learns or not, draw on it."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from resnet_app.watch.logger import RunLogger

__all__ = ["RunLogger"]


def __getattr__(name: str) -> Any:
    """``RunLogger`` loads Keras, so it is imported when it is asked for."""
    if name == "RunLogger":
        from resnet_app.watch.logger import RunLogger

        return RunLogger
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
