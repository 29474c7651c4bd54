"""The edge between the core and the page: errors become words."""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from resnet_app.errors import LabError
from resnet_app.files import DISK_FULL, is_disk_full

_log = logging.getLogger(__name__)


@contextmanager
def told_in_words() -> Iterator[None]:
    """Show a ``LabError`` as its message; log a bug and say that there was one."""
    try:
        yield
    except LabError as error:
        show_error(error)
    except OSError as error:
        if is_disk_full(error):
            st.error(DISK_FULL, icon=":material/hard_drive:")
        else:
            _tell_bug()
    except Exception:
        _tell_bug()


def _tell_bug() -> None:
    _log.exception("A bug reached the page")
    st.error(
        "Something went wrong that we did not foresee, and this step was not done. Your data "
        "and runs are safe. Reload the page and try again; the server's log has the details.",
        icon=":material/bug_report:",
    )


def show_error(error: LabError) -> None:
    """Show the message of ``error``, in which somebody's file name has no meaning to Markdown."""
    st.error(plain(str(error)), icon=":material/error:")


def plain(text: str) -> str:
    """``text`` without meaning to Markdown."""
    return re.sub(r"[\\`*_{}\[\]()#+\-!|~<>$]|:(?=\S)", r"\\\g<0>", text)
