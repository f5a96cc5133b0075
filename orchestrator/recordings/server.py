"""A server on this machine that plays recorded exchanges to whoever asks for what they answer.

It stands where the outside service would: links and redirects to that service lead here.
"""

import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from orchestrator.recordings.book import Book, Played
from orchestrator.recordings.exchange import Exchange, key_of

_OURS = frozenset({"content-length", "content-encoding", "transfer-encoding", "connection", "date", "server", "status"})
"""Headers that the server says by itself."""
_MOST_SENT = 10_000_000
"""Bytes that a request may send."""
_LOOK_SECONDS = 0.05
"""How often the server looks whether it is to end."""
_LEADING = frozenset({"link", "location"})
"""Headers that hold addresses."""


@dataclass
class Tally:
    """What was asked so far."""

    requests: int = 0
    unchanged: int = 0
    unknown: int = 0
    by_status: dict[int, int] = field(default_factory=dict)


class Player(ThreadingHTTPServer):
    """Plays a book."""

    daemon_threads = True

    def __init__(self, book: Book, *, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.book = book
        self.tally = Tally()
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def count(self, status: int, *, known: bool) -> None:
        """Count an answer."""
        with self._lock:
            self.tally.requests += 1
            self.tally.unknown += not known
            self.tally.unchanged += status == 304  # noqa: PLR2004  not modified
            self.tally.by_status[status] = self.tally.by_status.get(status, 0) + 1


class _Handler(BaseHTTPRequestHandler):
    """Answers one connection's requests."""

    protocol_version = "HTTP/1.1"
    server: Player

    def do_GET(self) -> None:
        """Answer."""
        self._answer()

    def do_POST(self) -> None:
        """Answer; what was sent decides nothing."""
        length = self.headers.get("content-length") or "0"
        if not (length.isascii() and length.isdigit() and int(length) <= _MOST_SENT):
            self.send_error(413)
            return
        self.rfile.read(int(length))
        self._answer()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base's own name
        """Say nothing: a terminal is for results."""

    def version_string(self) -> str:
        """Return what the server calls itself."""
        return "lookout-replay"

    def _answer(self) -> None:
        """Play the next exchange for what is asked; what is in no recording is not found."""
        etag, since = (self.headers.get(name) or "" for name in ("if-none-match", "if-modified-since"))
        try:
            key = key_of(self.command, self.path)
        except ValueError:
            self.send_error(400)
            return
        played = self.server.book.play(key, etag=etag, since=since)
        if played is None:
            words = json.dumps({"message": f"not in the recording: {self.command} {self.path}"}).encode()
            self.server.count(404, known=False)
            self._send(404, {"Content-Type": "application/json"}, words)
            return
        status, body = _told(played)
        self.server.count(status, known=True)
        self._send(status, self._headers(played.exchange), body)

    def _headers(self, exchange: Exchange) -> dict[str, str]:
        """Return what the recording says, with this server's address in place of the recorded one."""
        parts = urlsplit(exchange.request.url)
        recorded = re.compile(rf"{re.escape(f'{parts.scheme}://{parts.netloc}')}(?=[/?#>]|$)")
        leads = bool(parts.netloc)
        return {
            name: recorded.sub(self.server.url, value) if leads and name.lower() in _LEADING else value
            for name, value in exchange.response.headers.items()
            if name.lower() not in _OURS
        }

    def _send(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """Send an answer."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, _one_line(value))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _told(played: Played) -> tuple[int, bytes]:
    """Return status and body; what has not changed, and what says so itself, has no body."""
    status = 304 if played.unchanged else played.exchange.response.status
    return status, b"" if status in {204, 304} else played.exchange.body


def _one_line(value: str) -> str:
    """Return a header's value in one line of Latin-1: a recording may hold anything."""
    return " ".join(value.split()).encode("latin-1", "replace").decode("latin-1")


@contextmanager
def playing(book: Book, *, port: int = 0) -> Iterator[Player]:
    """Yield a server that plays a book, while the block lasts."""
    with Player(book, port=port) as player:
        thread = threading.Thread(
            target=player.serve_forever, args=(_LOOK_SECONDS,), name="lookout-replay", daemon=True
        )
        thread.start()
        try:
            yield player
        finally:
            player.shutdown()
            thread.join()
