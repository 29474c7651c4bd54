"""Whose a run, a data set or a drawing is, and who may see and change it.

A browser holds a token of 128 random bits; an owner is the token's hash, which is all that is kept
on disk. What has no owner, such as a run from the command line, belongs to the installation. A
viewer is an owner too, or None: whoever sits at the command line.
"""

import hashlib
import re
import secrets

from resnet_app import settings

_FORM = re.compile(r"[0-9a-f]{32}")
"""Of tokens and of owners alike: 128 bits."""


def new_token() -> str:
    """What a browser is to keep."""
    return secrets.token_hex(16)


def is_token(text: object) -> bool:
    """Whether ``new_token`` may have made ``text``."""
    return isinstance(text, str) and _FORM.fullmatch(text) is not None


def owner_of(token: str) -> str:
    """The owner that a browser with ``token`` is: 32 hexadecimal digits."""
    return hashlib.sha256(f"owner {token}".encode()).hexdigest()[:32]


def is_owner(text: str) -> bool:
    """Whether ``owner_of`` may have made ``text``, and so no path."""
    return _FORM.fullmatch(text) is not None


def may_change(viewer: str | None, owner: str | None) -> bool:
    """Whether ``viewer`` finds in lists, and may change, what is ``owner``'s.

    Raises ``ConfigError`` as ``settings.text`` does.
    """
    if viewer is None or owner is None or viewer == owner:
        return True
    return settings.text(settings.SHARED) == "open"
