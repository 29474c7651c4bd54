"""A browser without a window: it speaks the app's websocket protocol and keeps what it was shown.

Pages in a real browser would take the two cores that the app is to be measured on.
"""

import asyncio
import time
from types import TracebackType
from typing import Self

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import connect


class Visitor:
    """One open page. ``texts`` are all headings, alerts and captions shown last, by their kind."""

    def __init__(self, address: str, page: str, query: str) -> None:
        self._url = f"http://{address}/{page}"
        self._socket_url = f"ws://{address}/_stcore/stream"
        self._page, self._query, self._hash = page, query, ""
        self._widgets: dict[str, WidgetState] = {}
        self._shown = asyncio.Condition()
        self.texts: dict[str, str] = {}
        self.ids: dict[str, tuple[str, str]] = {}
        """Id and fragment of each button, by its label, and of the ``canvas``."""
        self.session = ""
        """The server's name for this page's session."""
        self.finished = 0
        self.cut_off = False
        self.failure: Exception | None = None

    async def __aenter__(self) -> Self:
        self._socket = await connect(
            self._socket_url, subprotocols=["streamlit"], max_size=None, open_timeout=60
        )
        self._listening = asyncio.create_task(self._listen())
        await self._rerun()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._listening.cancel()
        await self._socket.close()

    async def until(self, condition, seconds: float = 60) -> float:
        """Wait until ``condition()`` holds; the time at which it did."""
        try:
            async with asyncio.timeout(seconds), self._shown:
                await self._shown.wait_for(condition)
        except TimeoutError:
            raise TimeoutError(
                f"the page shows {self.texts}, cut off: {self.cut_off}"
            ) from self.failure
        return time.perf_counter()

    async def click(self, label: str) -> None:
        """Click the button with this label."""
        widget, fragment = self.ids[label]
        await self._rerun(fragment, WidgetState(id=widget, trigger_value=True))

    async def send(self, name: str, json: str) -> None:
        """Give a component its new state, which stays."""
        widget, fragment = self.ids[name]
        self._widgets = {widget: WidgetState(id=widget, json_value=json)}
        await self._rerun(fragment)

    async def _rerun(self, fragment: str = "", *once: WidgetState, timed: bool = False) -> None:
        message = BackMsg()
        state = message.rerun_script
        state.query_string, state.page_name = self._query, self._page
        state.page_script_hash, state.fragment_id = self._hash, fragment
        state.is_auto_rerun = timed
        state.context_info.url = self._url
        state.widget_states.widgets.extend([*self._widgets.values(), *once])
        await self._socket.send(message.SerializeToString())

    async def _listen(self) -> None:
        timers: dict[str, asyncio.Task[None]] = {}
        try:
            async for data in self._socket:
                message = ForwardMsg()
                message.ParseFromString(data)
                if message.WhichOneof("type") == "auto_rerun":
                    rerun = message.auto_rerun
                    if rerun.fragment_id not in timers:
                        again = self._again(rerun.fragment_id, rerun.interval)
                        timers[rerun.fragment_id] = asyncio.create_task(again)
                await self._take(message)
        except Exception as error:  # a bug of this client's; whoever waits is told
            self.failure = error
        finally:
            self.cut_off = True
            for timer in timers.values():
                timer.cancel()

    async def _again(self, fragment: str, interval: float) -> None:
        while True:
            await asyncio.sleep(interval)
            await self._rerun(fragment, timed=True)

    async def _take(self, message: ForwardMsg) -> None:
        async with self._shown:
            kind = message.WhichOneof("type")
            if kind == "navigation":
                self._hash = message.navigation.page_script_hash
            elif kind == "new_session":
                self.session = message.new_session.initialize.session_id
            elif kind == "page_info_changed":
                self._query = message.page_info_changed.query_string
            elif kind == "script_finished":
                self.finished += 1
            elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
                self._look_at(message.delta.new_element, message.delta.fragment_id)
            self._shown.notify_all()

    def _look_at(self, element: Element, fragment: str) -> None:
        kind = element.WhichOneof("type")
        if kind in ("heading", "alert", "markdown"):
            self.texts[kind] = getattr(element, kind).body
        elif kind == "metric":
            self.texts[element.metric.label] = element.metric.body
        elif kind == "button":
            self.ids[element.button.label] = element.button.id, fragment
        elif kind == "bidi_component":
            self.ids["canvas"] = element.bidi_component.id, fragment
