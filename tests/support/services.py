"""An outside service of a test: it answers as the test says, over real HTTP, and notes what it heard."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Heard:
    """One request."""

    path: str
    headers: Mapping[str, str]
    """By names in small letters."""


@dataclass(frozen=True)
class Said:
    """One answer, with no headers but these and the body's length."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


Script = Callable[[Heard], Said]


@dataclass
class Service:
    """Where it is, and what it heard so far."""

    url: str
    heard: list[Heard] = field(repr=False)


@contextmanager
def service(script: Script) -> Iterator[Service]:
    """Yield a service that answers by a script."""
    heard: list[Heard] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # Else headers and body, which go out one by one, wait for each other.

        def do_GET(self) -> None:
            """Answer."""
            one = Heard(self.path, {name.lower(): value for name, value in self.headers.items()})
            heard.append(one)
            said = script(one)
            self.send_response_only(said.status)
            for name, value in {"content-length": str(len(said.body)), **said.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(said.body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base's own name
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield Service(f"http://127.0.0.1:{server.server_address[1]}", heard)
        finally:
            server.shutdown()
            thread.join()
