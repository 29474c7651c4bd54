"""MNIST by download: from a server of our own, and from none."""

import hashlib
import importlib.util
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from resnet_app.data import download
from resnet_app.data.download import ADDRESS, SHA256, download_mnist
from resnet_app.data.source import no_progress
from resnet_app.errors import DataError

CONTENT = bytes(range(256)) * 2000


@contextmanager
def served(
    content: bytes, status: int = 200, declared: int | None = None, pause: float = 0.0
) -> Iterator[str]:
    """The address of a server that gives ``content``, after a ``pause`` in the middle."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(declared or len(content)))
            self.end_headers()
            self.wfile.write(content[: len(content) // 2])
            self.wfile.flush()
            time.sleep(pause)
            self.wfile.write(content[len(content) // 2 :])

        def log_message(self, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/mnist.npz"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(autouse=True)
def known_content(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "SHA256", hashlib.sha256(CONTENT).hexdigest())
    monkeypatch.setenv("no_proxy", "*")


def test_address_and_hash_are_those_of_keras():
    keras = importlib.util.find_spec("keras")
    assert keras is not None and keras.origin is not None
    text = (Path(keras.origin).parent / "src/datasets/mnist.py").read_text(encoding="utf-8")
    folder, _, name = ADDRESS.rpartition("/")
    assert f'"{folder}/"' in text and f"}}{name}" in text and f'"{SHA256}"' in text


def test_a_download_is_checked_and_told_on_the_way(tmp_path: Path):
    told: list[tuple[float, str]] = []
    with served(CONTENT) as address:
        file = download_mnist(tmp_path, lambda *step: told.append(step), address)
    assert file.name == "MNIST" and file.path.read_bytes() == CONTENT
    shares = [share for share, _ in told]
    assert shares == sorted(shares) and shares[-1] == 1 and len(shares) > 3
    assert "0.5 MiB" in told[-1][1]


def refused(folder: Path, address: str) -> str:
    """The words with which a download is refused; nothing is left behind."""
    with pytest.raises(DataError) as caught:
        download_mnist(folder, no_progress, address)
    assert list(folder.iterdir()) == []
    words = str(caught.value)
    assert "built-in digits" in words and "mnist.npz" in words and "Received: " in words
    return words


def test_something_else_is_refused_by_its_hash(tmp_path: Path):
    with served(b"<html>Please sign in</html>") as address:
        assert "sign-in page" in refused(tmp_path, address)


def test_an_error_of_the_server_is_told(tmp_path: Path):
    with served(b"gone", status=404) as address:
        assert "status 404" in refused(tmp_path, address)


def test_a_download_that_breaks_off_is_told(tmp_path: Path):
    with served(CONTENT, declared=2 * len(CONTENT)) as address:
        assert "512,000 of 1,024,000 bytes" in refused(tmp_path, address)


@pytest.mark.parametrize("declared", [None, 2**40])
def test_far_too_much_is_refused(
    declared: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    if declared is None:
        monkeypatch.setattr(download, "_MAX_BYTES", 100_000)
    with served(CONTENT, declared=declared) as address:
        assert "far larger" in refused(tmp_path, address)


def test_a_silent_server_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(download, "_TIMEOUT_SECONDS", 0.2)
    with served(CONTENT, pause=1.0) as address:
        assert "silent" in refused(tmp_path, address)


def test_a_refused_connection_is_told(tmp_path: Path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # nobody listens there
        address = f"http://127.0.0.1:{taken.getsockname()[1]}/mnist.npz"
        assert "refused" in refused(tmp_path, address)


def test_no_network_is_told(tmp_path: Path):
    assert "no network" in refused(tmp_path, "http://mnist.invalid/mnist.npz")


def test_a_server_that_nobody_trusts_is_told(tmp_path: Path):
    with served(CONTENT) as address:
        assert "not trusted" in refused(tmp_path, address.replace("http:", "https:"))
