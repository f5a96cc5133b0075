"""What recent versions announce: what breaks, and what will go away, with the words in which they say so."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from agents.analysis.health.history import DAY, History, Note
from agents.analysis.health.items import Sentence, sentences
from agents.analysis.health.privacy import quoted
from agents.analysis.health.releases import Release, Releases
from agents.analysis.health.versions import LOWEST, Version, may_break, parse_version, step
from agents.analysis.health.wordlist import (
    Match,
    Signal,
    in_note,
    in_subject,
    is_about_fixes,
    of_section,
    says_nothing,
)
from agents.contract import stable_id

WINDOW_DAYS = 365
LAST_VERSIONS = 3
MAX_QUOTES = 5
UNRELEASED = "unreleased"
_PLAIN = re.compile(r"[0-9][0-9a-z.+-]{0,39}")


@dataclass(frozen=True, slots=True)
class Quote:
    """A stranger's words, at most 200 characters; ``evidence`` is a commit's hash or a note's evidence id."""

    text: str
    where: str
    evidence: str
    sure: bool


@dataclass(frozen=True, slots=True)
class Announcement:
    """What one version says of one kind of change."""

    signal: Signal
    version: str
    """Normal form, or ``unreleased``: safe to show."""
    at: datetime | None
    """When the version came out; for what is unreleased, when it was first committed; None where it is not known."""
    allowed: bool
    """Whether the version's number admits that something breaks (Semantic Versioning)."""
    quotes: tuple[Quote, ...]
    count: int

    @property
    def sure(self) -> bool:
        """Whether a marker or a heading made for it says so, not only a word."""
        return any(quote.sure for quote in self.quotes)


@dataclass(frozen=True, slots=True)
class Signals:
    """What the recent versions announce, newest first, and which versions have a change note at all."""

    announcements: tuple[Announcement, ...]
    noted: frozenset[str]
    notes: int

    def of(self, signal: Signal) -> tuple[Announcement, ...]:
        """Return the announcements of one kind."""
        return tuple(found for found in self.announcements if found.signal is signal)


@dataclass(frozen=True, slots=True)
class _Place:
    """The version that something was said of."""

    label: str
    version: Version | None
    at: datetime | None
    unreleased: bool


def measure_signals(
    history: History, releases: Releases, *, window_days: int = WINDOW_DAYS, last_versions: int = LAST_VERSIONS
) -> Signals:
    """Return what unreleased work, versions of the last ``window_days`` days and the ``last_versions`` latest announce.

    Sources: change notes, and subjects of commits, which are counted for the first final release after them. That is
    exact for one line of development and an approximation where old lines are maintained beside it.
    """
    by_version = {str(release.version): release for release in reversed(releases.finals)}
    places: dict[str, _Place] = {label: _released(release) for label, release in by_version.items()}
    noted = [(note, _note_place(note, by_version)) for note in history.notes]
    places.update({place.label: place for _, place in noted})
    recent = _recent(places.values(), history=history, since=window_days * DAY, last=last_versions) | {UNRELEASED}
    said: dict[tuple[Signal, str], list[tuple[_Place, Quote]]] = {}
    in_notes = _in_notes((note, place) for note, place in noted if place.label in recent)
    for match, place, quote in (*in_notes, *_in_commits(history, releases)):
        said.setdefault((match.signal, place.label), []).append((place, quote))
    steps = _steps(places.values(), by_version)
    found = [
        _announcement(signal, places.get(label) or spoken[0][0], quotes=[quote for _, quote in spoken], kinds=steps)
        for (signal, label), spoken in said.items()
        if label in recent
    ]
    return Signals(
        announcements=tuple(sorted(found, key=_newest_first)),
        noted=frozenset(place.label for _, place in noted),
        notes=len(noted),
    )


def _in_notes(noted: Iterable[tuple[Note, _Place]]) -> Iterator[tuple[Match, _Place, Quote]]:
    for note, place in noted:
        for sentence in sentences(note.text):
            match = _announced(sentence)
            if match is not None:
                yield match, place, _quote(sentence.text, where=note.file, evidence=note.id, sure=match.sure)


def _announced(sentence: Sentence) -> Match | None:
    section = of_section(sentence.heading)
    if section is not None and sentence.first and not says_nothing(sentence.text):
        return Match(section, sure=True)
    match = in_note(sentence.text)
    return None if match and not match.sure and is_about_fixes(sentence.heading) else match


def _in_commits(history: History, releases: Releases) -> Iterator[tuple[Match, _Place, Quote]]:
    for commit in history.work:
        match = in_subject(commit.subject)
        if match is not None:
            release = releases.final_from(commit.at)
            place = _released(release) if release else _Place(UNRELEASED, None, commit.at, unreleased=True)
            yield match, place, _quote(commit.subject, where="commit", evidence=commit.sha, sure=match.sure)


def _quote(text: str, *, where: str, evidence: str, sure: bool) -> Quote:
    return Quote(text=quoted(text), where=quoted(where), evidence=evidence, sure=sure)


def _released(release: Release) -> _Place:
    return _Place(str(release.version), release.version, release.at, unreleased=False)


def _note_place(note: Note, by_version: Mapping[str, Release]) -> _Place:
    version = parse_version(note.version)
    label = str(version) if version else _label(note.version)
    release = by_version.get(label)
    unreleased = release is None and (note.unreleased or label == UNRELEASED)
    return _Place(label, version, release.at if release else note.at, unreleased=unreleased)


def _label(text: str) -> str:
    name = text.strip().lower()
    return name if name == UNRELEASED or _PLAIN.fullmatch(name) else stable_id("version", name)


def _recent(places: Iterable[_Place], *, history: History, since: timedelta, last: int) -> set[str]:
    every = list(places)
    begin = history.now - since
    fresh = {place.label for place in every if place.unreleased or (place.at is not None and place.at > begin)}
    released = sorted((place for place in every if not place.unreleased), key=_order)
    return fresh | {place.label for place in released[-last:]}


def _order(place: _Place) -> tuple[bool, float, Version, str]:
    # Undated versions come first: a note without a date beside dated ones is an old one.
    when = place.at.timestamp() if place.at else 0.0
    return place.at is not None, when, place.version or LOWEST, place.label


def _steps(places: Iterable[_Place], by_version: Mapping[str, Release]) -> dict[str, str]:
    """Return what kind of step each version is: as released, else by its neighbour among all versions."""
    kinds: dict[str, str] = {}
    before: Version | None = None
    for version in sorted({place.version for place in places if place.version is not None}):
        release = by_version.get(str(version))
        previous = before if before is not None and before.prefix == version.prefix else None
        kinds[str(version)] = release.kind if release else step(version, previous)
        before = previous if version.pre else version
    return kinds


def _announcement(signal: Signal, place: _Place, *, quotes: list[Quote], kinds: Mapping[str, str]) -> Announcement:
    version = place.version
    distinct = list({quote.text: quote for quote in sorted(quotes, key=lambda quote: quote.sure)}.values())
    distinct.sort(key=lambda quote: not quote.sure)
    return Announcement(
        signal=signal,
        version=place.label,
        at=place.at,
        allowed=version is None or may_break(version, kinds.get(place.label, "major")),
        quotes=tuple(distinct[:MAX_QUOTES]),
        count=len(distinct),
    )


def _newest_first(found: Announcement) -> tuple[bool, float, str, str]:
    # What is unreleased or undated is the newest there is.
    return found.at is not None, -(found.at.timestamp() if found.at else 0.0), found.version, found.signal
