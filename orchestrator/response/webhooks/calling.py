"""One POST to a destination: no redirect followed, no proxy of the environment, no more read than the status."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass

import httpcore2

from agents.sources.http.bounded import Deadline
from orchestrator.response.contract import ActionError, ActionRefusedError
from orchestrator.response.webhooks.destination import Destination
from orchestrator.response.webhooks.pinned import PinnedBackend

LONGEST_BODY = 16_384
_AGAIN = frozenset({408, 409, 425, 429})
"""Answers of the client's side that a later call may not get."""
_TROUBLE = (
    httpcore2.NetworkError,
    httpcore2.TimeoutException,
    httpcore2.ProtocolError,
    httpcore2.UnsupportedProtocol,
    OSError,
)


@dataclass(frozen=True)
class Caller:
    """Sends POST requests. ``tls`` is what certificates are checked against; None: the system's."""

    seconds: float = 10.0
    tls: ssl.SSLContext | None = None

    def post(self, destination: Destination, body: bytes, headers: Mapping[str, str]) -> int:
        """Send a body and return the status of an answer that accepts it (200 to 299).

        ``ActionError`` where a later call may do better, ``ActionRefusedError`` where it never will.
        """
        if len(body) > LONGEST_BODY:
            raise ActionRefusedError(
                f"the body has {len(body)} bytes, more than the {LONGEST_BODY} that a call may have"
            )
        try:
            status = self._send(destination, body, headers=headers)
        except _TROUBLE as error:
            raise ActionError(
                f"{destination.host}:{destination.port} did not answer: {type(error).__name__}: {error}"
            ) from error
        return _judged(status, destination)

    def _send(self, destination: Destination, body: bytes, *, headers: Mapping[str, str]) -> int:
        """Send a request over a connection of its own; return the answer's status."""
        backend = PinnedBackend(destination.address, deadline=Deadline.after(self.seconds))
        limits = dict.fromkeys(("connect", "read", "write", "pool"), self.seconds)
        with (
            httpcore2.ConnectionPool(ssl_context=self.tls, network_backend=backend) as pool,
            pool.stream(
                "POST", destination.url, headers=[*headers.items()], content=body, extensions={"timeout": limits}
            ) as answer,
        ):
            return answer.status  # nothing in the body decides anything: it is not waited for


def _judged(status: int, destination: Destination) -> int:
    """Return the status of an answer that accepts; raise for any other."""
    if 200 <= status < 300:  # noqa: PLR2004  RFC 9110, 15.3
        return status
    where = f"{destination.host}:{destination.port} answered {status}"
    if status >= 500 or status in _AGAIN:  # noqa: PLR2004  RFC 9110, 15.6
        raise ActionError(f"{where}; it may be better later")
    hint = "redirects are not followed: put the final address into the rule" if status < 400 else "look at the receiver"  # noqa: PLR2004
    raise ActionRefusedError(f"{where}, which no further call would change; {hint}")
