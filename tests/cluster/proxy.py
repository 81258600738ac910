"""TCP proxies in one thread: while a proxy is cut, its connections stay open and nothing passes, as when cables are pulled."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Proxy:
    """A port of loopback that leads to another one."""

    def __init__(self, target: int) -> None:
        """Lead to a port; `Proxies` makes it listen."""
        self.target, self.port = target, 0
        self.passing = asyncio.Event()
        self.passing.set()

    async def listen(self) -> None:
        """Take a free port."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._task = asyncio.create_task(self._listening(server))

    @staticmethod
    async def _listening(server: asyncio.Server) -> None:
        """Listen until the loop ends, which cancels this."""
        try:
            await asyncio.Event().wait()
        finally:
            server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.CancelledError):  # the end of the tests
            await self._lead(reader, writer)

    async def _lead(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self.passing.wait()
        try:
            inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.close()
            return
        try:
            await asyncio.gather(self._pass(reader, inner_writer), self._pass(inner_reader, writer))
        finally:
            writer.close()
            inner_writer.close()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Hand on what comes; what comes while the proxy is cut waits, as what TCP sends again."""
        with suppress(OSError):
            while content := await reader.read(65536):
                await self.passing.wait()
                writer.write(content)
                await writer.drain()
        await self.passing.wait()  # the end of a connection does not pass a cut cable either
        with suppress(OSError):
            writer.close()


class Proxies:
    """The proxies of a cluster."""

    def __init__(self) -> None:
        """Begin with none."""
        self.loop: asyncio.AbstractEventLoop
        self._ready, self._over = threading.Event(), asyncio.Event()

    async def run(self) -> None:
        """Pass things on until it is over."""
        self.loop = asyncio.get_running_loop()
        self._ready.set()
        await self._over.wait()

    def begin(self) -> threading.Thread:
        """Run in a thread of its own."""
        thread = threading.Thread(target=lambda: asyncio.run(self.run()), name="proxies", daemon=True)
        thread.start()
        self._ready.wait(10)
        return thread

    def end(self) -> None:
        """Close everything."""
        self.loop.call_soon_threadsafe(self._over.set)

    def to(self, target: int) -> Proxy:
        """Open a proxy that leads to a port."""
        proxy = Proxy(target)
        asyncio.run_coroutine_threadsafe(proxy.listen(), self.loop).result(10)
        return proxy

    def cut(self, *proxies: Proxy) -> None:
        """Let nothing pass."""
        for proxy in proxies:
            self.loop.call_soon_threadsafe(proxy.passing.clear)

    def heal(self, *proxies: Proxy) -> None:
        """Let pass what waits and what comes."""
        for proxy in proxies:
            self.loop.call_soon_threadsafe(proxy.passing.set)


@contextmanager
def proxies() -> Iterator[Proxies]:
    """Run a thread of proxies."""
    made = Proxies()
    thread = made.begin()
    try:
        yield made
    finally:
        made.end()
        thread.join(10)
