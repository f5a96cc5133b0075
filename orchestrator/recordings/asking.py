"""What is asked of a recording, and what it answers: values between the server and whatever it plays."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Protocol

from orchestrator.recordings.exchange import Key

_OK, _UNCHANGED = 200, 304
_OPAQUE = re.compile(r'"[^"]*"')


@dataclass(frozen=True)
class Asked:
    """A request, as far as it decides what is answered."""

    key: Key
    etag: str = ""
    """What ``if-none-match`` says; empty where it is not there."""
    since: str = ""
    """What ``if-modified-since`` says; empty where it is not there."""
    body: bytes = b""


@dataclass(frozen=True)
class Reply:
    """An answer."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = field(default=b"", repr=False)
    known: bool = True
    """Whether there is such a thing; False where nobody recorded what was asked."""

    def header(self, name: str) -> str:
        """Return a header, whatever its name's letters; empty where there is none."""
        return next((value for known, value in self.headers.items() if known.lower() == name), "")


class Repertoire(Protocol):
    """What a server can play; a book of recorded exchanges is one."""

    @property
    def title(self) -> str:
        """What people are told that it is: every answer says it."""
        ...

    def answer(self, asked: Asked, *, url: str) -> Reply:
        """Return the answer; ``url`` is where the server stands, for links that lead back to it."""
        ...


def conditional(reply: Reply, asked: Asked) -> Reply:
    """Return the answer, or that nothing has changed: an answer that nobody marked is marked by its content.

    By RFC 9110, 13: marks are compared weakly, and a time counts only where no mark is given.
    """
    if reply.status != _OK or asked.key[0] != "GET":
        return reply
    if not (reply.header("etag") or reply.header("last-modified")):
        reply = replace(reply, headers={**reply.headers, "ETag": mark_of(reply.body)})
    if asked.etag:
        same = asked.etag.strip() == "*" or bool(_marks(asked.etag) & _marks(reply.header("etag")))
    else:
        same = bool(asked.since) and asked.since == reply.header("last-modified")
    return replace(reply, status=_UNCHANGED, body=b"") if same else reply


def mark_of(body: bytes) -> str:
    """Return the mark of a content."""
    return f'W/"{sha256(body).hexdigest()}"'


def _marks(text: str) -> frozenset[str]:
    """Return the marks that a header lists, without whether they are weak."""
    return frozenset(_OPAQUE.findall(text))


def words(key: Key) -> str:
    """Return what is asked for, for people: ``GET /repos/o/r?page=2``."""
    method, path, query = key
    return f"{method} {path}{asked_with(query)}"


def asked_with(query: Sequence[tuple[str, str]]) -> str:
    """Return a query with its question mark; nothing where there is none."""
    return "?" + "&".join(f"{name}={value}" for name, value in query) if query else ""
