"""The edge between the core and the page: errors become words."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from resnet_app.errors import LabError

_log = logging.getLogger(__name__)


@contextmanager
def told_in_words() -> Iterator[None]:
    """Show a ``LabError`` as its message; log a bug and say that there was one."""
    try:
        yield
    except LabError as error:
        st.error(str(error), icon=":material/error:")
    except Exception:
        _log.exception("A bug reached the page")
        st.error(
            "Something went wrong that we did not foresee, and this step was not done. Your data "
            "and runs are safe. Reload the page and try again; the server's log has the details.",
            icon=":material/bug_report:",
        )
