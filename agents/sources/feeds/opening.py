"""A feed's page is asked for; what keeps it from us is said with what to do about it."""

from agents.sources.http.client import Http
from agents.sources.http.errors import DeniedError, GoneError, NeverError
from agents.sources.http.page import Page
from agents.sources.http.unpacking import TooLargeError

ACCEPTED = (
    "application/atom+xml, application/rss+xml, application/rdf+xml;q=0.9, application/xml;q=0.8, text/xml;q=0.8, "
    "*/*;q=0.1"
)


def opened(http: Http, address: str) -> Page:
    """Return the page of a feed.

    Raises ``GoneError``, ``DeniedError`` or ``RefusedError`` with a remedy; ``QuotaExhaustedError``,
    ``SourceUnavailableError`` and ``StoppedError`` as the client does.
    """
    try:
        return http.open(address, accept=ACCEPTED)
    except NeverError as error:
        remedy = _remedy(error)
        raise type(error)(f"feed: {error}{'; ' if remedy else ''}{remedy}", status=error.status) from error


def _remedy(error: NeverError) -> str:
    """Return what to do about it; empty where the error itself says so."""
    if isinstance(error, GoneError):
        return "open the address in a browser: name the feed's new one, or take the target out"
    if isinstance(error, DeniedError):
        return "its publisher does not give it to programs without an account; name a feed that is open to all"
    if isinstance(error.__cause__, TooLargeError):
        return "look whether it is a feed at all; if so, ask its publisher for a shorter one"
    return "look whether the address is right" if error.status else ""
