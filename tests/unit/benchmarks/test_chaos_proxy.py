"""The proxy between clients and servers: it passes everything on, and cuts what it was asked to cut."""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from support.stages import wait_for

from benchmarks.chaos.deeds import Cut
from benchmarks.chaos.proxy import CONTROL, serve
from benchmarks.chaos.scissors import Scissors
from benchmarks.chaos.shears import Side

LARGE = b"x" * 3_000_000
PUSH = b"*3\r\n$5\r\nLPUSH\r\n"
PUSHED = b":1\r\n"


@dataclass
class Scene:
    """A server that answers every chunk, behind a proxy."""

    folder: Path
    heard: list[bytes] = field(default_factory=list)
    answering: list[asyncio.Task[None]] = field(default_factory=list)

    @property
    def server(self) -> Path:
        return self.folder / "behind" / "valkey.sock"

    @property
    def front(self) -> Path:
        return self.folder / "valkey.sock"

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Hear a chunk and answer it; what is no push is sent back as it is."""
        task = asyncio.current_task()
        assert task is not None
        self.answering.append(task)
        with suppress(ConnectionError):
            while chunk := await reader.read(65_536):
                self.heard.append(chunk)
                writer.write(PUSHED if chunk == PUSH else chunk)
                await writer.drain()
        writer.close()

    async def ask(self, words: bytes, *, size: int) -> bytes:
        """Ask through the proxy; return as much of the answer as comes, up to a size."""
        reader, writer = await asyncio.open_unix_connection(str(self.front))
        writer.write(words)
        answer = b""
        with suppress(ConnectionError):
            while len(answer) < size and (part := await reader.read(size - len(answer))):
                answer += part
        writer.close()
        return answer


@pytest.fixture
def scene() -> Iterator[Scene]:
    with tempfile.TemporaryDirectory(prefix="cut-") as folder:
        (Path(folder) / "behind").mkdir()
        yield Scene(Path(folder))


def play(scene: Scene, act: Callable[[], Awaitable[None]], *, serving: bool = True) -> None:
    """Play an act with the server and the proxy running."""

    async def run() -> None:
        server = await asyncio.start_unix_server(scene.answer, str(scene.server)) if serving else None
        proxy = asyncio.create_task(serve(scene.folder, servers={Side.BROKER: scene.server}))
        await asyncio.to_thread(wait_for, (scene.folder / CONTROL).exists, seconds=10)
        try:
            await act()
        finally:
            proxy.cancel()
            with suppress(asyncio.CancelledError):
                await proxy
            if server is not None:
                server.close()
                await asyncio.gather(*scene.answering, return_exceptions=True)

    asyncio.run(run())


def test_what_is_asked_and_answered_passes_whole_however_large(scene: Scene) -> None:
    # Given
    answers: list[bytes] = []

    async def act() -> None:
        answers.append(await scene.ask(LARGE, size=len(LARGE)))

    # When
    play(scene, act)

    # Then
    assert answers == [LARGE]
    assert b"".join(scene.heard) == LARGE


def test_a_cut_comes_after_the_work_and_before_the_answer_once(scene: Scene) -> None:
    # Given
    answers: list[bytes] = []
    made: list[dict[Cut, int]] = []

    async def act() -> None:
        scissors = await asyncio.to_thread(Scissors, scene.folder / CONTROL)
        await asyncio.to_thread(scissors.want, Cut.PUBLISH)
        # When
        answers.extend([await scene.ask(PUSH, size=len(PUSHED)) for _ in range(2)])
        made.append(dict(await asyncio.to_thread(scissors.made)))
        scissors.close()

    play(scene, act)

    # Then
    assert answers == [b"", PUSHED]
    assert scene.heard == [PUSH, PUSH]
    assert made == [{Cut.PUBLISH: 1}]


def test_a_server_that_is_away_is_a_connection_that_closes(scene: Scene) -> None:
    # Given
    answers: list[bytes] = []

    async def act() -> None:
        answers.append(await scene.ask(PUSH, size=len(PUSHED)))

    # When
    play(scene, act, serving=False)

    # Then
    assert answers == [b""]
