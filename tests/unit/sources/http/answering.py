"""A service of a test that is asked questions: as ``support.services``, and it hears what is sent with a POST too."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from support.services import Heard, Said

from agents.sources.http.page import Kept


@dataclass(frozen=True)
class Asked(Heard):
    """One request with its method and what was sent with it."""

    method: str
    body: bytes

    def json(self) -> Any:  # noqa: ANN401  JSON
        """Return what was sent."""
        return json.loads(self.body)


@dataclass
class Answering:
    """Where it is, and what it heard so far."""

    url: str
    heard: list[Asked]

    @property
    def paths(self) -> list[str]:
        """What was asked for, in order."""
        return [one.path for one in self.heard]


class Shelf(dict[str, Kept]):
    """A shelf in memory."""

    def find(self, key: str) -> Kept | None:
        """Return the page that was kept under a key."""
        return self.get(key)

    def keep(self, key: str, page: Kept) -> None:
        """Keep a page."""
        self[key] = page


@contextmanager
def answering(script: Callable[[Asked], Said]) -> Iterator[Answering]:
    """Yield a service that answers by a script, whatever the method."""
    heard: list[Asked] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # headers and body are two writes: the second would wait for the first

        def do_GET(self) -> None:
            """Answer."""
            sent = self.rfile.read(int(self.headers.get("content-length", "0")))
            told = {name.lower(): value for name, value in self.headers.items()}
            one = Asked(self.path, told, method=self.command, body=sent)
            heard.append(one)
            said = script(one)
            self.send_response_only(said.status)
            for name, value in {"content-length": str(len(said.body)), **said.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(said.body)

        do_POST = do_GET  # noqa: N815  the base's own name

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base's own name
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield Answering(f"http://127.0.0.1:{server.server_address[1]}", heard)
        finally:
            server.shutdown()
            thread.join()


def as_json(value: object, **headers: str) -> Said:
    """Return an answer that holds a value as JSON."""
    return Said(body=json.dumps(value).encode(), headers={"content-type": "application/json", **headers})
