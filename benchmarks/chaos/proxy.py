"""A process between the clients and both servers, which cuts connections after the work and before the answer.

Run as ``python -m benchmarks.chaos.proxy FOLDER POSTGRES_SOCKET BROKER_SOCKET``. In the folder it listens where the
servers' clients would look, and on ``control``: a line ``cut KIND`` asks for one cut, any line is answered by the
counts of the cuts that were made, as JSON.
"""

import asyncio
import json
import sys
from contextlib import suppress
from pathlib import Path

from benchmarks.chaos.deeds import Cut
from benchmarks.chaos.shears import Shears, Side, moments

CONTROL = "control"
_REMEMBERED = 65_536
"""Bytes of a request by which its kind is known."""


class Half(asyncio.Protocol):
    """One end of a connection. What comes in goes out on the other end, as fast as that end takes it."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self.other: Half | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember the transport."""
        if isinstance(transport, asyncio.Transport):
            self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  asyncio's own signature
        """Close the other end as well, once it has had everything."""
        if self.other is not None and self.other.transport is not None:
            self.other.transport.close()

    def pause_writing(self) -> None:
        """Have the other end read no more for now."""
        if self.other is not None and self.other.transport is not None:
            self.other.transport.pause_reading()

    def resume_writing(self) -> None:
        """Let the other end read on."""
        if self.other is not None and self.other.transport is not None:
            self.other.transport.resume_reading()

    def pass_on(self, data: bytes) -> None:
        """Write to the other end."""
        if self.other is not None and self.other.transport is not None:
            self.other.transport.write(data)

    def abort(self) -> None:
        """End this end at once, whatever waits to be written."""
        if self.transport is not None:
            self.transport.abort()


class Upstream(Half):
    """The end towards the server."""

    def __init__(self, client: "Client") -> None:
        super().__init__()
        self.other = self.client = client

    def data_received(self, data: bytes) -> None:
        """Pass an answer on, unless it is one that must not arrive."""
        found = moments(self.client.side, asked=self.client.asked, answered=data)
        if self.client.shears.takes(found) is not None:
            self.client.abort()
            self.abort()
            return
        self.pass_on(data)


class Client(Half):
    """The end towards the client."""

    def __init__(self, side: Side, *, server: Path, shears: Shears) -> None:
        super().__init__()
        self.side = side
        self.shears = shears
        self.asked = b""
        self._server = server
        self._connecting: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Connect to the server; until then nothing is read."""
        super().connection_made(transport)
        if self.transport is not None:
            self.transport.pause_reading()
            self._connecting = asyncio.get_running_loop().create_task(self._connect())

    def data_received(self, data: bytes) -> None:
        """Pass a request on, and remember it."""
        self.asked = data[:_REMEMBERED]
        self.pass_on(data)

    async def _connect(self) -> None:
        """Connect to the server; a server that is away is a connection that closes at once."""
        upstream = Upstream(self)
        try:
            await asyncio.get_running_loop().create_unix_connection(lambda: upstream, str(self._server))
        except OSError:
            self.abort()
            return
        self.other = upstream
        if self.transport is None or self.transport.is_closing():
            upstream.abort()
            return
        self.transport.resume_reading()


async def serve(folder: Path, *, servers: dict[Side, Path]) -> None:
    """Serve until the process ends."""
    shears = Shears()
    loop = asyncio.get_running_loop()

    async def control(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := (await reader.readline()).decode().split():
            if line[0] == "cut":
                shears.want(Cut(line[1]))
            writer.write(json.dumps(shears.made).encode() + b"\n")
        writer.close()

    listening = [
        await loop.create_unix_server(
            lambda side=side, server=server: Client(side, server=server, shears=shears),  # type: ignore[misc]
            str(folder / server.name),
        )
        for side, server in servers.items()
    ]
    listening.append(await asyncio.start_unix_server(control, str(folder / CONTROL)))
    await asyncio.gather(*(server.serve_forever() for server in listening))


if __name__ == "__main__":
    _FOLDER, _POSTGRES, _BROKER = map(Path, sys.argv[1:4])
    with suppress(KeyboardInterrupt):
        asyncio.run(serve(_FOLDER, servers={Side.POSTGRES: _POSTGRES, Side.BROKER: _BROKER}))
