"""The app as Streamlit's AppTest runs it."""

import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.components.v2.manifest_scanner import scan_component_manifests
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest

_PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session", autouse=True)
def installed() -> Iterator[None]:
    """Look for components among the installed packages once, as a server does; not once a page."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(scan_component_manifests))
        yield


@pytest.fixture(autouse=True)
def served_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let AppTest be like a server whose ``app.py`` has run once; else each run is the first."""

    class Served(PagesManager):
        def __init__(self, *arguments, **options) -> None:
            super().__init__(*arguments, **options)
            PagesManager.uses_pages_directory = False

    monkeypatch.setattr("streamlit.testing.v1.app_test.PagesManager", Served)


def open_page(name: str = "start") -> AppTest:
    app = AppTest.from_file(str(_PROJECT / "app.py"), default_timeout=60).run()
    if name != "start":
        app.switch_page(f"pages/{name}.py").run()
    assert not app.exception
    return app


def button(app: AppTest, label: str):
    return next(found for found in app.button if found.label == label)


def words(app: AppTest) -> str:
    """Everything that the page says in texts."""
    elements = (*app.markdown, *app.caption, *app.info, *app.error, *app.success, *app.warning)
    return "\n".join(element.value for element in elements)


def loaded_by(script: str) -> set[str]:
    """Top-level modules that are loaded after ``script`` ran in a process of its own."""
    code = f"{script}\nimport sys; print(' '.join({{n.split('.')[0] for n in sys.modules}}))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=_PROJECT, check=True
    )
    return set(done.stdout.split())
