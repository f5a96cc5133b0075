"""A server on this machine that plays recorded exchanges to whoever asks for what they answer.

It stands where the outside service would: links and redirects to that service lead here. Every answer says in its
headers that it is a replay.
"""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Address, IPv6Address, ip_address
from socket import AF_INET, AF_INET6
from typing import Any

from orchestrator.errors import RecordingError
from orchestrator.recordings.asking import Asked, Repertoire, Reply, conditional
from orchestrator.recordings.exchange import key_of

LOOPBACK = "127.0.0.1"
LABEL = "X-Lookout-Replay"
"""The header by which every answer says that it is a replay, and of what."""
_OURS = frozenset(
    {"content-length", "content-encoding", "transfer-encoding", "connection", "keep-alive", "date", "server", "status"}
)
"""Headers that the server says by itself."""
_LASTING = frozenset({"set-cookie", "strict-transport-security", "alt-svc", LABEL.lower()})
"""Headers that would hold for the machine's other servers too, or that are ours to say."""
_MOST_SENT = 10_000_000
"""Bytes that a request may send."""
_LOOK_SECONDS = 0.05
"""How often the server looks whether it is to end."""
_IDLE_SECONDS = 60.0
"""How long a connection may say nothing."""
_LONGEST_TITLE = 200


@dataclass(frozen=True)
class Told:
    """One request and what it got, for whoever looks on."""

    method: str
    path: str
    """With its query, as it was sent."""
    status: int
    size: int
    """Bytes of the body that was sent."""
    known: bool


@dataclass
class Tally:
    """What was asked so far."""

    requests: int = 0
    unchanged: int = 0
    unknown: int = 0
    by_status: dict[int, int] = field(default_factory=dict)


class Player(ThreadingHTTPServer):
    """Plays a book, or whatever else answers.

    Raises ``RecordingError`` where the host is none of this machine's own, or the port cannot be had.
    """

    daemon_threads = True

    def __init__(
        self, book: Repertoire, *, port: int = 0, host: str = LOOPBACK, heard: Callable[[Told], None] | None = None
    ) -> None:
        address = _loopback(host)
        self.address_family = AF_INET6 if isinstance(address, IPv6Address) else AF_INET
        try:
            super().__init__((str(address), port), _Handler)
        except OSError as error:
            raise RecordingError(
                f"port {port} of {host} cannot be had ({error.strerror}): give another, or 0 for any that is free"
            ) from error
        self.book = book
        self.tally = Tally()
        self._heard = heard
        self._lock = threading.Lock()
        self._named = f"[{address}]" if isinstance(address, IPv6Address) else str(address)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{self._named}:{self.server_address[1]}"

    def count(self, told: Told) -> None:
        """Count an answer, and tell it to whoever looks on."""
        with self._lock:
            self.tally.requests += 1
            self.tally.unknown += not told.known
            self.tally.unchanged += told.status == 304  # noqa: PLR2004  not modified
            self.tally.by_status[told.status] = self.tally.by_status.get(told.status, 0) + 1
        if self._heard is not None:
            self._heard(told)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401  the base's own signature
        """Say nothing of those who left before their answer was read."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    """Answers one connection's requests."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # Else headers and body, which go out one by one, wait for each other.
    timeout = _IDLE_SECONDS
    server: Player

    def do_GET(self) -> None:
        """Answer."""
        self._answer(b"")

    def do_POST(self) -> None:
        """Answer by what was sent."""
        length = self.headers.get("content-length") or "0"
        if self.headers.get("transfer-encoding"):
            self.send_error(411)
        elif length.isascii() and length.isdigit() and int(length) <= _MOST_SENT:
            self._answer(self.rfile.read(int(length)))
        else:
            self.send_error(413)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base's own name
        """Say nothing: a terminal is for results."""

    def end_headers(self) -> None:
        """Say last, with every answer, that it is a replay."""
        self.send_header(LABEL, _one_line(self.server.book.title)[:_LONGEST_TITLE])
        super().end_headers()

    def version_string(self) -> str:
        """Return what the server calls itself."""
        return "lookout-replay"

    def _answer(self, body: bytes) -> None:
        """Play what is next for a request."""
        etag, since = (self.headers.get(name) or "" for name in ("if-none-match", "if-modified-since"))
        if self.headers.get("origin"):
            # A page in a browser has no business here, and what it sends may move a replay on.
            self.send_error(403)
            return
        try:
            asked = Asked(key_of(self.command, self.path), etag=etag, since=since, body=body)
        except ValueError:
            self.send_error(400)
            return
        reply = conditional(self.server.book.answer(asked, url=self.server.url), asked)
        sent = b"" if reply.status in {204, 304} else reply.body
        # Counted before it is sent: who has the answer can count on the count.
        self.server.count(Told(self.command, self.path, reply.status, len(sent), reply.known))
        self._send(reply, sent)

    def _send(self, reply: Reply, body: bytes) -> None:
        """Send an answer."""
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            if name.lower() not in _OURS | _LASTING:
                self.send_header(name, _one_line(value))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _one_line(value: str) -> str:
    """Return a header's value in one line of Latin-1: a recording may hold anything."""
    line = " ".join(value.split()).encode("latin-1", "replace").decode("latin-1")
    return "".join(each if each.isprintable() else "?" for each in line)


def _loopback(host: str) -> IPv4Address | IPv6Address:
    """Return a host's address. ``RecordingError`` where others than this machine could reach it."""
    refused = f"host {host!r} is not this machine's own: give 127.0.0.1, ::1 or localhost"
    try:
        address = ip_address(LOOPBACK if host == "localhost" else host)
    except ValueError:
        raise RecordingError(refused) from None
    if not address.is_loopback:
        raise RecordingError(refused)
    return address


@contextmanager
def playing(
    book: Repertoire, *, port: int = 0, host: str = LOOPBACK, heard: Callable[[Told], None] | None = None
) -> Iterator[Player]:
    """Yield a server that plays a book, while the block lasts. Raises as ``Player`` does."""
    with Player(book, port=port, host=host, heard=heard) as player:
        thread = threading.Thread(
            target=player.serve_forever, args=(_LOOK_SECONDS,), name="lookout-replay", daemon=True
        )
        thread.start()
        try:
            yield player
        finally:
            player.shutdown()
            thread.join()
