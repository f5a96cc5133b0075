"""The catalogue of exploited flaws: read whole, told anew where it changed, and never forgotten by half."""

import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue
from support.services import Said
from unit.sources.http.answering import Answering, Asked, Shelf, answering
from unit.sources.kev.files import document, entry

from agents.contract import CoverageState, Target, TargetKind
from agents.errors import AgentError, QuotaExhaustedError, SourceUnavailableError, StoppedError
from agents.sources.collected import Collected
from agents.sources.http.client import Http
from agents.sources.http.errors import GoneError, RefusedError
from agents.sources.http.site import Site
from agents.sources.kev import catalogue
from agents.sources.kev.catalogue import read_exploited
from agents.sources.kev.entry import exploited
from agents.sources.look import Look

PLACE = "/feeds/exploited.json"
NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)


class World:
    """A service that gives the catalogue, and looks at it one after the other."""

    def __init__(self, look_at: Callable[..., Look]) -> None:
        self.said = Said(body=document())
        self.shelf = Shelf()
        self.cursor: JsonValue = None
        self.look_at = look_at
        self.there: Answering

    def answer(self, asked: Asked) -> Said:
        """Answer; a known mark is answered with none."""
        mark = self.said.headers.get("etag")
        return Said(304) if mark and asked.headers.get("if-none-match") == mark else self.said

    def look(self, *, stop: threading.Event | None = None) -> Collected:
        """Look once, and remember what it left."""
        cursors = {} if self.cursor is None else {"kev": self.cursor}
        look = self.look_at("kev", kind=TargetKind.ADVISORIES, cursors=cursors, stop=stop)
        site = Site("kev", f"{self.there.url}{PLACE}")
        with Http(stop=threading.Event(), sites=[site], shelf=self.shelf, now=lambda: NOW) as http:
            found = read_exploited(http, look)
        self.cursor = found.cursor
        return found


@pytest.fixture
def world(look_at: Callable[..., Look]) -> Iterator[World]:
    """Return a service whose catalogue is empty."""
    made = World(look_at)
    with answering(made.answer) as there:
        made.there = there
        yield made


def test_each_entry_is_evidence_of_a_flaw_that_is_exploited(world: World) -> None:
    # Given a catalogue of two flaws
    world.said = Said(body=document(entry(), entry("CVE-2023-12345678", knownRansomwareCampaignUse="Unknown")))
    # When it is read
    found = world.look()
    # Then just its file was asked for
    assert world.there.paths == [PLACE]
    # And each entry is there, filed under its flaw
    one, other = found.evidence
    assert (one.target, one.source, one.kind, one.key) == ("advisories:kev", "kev", "exploited", "CVE-2024-0001")
    assert one.about == ("CVE-2024-0001",)
    assert one.at == datetime(2024, 5, 20, tzinfo=UTC)
    assert one.title == "Acme Lamp Command Injection Vulnerability"
    assert one.url == "https://acme.example.org/advisories/1"
    assert one.data == {
        "cve": "CVE-2024-0001",
        "vendor": "Acme",
        "product": "Lamp",
        "name": "Acme Lamp Command Injection Vulnerability",
        "added": "2024-05-20",
        "due": "2024-06-10",
        "ransomware": True,
        "action": "Apply mitigations per vendor instructions.",
        "notes": "https://acme.example.org/advisories/1; https://vulns.example.org/CVE-2024-0001",
    }
    assert (other.key, other.data["ransomware"]) == ("CVE-2023-12345678", False)
    # And they are all that is true
    assert found.replaces == ("exploited",)
    assert (found.coverage[0].state, found.coverage[0].items) == (CoverageState.COMPLETE, 2)
    assert found.coverage[0].detail == "2 exploited flaws; released 2024-05-20T14:00:00.1234Z"


@pytest.mark.parametrize("headers", [{"etag": '"v1"'}, {}])
def test_a_catalogue_is_told_anew_only_where_it_changed(world: World, headers: dict[str, str]) -> None:
    # Given a catalogue that was read
    world.said = Said(body=document(entry(), entry("CVE-2024-0002")), headers=headers)
    first = world.look()
    # When it is the same, whether its service says so or sends it again
    again = world.look()
    # Then nothing is told, and the coverage is the same
    assert (again.evidence, again.replaces, again.cursor) == ((), (), first.cursor)
    assert again.coverage == first.coverage
    # When an entry is gone from it
    world.said = Said(body=document(entry("CVE-2024-0002")))
    later = world.look()
    # Then the others are the whole truth
    assert ([one.key for one in later.evidence], later.replaces) == (["CVE-2024-0002"], ("exploited",))


def test_an_entry_needs_no_more_than_its_flaw(world: World) -> None:
    # Given an entry without anything else, and one whose other fields are of another kind
    strange = entry("cve-2024-0003", dateAdded="2024-13-45", dueDate="soon", notes=5, vulnerabilityName=None)
    world.said = Said(body=document({"cveID": "CVE-2024-0002"}, strange))
    # When they are read, then both say that their flaw is exploited, and the rest is left out
    for one in world.look().evidence:
        assert (one.at, one.url, one.title) == (None, "", one.key)
        assert (one.data["added"], one.data["due"], one.data["notes"]) == ("", "", "")
    assert [one.key for one in world.look().evidence] == []
    assert world.cursor is not None


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (5, "is no object, so it is no entry"),
        ({}, "cveID is '', which is no CVE id such as CVE-2024-12345"),
        ({"cveID": "CVE-2024-1"}, "cveID is 'CVE-2024-1'"),
        ({"cveID": ["CVE-2024-0001"]}, "cveID is ''"),
        ({"cveID": "GHSA-xxxx"}, "cveID is 'GHSA-XXXX'"),
        ({"cveID": "\x1b[31m../\u202eCVE"}, "cveID is '../CVE'"),
    ],
)
def test_what_names_no_flaw_is_put_aside_and_nothing_is_forgotten(world: World, raw: object, reason: str) -> None:
    # Given a catalogue of which an entry is none
    world.said = Said(body=document(entry(), raw))
    # When it is read, then the other is there, and the one is put aside
    found = world.look()
    assert [one.key for one in found.evidence] == ["CVE-2024-0001"]
    (stray,) = found.quarantined
    assert (stray.key, stray.source) == ("vulnerabilities[1]", "kev")
    assert stray.reason.startswith(reason)
    # And what was known before is kept: it may be the one that cannot be read
    assert found.replaces == ()
    assert found.coverage[0].state is CoverageState.PARTIAL
    assert "put aside as unreadable: 1" in found.coverage[0].detail
    assert world.look().coverage == found.coverage


def test_a_catalogue_of_nothing_but_rubbish_failed(world: World) -> None:
    world.said = Said(body=document(*range(1_000)))
    found = world.look()
    assert (found.coverage[0].state, found.replaces, len(found.quarantined)) == (CoverageState.FAILED, (), 100)
    assert "put aside as unreadable: 1000" in found.coverage[0].detail


def test_a_catalogue_that_was_cut_off_forgets_nothing(world: World) -> None:
    # Given a catalogue that holds fewer entries than it says
    world.said = Said(body=document(entry(), count=1_126))
    found = world.look()
    assert (len(found.evidence), found.replaces) == (1, ())
    assert found.coverage[0].state is CoverageState.PARTIAL
    assert "entries that it says it has, and has not: 1125" in found.coverage[0].detail


def test_more_entries_than_are_kept_are_said(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "MOST_ENTRIES", 1)
    world.said = Said(body=document(entry(), entry("CVE-2024-0002"), count="?", dateReleased=None))
    found = world.look()
    assert ([one.key for one in found.evidence], found.replaces) == (["CVE-2024-0001"], ())
    assert found.coverage[0].detail == ("1 exploited flaw; entries left unread, as there are more than are kept: 1")


def test_a_flaw_that_is_listed_twice_is_one(world: World) -> None:
    world.said = Said(body=document(entry(product="Lamp"), entry(product="Torch")))
    (one,) = world.look().evidence
    assert one.data["product"] == "Torch"


def test_an_empty_catalogue_has_nothing(world: World) -> None:
    found = world.look()
    assert (found.coverage[0].state, found.evidence, found.replaces) == (CoverageState.ZERO, (), ("exploited",))


def test_strangers_text_is_clean_wherever_it_is_kept(world: World) -> None:
    # Given an entry that means to mislead
    nasty = "\x1b[2J{0.__class__}\u202e\x00 x\ny"
    world.said = Said(
        body=document(entry(vulnerabilityName=nasty, requiredAction=nasty, notes="javascript:x http://x"),
                      dateReleased=f"{nasty}{'x' * 100}")
    )  # fmt: skip
    # When it is read, then nothing of that is left, and it is no link
    found = world.look()
    (one,) = found.evidence
    assert (one.title, one.data["action"], one.url) == ("{0.__class__} x y", "{0.__class__} x\ny", "")
    assert found.coverage[0].detail == f"1 exploited flaw; released {'{0.__class__} x y' + 'x' * 23}"


@pytest.mark.parametrize(
    ("said", "error", "words"),
    [
        (Said(404), GoneError, "it answered 404"),
        (Said(500), SourceUnavailableError, "it answered 500"),
        (Said(429, headers={"retry-after": "60"}), QuotaExhaustedError, "named a time"),
        (Said(418), RefusedError, "it answered 418"),
        (Said(body=b"<!DOCTYPE html>", headers={"content-type": "text/html"}), SourceUnavailableError, "no JSON"),
        (Said(body=document(entry())[:-20]), SourceUnavailableError, "no JSON"),
        (
            Said(body=b"short", headers={"content-length": "99", "connection": "close"}),
            SourceUnavailableError,
            "answer",
        ),
        (Said(body=b"[]"), SourceUnavailableError, "look whether LOOKOUT_KEV_URL names one"),
        (Said(body=b'{"vulnerabilities": {}}'), SourceUnavailableError, "no list of vulnerabilities"),
        (Said(body=b'{"error": "try later"}'), SourceUnavailableError, "no catalogue of exploited flaws"),
    ],
)
def test_what_is_no_catalogue_is_told(world: World, said: Said, error: type[AgentError], words: str) -> None:
    world.said = said
    with pytest.raises(error, match=words) as raised:
        world.look()
    assert type(raised.value) is error
    assert world.cursor is None


def test_without_a_catalogue_nothing_is_collected(look_at: Callable[..., Look]) -> None:
    with Http(stop=threading.Event()) as http:
        found = read_exploited(http, look_at("kev", kind=TargetKind.ADVISORIES))
    assert (found.evidence, found.replaces, found.cursor) == ((), (), None)
    assert found.coverage[0].state is CoverageState.NOT_COLLECTED
    assert found.coverage[0].detail == "no catalogue is set up: set LOOKOUT_KEV_URL"


def test_a_look_that_is_told_to_stop_keeps_nothing(world: World) -> None:
    world.said = Said(body=document(entry()))
    stop = threading.Event()
    stop.set()
    with pytest.raises(StoppedError, match="reading the catalogue of kev"):
        world.look(stop=stop)
    assert world.cursor is None


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(sorted({*entry()} - {"cveID"})), ANYTHING))
def test_no_entry_breaks_the_reading(raw: dict[str, object]) -> None:
    # Given an entry of which every part but its flaw may be anything
    target = Target(kind=TargetKind.ADVISORIES, location="kev")
    one = exploited(entry() | raw, look=Look(target=target, now=NOW, stop=threading.Event()))
    # Then it becomes JSON that any database takes
    assert json.loads(json.dumps(one.model_dump(mode="json"), allow_nan=False).encode("utf-8"))
    assert one.url == "" or one.url.startswith("https://")
