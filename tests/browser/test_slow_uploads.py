"""Uploads that never come to an end, too large ones, and strangers' ones, over raw sockets."""

import asyncio
import secrets
import urllib.request
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks.visitor import Visitor
from tests.browser.conftest import serve

_SLOW = 40
_PAGE_SECONDS = 30.0
"""In which another's page is there; two busy cores need some."""

_BYTES = 100 * 2**20
_BOUNDARY = "boundary"
_HEAD = (
    f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="digits.npz"\r\n'
    "Content-Type: application/octet-stream\r\n\r\n"
).encode()
_END = f"\r\n--{_BOUNDARY}--\r\n".encode()


def run_apart(visit: Coroutine[Any, Any, None]) -> None:
    """Run ``visit`` in a thread of its own: once a browser is open, this one's loop is taken."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, visit).result()


def test_slow_uploads_hold_nobody_up(app_url: str):
    run_apart(_visit_beside_slow_uploads(app_url.removeprefix("http://")))


async def _visit_beside_slow_uploads(address: str) -> None:
    async with Visitor(address, "data", "") as slow:
        await slow.until(lambda: slow.finished and slow.session)
        uploads = [await Upload.begin(address, slow.session, _BYTES) for _ in range(_SLOW)]
        drips = [asyncio.create_task(upload.drip()) for upload in uploads]
        try:
            async with Visitor(address, "draw", "") as other:
                await other.until(lambda: other.finished and "canvas" in other.ids, _PAGE_SECONDS)
            answer = await asyncio.to_thread(_ask, f"http://{address}/_stcore/health")
            assert answer == b"ok"
            assert not any(drip.done() for drip in drips), "an upload had an answer before its end"
            assert not slow.cut_off
        finally:
            for drip, upload in zip(drips, uploads, strict=True):
                drip.cancel()
                upload.close()
        content = b"0" * 64  # one that is slow and does end is taken
        whole = await Upload.begin(address, slow.session, len(_HEAD + content + _END))
        for byte in content:
            await whole.send(bytes([byte]))
            await asyncio.sleep(0.02)
        await whole.send(_END)
        assert await whole.answer() == 204


def test_too_large_and_strangers_uploads_are_refused_before_their_content(app_url: str):
    run_apart(_be_refused(app_url.removeprefix("http://")))


async def _be_refused(address: str) -> None:
    async with Visitor(address, "data", "") as visitor:
        await visitor.until(lambda: visitor.finished and visitor.session)
        own = visitor.session
        for session, size, forged, status in (
            (own, 201 * 2**20, False, 413),
            (secrets.token_hex(16), 1000, False, 400),
            ("..%2f..%2fetc", 1000, False, 400),
            (own, 1000, True, 403),
        ):
            upload = await Upload.begin(address, session, size, forged)
            assert await upload.answer() == status
            upload.close()


def test_an_upload_that_hides_its_size_is_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("STREAMLIT_SERVER_MAX_UPLOAD_SIZE", "1")  # MiB; by default it takes long
    with serve(tmp_path) as url:
        run_apart(_be_cut_off(url.removeprefix("http://")))


async def _be_cut_off(address: str) -> None:
    async with Visitor(address, "data", "") as visitor:
        await visitor.until(lambda: visitor.finished and visitor.session)
        upload = await Upload.begin(address, visitor.session, None)
        answer = asyncio.create_task(upload.answer())
        sent = 0
        while not answer.done():
            assert sent < 4 * 2**20, "nobody counts what comes"
            await upload.send_chunk(b"0" * 2**17)
            sent += 2**17
            await asyncio.wait([answer], timeout=0.2)
        assert await answer == 413
        upload.close()


class Upload:
    """One request whose content comes as slowly as it is sent."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def begin(
        cls, address: str, session: str, size: int | None, forged: bool = False
    ) -> "Upload":
        """Send the head of an upload for ``session``, and of its one file.

        It tells its ``size`` in bytes; where that is None it comes in chunks.
        """
        token = await asyncio.to_thread(_token, f"http://{address}/_stcore/health")
        host, port = address.split(":")
        upload = cls(*await asyncio.open_connection(host, int(port)))
        head = (
            f"PUT /_stcore/upload_file/{session}/{secrets.token_hex(16)} HTTP/1.1\r\n"
            f"Host: {address}\r\nCookie: _streamlit_xsrf={token}\r\n"
            f"X-Xsrftoken: {'0' if forged else token}\r\n"
            + (f"Content-Length: {size}" if size else "Transfer-Encoding: chunked")
            + f"\r\nContent-Type: multipart/form-data; boundary={_BOUNDARY}\r\n\r\n"
        )
        await upload.send(head.encode())
        await (upload.send(_HEAD) if size else upload.send_chunk(_HEAD))
        return upload

    async def send_chunk(self, content: bytes) -> None:
        """Send some of an upload that did not tell its size."""
        await self.send(b"%x\r\n%b\r\n" % (len(content), content))

    async def send(self, content: bytes) -> None:
        """Send some of it."""
        self._writer.write(content)
        await self._writer.drain()

    async def drip(self) -> None:
        """Send a byte now and then until there is an answer."""
        waits = asyncio.create_task(self.answer())
        while not waits.done():
            await self.send(b"0")
            await asyncio.wait([waits], timeout=0.2)

    async def answer(self) -> int:
        """The status of the answer, whenever it comes."""
        return int((await self._reader.readline()).split()[1])

    def close(self) -> None:
        """Cut it off."""
        self._writer.transport.abort()


def _ask(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=_PAGE_SECONDS) as answer:
        content: bytes = answer.read()
        return content


def _token(url: str) -> str:
    """What the server gives a browser to show that an upload comes from its own page."""
    with urllib.request.urlopen(url, timeout=_PAGE_SECONDS) as answer:
        cookie: str = answer.headers["Set-Cookie"]
    return cookie.split(";")[0].partition("=")[2]
