"""One request and its answer: bounded in time and size, stopped when the step is, connected only where it may be."""

import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache

import httpcore2
import httpx2

from agents.contract import StopSignal
from agents.errors import SourceUnavailableError
from agents.sources.http.bounded import Deadline
from agents.sources.http.errors import RefusedError
from agents.sources.http.guard import ForbiddenAddressError, Guard, GuardedBackend
from agents.sources.http.site import shown
from agents.sources.http.unpacking import TooLargeError, beginning, unpacked
from agents.sources.stopping import stop_here
from agents.sources.text import clean_line

_TELLING = 2_000
"""Bytes of a bad answer's body that are read, for the words of a limit."""


@dataclass(frozen=True)
class Limits:
    """What one request may take."""

    seconds: float = 30.0
    """From the first byte sent to the last one read."""
    bytes: int = 20_000_000
    """Of the body, unpacked."""


@dataclass(frozen=True)
class Answer:
    """What came back: the whole body of a good answer, unpacked, or the beginning of another's."""

    status: int
    headers: Mapping[str, str]
    """By names in small letters."""
    body: bytes

    @property
    def text(self) -> str:
        """The beginning of the body, for people."""
        return self.body[:_TELLING].decode("utf-8", "replace")


class Wire:
    """Connections of one look, for one thread."""

    def __init__(self, *, guard: Guard, limits: Limits, stop: StopSignal) -> None:
        self._limits = limits
        self._stop = stop
        self._deadline = Deadline.after(limits.seconds)
        self._client = httpx2.Client(transport=_transport(guard, left=self._left), trust_env=False)

    def close(self) -> None:
        """Let the connections go."""
        self._client.close()

    def get(self, url: str, headers: Mapping[str, str]) -> Answer:
        """Return the answer to a request; a redirect is an answer too.

        Raises ``SourceUnavailableError`` where none came, ``RefusedError`` where it is too large or from a forbidden
        place, ``StoppedError``.
        """
        return self._ask("GET", url, headers)

    def post(self, url: str, headers: Mapping[str, str], *, body: bytes) -> Answer:
        """Return the answer to a request that says more than its address does. Raises as ``get`` does."""
        return self._ask("POST", url, headers, body=body)

    def _ask(self, method: str, url: str, headers: Mapping[str, str], *, body: bytes | None = None) -> Answer:
        """Send one request and read what comes back."""
        stop_here(self._stop, doing=f"asking {shown(url)}")
        self._deadline = Deadline.after(self._limits.seconds)
        self._client.cookies.clear()
        with self._told(url), self._client.stream(method, url, headers=dict(headers), content=body) as response:
            given = {name.lower(): value for name, value in response.headers.items() if name.lower() != "set-cookie"}
            coding = given.get("content-encoding", "")
            if response.is_success:
                chunks = self._going_on(response, url)
                return Answer(response.status_code, given, unpacked(chunks, coding=coding, limit=self._limits.bytes))
            told = beginning(response.iter_raw(), coding=coding, size=_TELLING)
            return Answer(response.status_code, given, told)

    def _left(self) -> float:
        """Return how many seconds the request under way may still take."""
        return self._deadline.left()

    def _going_on(self, response: httpx2.Response, url: str) -> Iterator[bytes]:
        """Yield a body as it comes, for as long as the step is not told to stop."""
        for chunk in response.iter_raw():
            stop_here(self._stop, doing=f"reading {shown(url)}")
            yield chunk

    @contextmanager
    def _told(self, url: str) -> Iterator[None]:
        """Tell what goes wrong on the way as an agent's error, without anything secret of the address."""
        try:
            yield
        except (ForbiddenAddressError, httpx2.InvalidURL) as error:
            raise RefusedError(f"{shown(url)}: {_cut(error)}") from error
        except TooLargeError as error:
            raise RefusedError(f"{shown(url)} answered with {error}, which is all that is read of one page") from error
        except SourceUnavailableError as error:
            raise SourceUnavailableError(f"{shown(url)}: {error}") from error
        except httpx2.LocalProtocolError:
            # Its words quote what was to be sent, credentials too.
            raise RefusedError(f"{shown(url)}: the request cannot be sent as it is") from None
        except httpx2.TransportError as error:
            stop_here(self._stop, doing=f"asking {shown(url)}")
            fault = f"({type(error).__name__}: {_cut(error)})"
            late = "in time" if isinstance(error, httpx2.TimeoutException) else fault
            raise SourceUnavailableError(f"{shown(url)} did not answer {late}") from error


def _cut(error: Exception) -> str:
    """Return an error's words as a line that ends: a server's own may be in them."""
    return clean_line(str(error), limit=300)


def _transport(guard: Guard, *, left: Callable[[], float]) -> httpx2.BaseTransport:
    """Return a transport whose connections are guarded: httpx2 itself lets nobody choose how it connects."""
    transport = httpx2.HTTPTransport(verify=_trusted(), trust_env=False)
    vars(transport)["_pool"] = httpcore2.ConnectionPool(
        ssl_context=_trusted(), max_connections=2, network_backend=GuardedBackend(guard, left=left)
    )
    return transport


@lru_cache(maxsize=1)
def _trusted() -> ssl.SSLContext:
    """Return what certificates are checked against; reading them takes longer than most requests."""
    return httpx2.create_ssl_context()
