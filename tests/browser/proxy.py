"""A proxy between browser and app whose connections can be cut, as bad Wi-Fi cuts them."""

import asyncio
import contextlib
import threading
from collections.abc import Coroutine, Iterator
from typing import Any


class Proxy:
    """Forwards from a port of its own to the app on ``target``, both on this machine."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._loop = asyncio.new_event_loop()
        self._open: set[asyncio.StreamWriter] = set()
        self._reachable = True
        self.cuts = 0
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        server = self._do(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port: int = server.sockets[0].getsockname()[1]

    def _do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._reachable:
            writer.transport.abort()
            return
        upstream, to_app = await asyncio.open_connection("127.0.0.1", self._target)
        self._open |= {writer, to_app}
        with contextlib.suppress(OSError):
            await asyncio.gather(_pump(reader, to_app), _pump(upstream, writer))
        self._open -= {writer, to_app}

    def cut(self) -> None:
        """End all connections at once, the websocket's too."""
        self._do(self._cut())

    async def _cut(self) -> None:
        self.cuts += len(self._open)
        for writer in self._open:
            writer.transport.abort()

    @contextlib.contextmanager
    def unreachable(self) -> Iterator[None]:
        """Cut, and take no new connection within: the device sleeps, or has no network."""
        self._reachable = False
        self.cut()
        yield
        self._reachable = True


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while chunk := await reader.read(2**16):
            writer.write(chunk)
            await writer.drain()
    finally:
        writer.close()
