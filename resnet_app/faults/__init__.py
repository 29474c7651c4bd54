"""Mistakes made on purpose, for lessons and to measure the doctor."""

from resnet_app.faults.registry import FAULTS, cause_of, parse_mistake

__all__ = ["FAULTS", "cause_of", "parse_mistake"]
