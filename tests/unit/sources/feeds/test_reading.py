"""A feed is read once and again: what it shows becomes evidence, and what it showed before stays."""

import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue
from support.documents import ROOT
from support.feeds import ATOM, NOW, atom, lamp, look_at, rss
from support.services import Heard, Said, service

from agents.contract import CoverageState, Target, TargetKind
from agents.errors import AgentError, BadEvidenceError, StoppedError
from agents.sources.feeds.reading import MOST_ENTRIES, read_feed
from agents.sources.http.client import Http
from agents.sources.http.guard import Guard
from agents.sources.http.page import Kept
from agents.sources.look import Look


class Shelf(dict[str, Kept]):
    """A shelf in memory."""

    def find(self, key: str) -> Kept | None:
        """Return the page that was kept under a key."""
        return self.get(key)

    def keep(self, key: str, page: Kept) -> None:
        """Keep a page."""
        self[key] = page


def test_the_entries_of_a_feed_become_posts() -> None:
    # When a feed of two entries is looked at
    looked = look_at(atom(lamp(2, day="2026-11-03"), lamp(1)))
    # Then both are there, newest first as the feed has them
    assert [(post.key, post.title, post.kind, post.source) for post in looked.posts] == [
        ("urn:lamp:2", "Lamp 2", "post", "feed"),
        ("urn:lamp:1", "Lamp 1", "post", "feed"),
    ]
    # And the coverage says what that is all of
    (coverage,) = looked.collected.coverage
    assert (coverage.source, coverage.state, coverage.items, coverage.as_of) == (
        "feed",
        CoverageState.COMPLETE,
        2,
        NOW,
    )
    assert coverage.detail == (
        "2 entries of 2026-11-01 to 2026-11-03: a feed shows only its newest, "
        "and older ones are kept from earlier looks"
    )
    # And nothing that an earlier look brought is taken away
    assert looked.collected.replaces == ()


def test_a_feed_is_asked_for_as_what_it_is_and_may_be_empty() -> None:
    looked = look_at(rss())
    assert looked.heard[0].headers["accept"].startswith("application/atom+xml, application/rss+xml")
    assert looked.collected.evidence == ()
    assert looked.collected.coverage[0].state is CoverageState.ZERO
    assert looked.detail == "the feed shows no entries"


def test_a_feed_that_has_not_changed_is_told_once() -> None:
    # When a feed is looked at twice, which its server sends whole each time
    first = look_at(atom(lamp(1), lamp(1)))
    again = look_at(atom(lamp(1), lamp(1)), after=first)
    # Then nothing is told again, and as much is known as before
    assert again.collected.evidence == ()
    assert again.collected.cursor == first.collected.cursor
    (before,), (after,) = first.collected.coverage, again.collected.coverage
    assert (after.state, after.items, after.detail) == (before.state, before.items, before.detail)
    assert "the newest of each counts: 1" in after.detail


def test_a_304_costs_nothing_and_tells_nothing_again() -> None:
    # Given a server that sends a feed once
    def script(heard: Heard) -> Said:
        known = "if-none-match" in heard.headers
        return Said(304 if known else 200, b"" if known else atom(lamp(1)), {"etag": '"1"'})

    shelf = Shelf()
    cursors: dict[str, JsonValue] = {}
    tellings = []
    with service(script) as there:
        for _ in range(2):
            target = Target(kind=TargetKind.FEED, location=there.url)
            look = Look(target=target, now=NOW, stop=threading.Event(), cursors=cursors)
            guard = Guard(private=frozenset({there.url.removeprefix("http://")}))
            with Http(stop=look.stop, shelf=shelf, guard=guard) as http:
                (collected,) = read_feed(http, look)
            cursors = {"feed": collected.cursor}
            tellings.append(collected)
    # Then the second look tells nothing anew, and covers the same
    assert [len(one.evidence) for one in tellings] == [1, 0]
    assert tellings[0].coverage == tellings[1].coverage
    assert [heard.headers.get("if-none-match") for heard in there.heard] == [None, '"1"']


def test_a_feed_with_a_new_entry_is_told_again() -> None:
    first = look_at(atom(lamp(1)))
    again = look_at(atom(lamp(2), lamp(1)), after=first)
    assert [post.key for post in again.posts] == ["urn:lamp:2", "urn:lamp:1"]
    assert again.collected.coverage[0].state is CoverageState.COMPLETE


def test_a_feed_that_went_on_past_what_was_known_may_have_lost_some() -> None:
    # Given a look, and a later one that shows nothing from before it
    first = look_at(atom(lamp(1, day="2026-11-01")))
    again = look_at(atom(lamp(9, day="2026-11-20"), lamp(8, day="2026-11-19")), after=first)
    # Then that is said, with what helps
    assert again.collected.coverage[0].state is CoverageState.PARTIAL
    assert "it shows nothing from before the last look, so some may be lost; look more often" in again.detail
    # And a feed that was empty in between lost nothing of its memory
    empty = look_at(atom(), after=first)
    assert look_at(atom(lamp(9, day="2026-11-20")), after=empty).collected.coverage[0].state is CoverageState.PARTIAL


def test_an_entry_that_only_has_a_new_date_lost_nothing() -> None:
    # Given a feed of one entry that is changed again and again
    first = look_at(atom(lamp(1, day="2026-11-01")))
    again = look_at(atom(lamp(1, day="2026-11-20")), after=first)
    assert again.collected.coverage[0].state is CoverageState.COMPLETE


def test_importing_it_loads_no_feedparser() -> None:
    program = "import sys, agents.sources.feeds.reading; print(sorted({'feedparser'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


def test_a_cursor_of_another_form_is_passed_by() -> None:
    first = look_at(atom(lamp(1)))
    odd = replace(first, collected=replace(first.collected, cursor={"state": 5, "newest": [7], "seen": "x"}))
    assert [post.key for post in look_at(atom(lamp(1)), after=odd).posts] == ["urn:lamp:1"]


def test_ten_thousand_entries_are_cut_at_a_limit_that_can_be_raised() -> None:
    # Given a feed that shows its whole archive
    body = atom(*(lamp(number) for number in range(10_000)))
    # When it is looked at
    looked = look_at(body)
    # Then the first thousand are read, and it is said what to do for more
    assert len(looked.posts) == MOST_ENTRIES == 1_000
    assert looked.collected.coverage[0].state is CoverageState.PARTIAL
    assert "left unread, as the feed has more: 9,000; raise the target's option max_entries" in looked.detail
    # And it helps, even though the feed is the same
    more = look_at(body, after=looked, options={"max_entries": 1_002})
    assert len(more.posts) == 1_002


def test_a_limit_that_is_none_is_refused() -> None:
    with pytest.raises(BadEvidenceError, match="option max_entries: 0 is not a whole number above zero"):
        look_at(atom(), options={"max_entries": 0})


def test_of_entries_with_one_id_the_newest_counts() -> None:
    # Given three entries with the same id
    same = [lamp(1, day=day).replace("Lamp 1", day) for day in ("2026-11-02", "2026-11-03", "2026-11-01")]
    looked = look_at(atom(*same))
    # Then the one that was changed last is kept, and the others are counted
    assert looked.only.title == "2026-11-03"
    assert looked.collected.coverage[0].state is CoverageState.COMPLETE
    assert "entries with the id of another, the newest of each counts: 2" in looked.detail


def test_a_step_that_is_told_to_stop_reads_no_further() -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(StoppedError, match="stopped while reading the feed of feed"):
        look_at(atom(lamp(1)), stop=stop)


PIECES = st.sampled_from(
    [
        *(b"<rss>", b"<channel>", b"</channel>", b"</rss>", b"<feed xmlns='http://www.w3.org/2005/Atom'>", b"</feed>"),
        *(b"<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>", b"<?xml version='1.0'?>", b"<!--"),
        *(b"<item>", b"</item>", b"<entry>", b"</entry>", b"<item/>", b"<title>", b"</title>", b"<link>", b"</link>"),
        *(b"<guid>", b"</guid>", b"<id>", b"</id>", b"<pubDate>", b"</pubDate>", b"Sat, 31 Feb 2026 25:61:00 +9999"),
        *(
            b"<content type='xhtml'>",
            b"</content>",
            b"<![CDATA[",
            b"]]>",
            b"&nbsp;",
            b"&#x0;",
            b"&#55555;",
            b"&",
            b"-->",
        ),
        *(
            b"<dc:date>",
            b"<a:b c='",
            b"<!DOCTYPE x [<!ENTITY y 'z'>]>",
            b"\xff\xfe",
            b"\xef\xbb\xbf",
            b"\x1b[31m",
            b"1970",
        ),
        *(
            b"tag:github.com,2008:Repository/1/v1",
            b"<media:group>",
            b"<gml:pos>",
            b"\xe2\x80\xae",
            b"2026-11-01T00:00:00Z",
        ),
    ]
)


def test_no_bytes_raise_anything_but_what_an_agent_may_raise() -> None:
    # Given a server that sends anything
    body = [b""]
    kinds = [ATOM]
    with service(lambda _: Said(body=body[0], headers={"content-type": kinds[0]})) as there:
        guard = Guard(private=frozenset({there.url.removeprefix("http://")}))
        target = Target(kind=TargetKind.FEED, location=there.url)
        look = Look(target=target, now=NOW, stop=threading.Event())
        with Http(stop=look.stop, guard=guard) as http:

            @settings(max_examples=100, deadline=None)
            @given(
                st.one_of(st.binary(), st.lists(PIECES, max_size=30).map(b"".join)),
                st.sampled_from([b"", rss(), atom(), b"<rss><channel><item><title>"]),
                st.sampled_from(["", ATOM, "text/xml; charset=undefined", "text/html; charset=idna", "a; charset=\\"]),
            )
            def check(content: bytes, around: bytes, kind: str) -> None:
                half = len(around) // 2
                body[0], kinds[0] = around[:half] + content + around[half:], kind
                # When it is looked at, it is refused with a reason, or what it shows is told, each fact once
                with suppress(AgentError):
                    (collected,) = read_feed(http, look)
                    assert len({one.id for one in collected.evidence}) == len(collected.evidence)
                    assert collected.coverage[0].items <= len(collected.evidence)

            check()
