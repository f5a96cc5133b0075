"""Feeds of a test: written here, given by a real server on loopback, read as a look reads them."""

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import JsonValue

from agents.contract import Evidence, Target, TargetKind
from agents.sources.collected import Collected
from agents.sources.feeds.reading import read_feed
from agents.sources.http.client import Http
from agents.sources.http.guard import Guard
from agents.sources.http.wire import Limits
from agents.sources.look import Look
from support.services import Heard, Said, Script, service

NOW = datetime(2026, 11, 22, tzinfo=UTC)
ATOM = "application/atom+xml"
_MEGABYTE = 1_000_000


def atom(*entries: str, attributes: str = "", head: str = "<title>Lamps</title>") -> bytes:
    """Return an Atom feed with these entries, each as its elements."""
    inside = "".join(f"<entry>{entry}</entry>\n" for entry in entries)
    return f'<feed xmlns="http://www.w3.org/2005/Atom"{attributes}>{head}\n{inside}</feed>'.encode()


def rss(*items: str, attributes: str = "", head: str = "<title>Lamps</title>") -> bytes:
    """Return an RSS feed with these items, each as its elements."""
    inside = "".join(f"<item>{item}</item>\n" for item in items)
    return f'<rss version="2.0"{attributes}><channel>{head}\n{inside}</channel></rss>'.encode()


def lamp(number: int, *, day: str = "2026-11-01", more: str = "") -> str:
    """Return the elements of an entry."""
    return (
        f"<id>urn:lamp:{number}</id><title>Lamp {number}</title><updated>{day}T10:00:00Z</updated>"
        f'<link href="https://example.org/lamp/{number}"/>{more}'
    )


@dataclass(frozen=True)
class Looked:
    """What came of a look, and what the server heard."""

    collected: Collected
    heard: list[Heard]
    url: str

    @property
    def posts(self) -> list[Evidence]:
        """The posts, in the feed's order."""
        return [one for one in self.collected.evidence if one.kind == "post"]

    @property
    def only(self) -> Evidence:
        """The one post that there is."""
        (post,) = self.posts
        return post

    @property
    def detail(self) -> str:
        """What the coverage says."""
        return self.collected.coverage[0].detail


def look_at(
    answer: Script | Said | bytes,
    *,
    after: Looked | None = None,
    options: Mapping[str, JsonValue] | None = None,
    limits: Limits | None = None,
    stop: threading.Event | None = None,
) -> Looked:
    """Look at a feed that a server gives: by a script, always with one answer, or with these bytes."""
    said = Said(body=answer, headers={"content-type": ATOM}) if isinstance(answer, bytes) else answer
    script = said if callable(said) else lambda _: said
    with service(script) as there:
        collected = _read(f"{there.url}/feed", after=after, options=options, limits=limits, stop=stop)
        return Looked(collected, there.heard, there.url)


def _read(
    url: str,
    *,
    after: Looked | None = None,
    options: Mapping[str, JsonValue] | None = None,
    limits: Limits | None = None,
    stop: threading.Event | None = None,
) -> Collected:
    cursors = {"feed": after.collected.cursor} if after else {}
    target = Target(kind=TargetKind.FEED, location=url, options=options or {})
    look = Look(target=target, now=NOW, stop=stop or threading.Event(), cursors=cursors)
    guard = Guard(private=frozenset({url.removeprefix("http://").partition("/")[0]}))
    with Http(stop=threading.Event(), limits=limits, guard=guard, now=lambda: NOW) as http:
        (collected,) = read_feed(http, look)
        return collected


def look_at_address(url: str, *, limits: Limits | None = None) -> Collected:
    """Look at a feed wherever it is."""
    return _read(url, limits=limits)


@contextmanager
def endless(*, megabytes: int) -> Iterator[tuple[str, list[int]]]:
    """Yield the address of a server whose feed is so long, and the megabytes that it sent before nobody listened."""
    sent: list[int] = []
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:

        def send() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(65_536)
                try:
                    connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % (megabytes * _MEGABYTE))
                    for number in range(megabytes):
                        connection.sendall(
                            b"<rss><channel><title>".ljust(_MEGABYTE) if not number else b" " * _MEGABYTE
                        )
                        sent.append(1)
                except OSError:
                    return

        thread = threading.Thread(target=send)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/feed", sent
        thread.join()


@contextmanager
def silent() -> Iterator[str]:
    """Yield the address of a server that takes a request and says nothing."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/feed"
