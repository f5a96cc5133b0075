"""A feed becomes evidence: each entry that it shows, once, where anything in it changed since the last look."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import JsonValue

from agents.contract import Evidence, Quarantined
from agents.errors import BadEvidenceError, SourceUnavailableError
from agents.sources.collected import Collected, digest
from agents.sources.feeds.covering import coverage
from agents.sources.feeds.decoding import decoded
from agents.sources.feeds.entry import UnreadableError, entry
from agents.sources.feeds.nature import described, feed_at
from agents.sources.feeds.opening import opened
from agents.sources.feeds.post import SOURCE, post
from agents.sources.feeds.releases import lists_tags, releases
from agents.sources.feeds.slices import NoFeedError, Slice, Slices, sliced
from agents.sources.feeds.thinning import thinned
from agents.sources.git.moments import iso
from agents.sources.github.items import UnreadableError as NoReleaseError
from agents.sources.http.client import Http
from agents.sources.http.page import Page
from agents.sources.look import Look

MOST_ENTRIES = 1_000
"""How many entries of a feed are read, unless the target's option ``max_entries`` says otherwise."""
_READER = "1"


@dataclass(slots=True, kw_only=True)
class _Shelf:
    """The entries read so far, and those that could not be."""

    look: Look
    posts: dict[str, Evidence] = field(default_factory=dict)
    also: dict[str, tuple[Evidence, ...]] = field(default_factory=dict)
    """What a post is as well, by the post's key."""
    doubles: int = 0
    strays: list[Quarantined] = field(default_factory=list)

    def put(self, one: Evidence, also: tuple[Evidence, ...]) -> None:
        """Keep a post; of two with the same key the one that was changed later."""
        known = self.posts.get(one.key)
        self.doubles += known is not None
        if known is None or _changed(one) > _changed(known):
            self.posts[one.key], self.also[one.key] = one, also

    def put_aside(self, one: Slice, *, number: int, reason: str) -> None:
        """Keep what could not be read, with the reason."""
        self.strays.append(self.look.quarantine(SOURCE, key=f"entry {number}", reason=reason, raw=one.raw))

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """All that was read, each fact once: two entries may be about one release."""
        also = {(one.kind, one.key): one for several in self.also.values() for one in several}
        return (*self.posts.values(), *also.values())


def read_feed(http: Http, look: Look) -> tuple[Collected, ...]:
    """Return the entries that the target's feed shows now, where it changed since the last look, else none.

    Earlier ones stay: a feed shows only its newest. Raises ``BadEvidenceError`` where there is no feed at the address,
    or where it does not give it to us; ``QuotaExhaustedError`` and ``SourceUnavailableError`` where to ask later, also
    where there was a feed before.
    """
    most = look.whole_number("max_entries", default=MOST_ENTRIES)
    page = opened(http, look.target.location)
    state = digest(_READER, str(most), page.body)
    before = look.cursor(SOURCE)
    if before.get("state") == state:
        return (Collected(source=SOURCE, coverage=(coverage(look, before, page=page),), cursor={**before}),)
    text = decoded(page.body, content_type=page.headers.get("content-type", ""))
    slices = _slices(page, text.text, most=most, known=bool(before))
    shelf = _shelf(slices, look=look, url=page.url)
    cursor = {"state": state, "encoding": text.note, **_figures(shelf, slices, before=before)}
    collected = Collected(
        source=SOURCE,
        coverage=(coverage(look, cursor, page=page),),
        evidence=shelf.evidence,
        quarantined=tuple(shelf.strays),
        cursor=cursor,
    )
    return (collected,)


def _slices(page: Page, text: str, *, most: int, known: bool) -> Slices:
    try:
        return _sliced(page, text, most=most)
    except NoFeedError as error:
        if known:
            # Servers in trouble send pages for people, and call them good answers.
            raise SourceUnavailableError(f"feed: {page.url} was a feed at the last look, and now {error}") from error
        raise BadEvidenceError(f"feed: {page.url} {error}") from error


def _sliced(page: Page, text: str, *, most: int) -> Slices:
    begin = feed_at(text)
    if begin is None:
        raise NoFeedError(f"is no feed: {described(page.body, text, url=page.url)}")
    return sliced(text[begin:], most=most)


def _shelf(slices: Slices, *, look: Look, url: str) -> _Shelf:
    shelf = _Shelf(look=look)
    tags = lists_tags(slices.head)
    for number, one in enumerate(slices.entries, start=1):
        look.go_on(doing="reading the feed")
        if one.fault:
            shelf.put_aside(one, number=number, reason=one.fault)
            continue
        try:
            read = entry(thinned(slices.frame.document(one.content)), url=url)
            shelf.put(post(read, look), releases(read, look, tags=tags))
        except (UnreadableError, NoReleaseError) as error:
            shelf.put_aside(one, number=number, reason=str(error))
    return shelf


def _changed(one: Evidence) -> str:
    """Return when a post was changed last, as text that sorts."""
    return str(one.data["updated_at"] or one.data["published_at"])


def _figures(shelf: _Shelf, slices: Slices, *, before: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    dated = sorted((iso(one.at), one.key) for one in shelf.posts.values() if one.at)
    last, known = (str(before.get(name) or "") for name in ("newest", "newest_key"))
    newest, key = dated[-1] if dated else (last, known)
    return {
        "seen": len(shelf.posts),
        "total": slices.total,
        "undated": len(shelf.posts) - len(dated),
        "oldest": dated[0][0] if dated else "",
        "newest": newest,
        "newest_key": key,
        "doubles": shelf.doubles,
        "put_aside": len(shelf.strays),
        "beyond": slices.total - len(slices.entries),
        "cut": slices.cut,
        "fault": slices.fault,
        "gap": bool(dated and last and dated[0][0] > last and known not in shelf.posts),
    }
