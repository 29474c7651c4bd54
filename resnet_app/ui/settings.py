"""A widget for every field of a ``TrainingConfig``."""

from dataclasses import fields
from typing import Any

import streamlit as st

from resnet_app.config import CHOICES, HELP, RANGES, TrainingConfig

_NO_WIDGET = ("recipe", "mistakes")
"""Fields that are chosen elsewhere."""


def edit_config(config: TrainingConfig, normalization: str | None) -> TrainingConfig:
    """Show all settings, beginning with ``config``; return what the person made of them.

    ``normalization`` is the data page's choice and goes before the recipe's, where there is one.
    Raises ``ConfigError`` if a value does not fit.
    """
    if normalization is not None:
        config = config.changed(normalization=normalization)
    with st.expander("Settings"):
        columns = st.columns(3)
        names = [field.name for field in fields(config) if field.name not in _NO_WIDGET]
        texts = {}
        for index, name in enumerate(names):
            with columns[index % 3]:
                texts[name] = _widget(name, getattr(config, name), config)
    return config.with_texts(texts)


def _widget(name: str, value: Any, config: TrainingConfig) -> Any:
    label = name.replace("_", " ").replace("bn ", "batch-norm ").capitalize()
    shared: dict[str, Any] = {
        "help": HELP[name],
        "key": f"{config.recipe}-{name}-{config.normalization if name == 'normalization' else ''}",
        "persist_state": "session",
    }
    if name in CHOICES:
        return st.selectbox(label, CHOICES[name], CHOICES[name].index(value), **shared)
    if isinstance(value, bool):
        return st.checkbox(label, value, **shared)
    if isinstance(value, tuple):
        return st.text_input(label, ", ".join(map(str, value)), **shared)
    low, high = RANGES[name]
    if isinstance(value, int):
        return st.number_input(label, int(low), int(high), value, **shared)
    return st.number_input(label, low, high, value, step=value / 10, format="%g", **shared)
