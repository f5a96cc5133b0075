"""Asking outside services: what was kept is not sent again, limits are kept, and nobody sleeps.

Whoever must wait raises ``QuotaExhaustedError`` with the time, and the ledger has the step done then.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import NamedTuple, NoReturn, Self
from urllib.parse import urljoin, urlsplit

import httpx2
from pydantic import JsonValue

from agents.contract import StopSignal
from agents.errors import QuotaExhaustedError, SourceUnavailableError
from agents.sources.http.errors import DeniedError, GoneError, NeverError, RefusedError
from agents.sources.http.guard import Guard
from agents.sources.http.page import Kept, NoShelf, Page, Shelf
from agents.sources.http.site import Site, origin, shelf_key, shown
from agents.sources.http.unpacking import ACCEPTED
from agents.sources.http.verdict import Kind, Verdict, judge
from agents.sources.http.wire import Answer, Limits, Wire
from agents.sources.text import clean_line

MOST_REDIRECTS = 5
MOST_KEPT = 2_000_000
"""Bytes of a page that is kept for the next look; a larger one is sent again."""
_SAID = {"accept-encoding": ACCEPTED, "user-agent": "lookout"}
"""What every request says; a site's own headers go to its own address alone."""
_JSON = "application/json"
_REPLAY = "x-lookout-replay"
"""By this header a server of recordings says what it plays (orchestrator/recordings)."""
_TITLE = 200


class _Step(NamedTuple):
    """One answer on the way to a page: the page, or where to go on, for good or for now."""

    page: Page | None
    to: str = ""
    for_good: bool = False


class Http:
    """Asks the services that it knows, for one look; leave it with ``with``. For one thread."""

    def __init__(
        self,
        *,
        stop: StopSignal,
        sites: Sequence[Site] = (),
        shelf: Shelf | None = None,
        guard: Guard | None = None,
        limits: Limits | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._sites = {site.name: site for site in sites}
        self._shelf = NoShelf() if shelf is None else shelf
        self._now = now
        self._replayed = ""
        strangers = guard or Guard()
        ours = Guard(strangers.private | {origin(site.base)[1] for site in sites}, strangers.resolve)
        # Two of them: an address of a stranger's choosing never comes to a connection with a site of the operator's.
        self._guards = {True: ours, False: strangers}
        self._wires = {own: Wire(guard=one, limits=limits or Limits(), stop=stop) for own, one in self._guards.items()}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for wire in self._wires.values():
            wire.close()

    @property
    def replayed(self) -> str:
        """What is played, where one of the services said that it plays recordings; empty where none did."""
        return self._replayed

    def knows(self, site: str) -> bool:
        """Whether the operator set such a site up."""
        return site in self._sites

    def is_known_at(self, site: str) -> bool:
        """Whether a site is told who asks: what it allows an hour depends on that."""
        return "authorization" in self._sites[site].headers

    def get(self, site: str, path: str, *, params: Mapping[str, str] | None = None, accept: str = "*/*") -> Page:
        """Return a page of a site that the operator set up; ``path`` is below its base, absolute, or empty: the base.

        Raises ``QuotaExhaustedError`` where it is to be asked later, ``SourceUnavailableError`` where it is in trouble,
        ``GoneError``, ``DeniedError`` or ``RefusedError`` where it will never answer, ``StoppedError``.
        """
        known = self._sites[site]
        return self._page(known.url(path or known.base, params or {}), site=known, accept=accept)

    def pages(
        self, site: str, path: str, *, params: Mapping[str, str] | None = None, accept: str = "*/*", most: int
    ) -> Iterator[Page]:
        """Yield the pages of a list, the first ``most`` of them; where ``next`` of the last is set, there are more.

        Raises as ``get`` does. A service whose pages go on elsewhere, or round in circles, has no further ones.
        """
        known, place, seen = self._sites[site], self._sites[site].url(path, params or {}), set[str]()
        while place and place not in seen and len(seen) < most:
            seen.add(place)
            page = self._page(place, site=known, accept=accept)
            yield page
            place = page.next if _owned(known, page.next) else ""

    def post(self, site: str, path: str, body: JsonValue) -> Page:
        """Return what a site answers to a question that is too long for an address; ``body`` is sent as JSON.

        For services alone where a POST asks and changes nothing: a step that is tried again asks again. Its answer is
        not kept. A redirect is refused: what is asked is told to nobody but the site. Raises as ``get`` does.
        """
        known = self._sites[site]
        url = known.url(path, {})
        if not _owned(known, url):
            raise RefusedError(f"{shown(url)} is not below the address of {site}; questions go nowhere else")
        _check(url, private=self._guards[True].private)
        headers = {**_SAID, "accept": _JSON, "content-type": _JSON, **known.headers}
        answer = self._wires[True].post(url, headers, body=json.dumps(body, allow_nan=False).encode())
        now = self._now()
        self._heed(url, answer, own=True)
        verdict = judge(answer.status, answer.headers, text=answer.text, now=now)
        if verdict.kind is Kind.FOLLOW:
            elsewhere = f"{shown(url)} sends a question on to {shown(verdict.why)}, where it is not asked"
            raise RefusedError(f"{elsewhere}; set the address of {site} anew", status=answer.status)
        if verdict.kind is not Kind.TAKE:
            _raise(url, verdict, status=answer.status)
        return Page(shown(url), answer.headers, answer.body, at=now)

    def open(self, url: str, *, accept: str = "*/*") -> Page:
        """Return a page of the public internet. Raises as ``get`` does."""
        return self._page(url, site=None, accept=accept)

    def _page(self, url: str, *, site: Site | None, accept: str) -> Page:
        """Follow redirects to a page."""
        place, for_good = url, True
        for _ in range(MOST_REDIRECTS + 1):
            step = self._look(place, site=site, accept=accept, moved=place != url and for_good)
            if step.page is not None:
                return step.page
            place, for_good = step.to, for_good and step.for_good
        raise SourceUnavailableError(f"{shown(url)} redirects {MOST_REDIRECTS} times and more")

    def _look(self, url: str, *, site: Site | None, accept: str, moved: bool) -> _Step:
        """Ask for one address, on the condition that it has changed; return the page, or where it is."""
        own = site is not None and _owned(site, url)
        _check(url, private=self._guards[own].private)
        headers = {**_SAID, "accept": accept, **(site.headers if own and site is not None else {})}
        key = shelf_key(url, headers)
        kept = self._shelf.find(key)
        answer = self._wires[own].get(url, {**headers, **(kept.conditions if kept else {})})
        now = self._now()
        self._heed(url, answer, own=own)
        verdict = judge(answer.status, answer.headers, text=answer.text, now=now)
        if verdict.kind is Kind.FOLLOW:
            return _Step(None, _followed(url, verdict.why), for_good=verdict.for_good)
        if verdict.kind is Kind.UNCHANGED and kept is not None:
            same = {**kept.headers, **answer.headers}
            return _Step(Page(shown(url), same, kept.body, at=now, unchanged=True, moved=moved))
        if verdict.kind is not Kind.TAKE:
            _raise(url, verdict, status=answer.status)
        self._keep(key, answer)
        return _Step(Page(shown(url), answer.headers, answer.body, at=now, moved=moved))

    def _heed(self, url: str, answer: Answer, *, own: bool) -> None:
        """Note that a service plays recordings; a stranger's word counts for nothing, for it would label all else."""
        if own or origin(url)[1] in self._guards[False].private:
            self._replayed = self._replayed or clean_line(answer.headers.get(_REPLAY, ""), limit=_TITLE)

    def _keep(self, key: str, answer: Answer) -> None:
        """Keep a page that its service marked and sent whole, so that it need not be sent again."""
        told = answer.headers
        page = Kept(told.get("etag", ""), told.get("last-modified", ""), headers=told, body=answer.body)
        whole = answer.status == 200 and ("content-length" in told or "chunked" in told.get("transfer-encoding", ""))  # noqa: PLR2004  OK
        if whole and page.is_marked and len(page.body) <= MOST_KEPT:
            self._shelf.keep(key, page)


def _check(url: str, *, private: frozenset[str]) -> None:
    """Refuse an address that is none, or of a scheme that is not read; plain http is for the operator's own hosts."""
    try:
        httpx2.URL(url)
        scheme, host = origin(url)
    except (ValueError, httpx2.InvalidURL):
        raise RefusedError(f"{shown(url)!r} is no address; look at its host and port") from None
    if scheme not in {"http", "https"} or host.startswith(":"):
        raise RefusedError(f"{shown(url)!r} is no address of the web; give one that begins with https://")
    if scheme == "http" and host not in private:
        raise RefusedError(f"{shown(url)} is plain http, which anybody on the way can change; use https")


def _followed(url: str, location: str) -> str:
    """Return where a redirect leads."""
    try:
        to = urljoin(url, location)
        down = origin(url)[0] == "https" and origin(to)[0] == "http"
        named = "@" in urlsplit(to).netloc
    except ValueError:
        raise RefusedError(f"{shown(url)} redirects to what is no address: {shown(location)!r}") from None
    if down:
        raise RefusedError(f"{shown(url)} redirects to plain http, which anybody on the way can change")
    if named:
        raise RefusedError(
            f"{shown(url)} redirects to an address with a user's name in it, which takes the place of ours"
        )
    return to


def _owned(site: Site, url: str) -> bool:
    """Whether an address is a site's own; what is no address is nobody's."""
    try:
        return site.owns(url)
    except ValueError:
        return False


def _raise(url: str, verdict: Verdict, *, status: int) -> NoReturn:
    """Raise what a verdict without a page comes to."""
    said = f"{shown(url)}: {verdict.why}"
    if verdict.kind is Kind.LATER and verdict.at is not None:
        raise QuotaExhaustedError(said, retry_at=verdict.at)
    if verdict.kind in _NEVER:
        raise _NEVER[verdict.kind](said, status=status)
    raise SourceUnavailableError(said)


_NEVER: Mapping[Kind, type[NeverError]] = {Kind.GONE: GoneError, Kind.DENIED: DeniedError, Kind.REFUSED: RefusedError}
