"""What comes in a feed's place, or in a broken one: told for what it is, and nothing of it is obeyed."""

import gzip
from pathlib import Path

import pytest
from support.feeds import atom, endless, lamp, look_at, look_at_address, rss
from support.services import Said

from agents.contract import CoverageState
from agents.errors import BadEvidenceError, SourceUnavailableError
from agents.sources.feeds.slices import ENTRY_BYTES
from agents.sources.http.errors import RefusedError

PAGE = (
    b"<!DOCTYPE html><html><head><link rel=stylesheet href=/a.css><link rel='alternate' title=x>"
    b'<link rel="alternate" type="application/rss+xml" href="%s"></head></html>'
)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "there is nothing in it; open the address in a browser"),
        (b" \r\n ", "there is nothing in it"),
        (b'{"name": "express"}', "it is JSON; name the address of an Atom or RSS feed"),
        (b'{"version": "https://jsonfeed.org/version/1.1"}', "it is a JSON feed, a form that is not read"),
        (b"\x89PNG\r\n\x1a\n\0\0", r"it is a picture \(PNG\)"),
        (b"\xff\xd8\xff\xe0", r"it is a picture \(JPEG\)"),
        (gzip.compress(rss(), mtime=0), "it is a gzip file"),
        (b"%PDF-1.7", "it is a PDF file"),
        (b"hello", "it begins with 'hello', where a feed begins with rss, feed or RDF"),
        (b"<opml><body/></opml>", "it begins with '<opml>"),
        (b"<!-- never ends <rss>", "it begins with '<!-- never"),
        (b"<?xml version='1.0'", "it begins with"),
        (b"<!DOCTYPE rss [ <!ENTITY a 'b'> <rss>", "it begins with"),
        (b"<html><body>Sorry</body></html>", "it is a page for people; look on it for the address"),
        (PAGE % b"http://[::1", "look on it for the address"),
        (PAGE % b"javascript:alert(1)", "look on it for the address"),
        (PAGE % b"https://example.org/a?b=1&amp;c", "it says that its feed is at 'https://example.org/a[?]b=1&c'"),
        (PAGE % b"/feed.xml", r"it says that its feed is at 'http://127\.0\.0\.1:\d+/feed\.xml'"),
    ],
)
def test_what_is_no_feed_is_refused_with_what_it_is(body: bytes, words: str) -> None:
    with pytest.raises(BadEvidenceError, match=words) as raised:
        look_at(Said(body=body))
    assert "feed: http://127.0.0.1" in str(raised.value)
    assert "is no feed" in str(raised.value)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"<rss version='2.0", "its first element does not end"),
        (b"<rss a='1' a='2'><channel/></rss>", "its first element cannot be read .*duplicate attribute"),
        (b"<a:feed>", "its first element cannot be read .*unbound prefix"),
        (
            b"<rss " + b" ".join(b"xmlns:a%d='b'" % n for n in range(200)) + b"></rss>",
            "its first element holds more than any feed",
        ),
    ],
)
def test_a_feed_whose_first_element_is_broken_is_refused(body: bytes, words: str) -> None:
    with pytest.raises(BadEvidenceError, match=f"broken from the start: {words}.*only its publisher can mend it"):
        look_at(body)


@pytest.mark.parametrize("body", [b"<html>We are back soon</html>", b"", b"<rss"])
def test_what_was_a_feed_before_is_asked_for_again(body: bytes) -> None:
    # Given an address where there was a feed
    before = look_at(atom(lamp(1)))
    # When there is something else, the step is to be tried again: it may pass
    with pytest.raises(SourceUnavailableError, match="was a feed at the last look, and now is "):
        look_at(body, after=before)


def test_a_feed_that_is_cut_off_keeps_its_whole_entries() -> None:
    # Given a feed that was sent whole and written by half
    whole = atom(lamp(1), lamp(2), lamp(3))
    looked = look_at(whole[: whole.index(b"<title>Lamp 3")])
    # Then the entries before the cut are there
    assert [post.key for post in looked.posts] == ["urn:lamp:1", "urn:lamp:2"]
    # And the rest is put aside and said
    assert [(one.key, one.reason) for one in looked.collected.quarantined] == [
        ("entry 3", "the feed breaks off inside it")
    ]
    assert looked.collected.quarantined[0].raw == "<entry><id>urn:lamp:3</id>"
    assert looked.collected.coverage[0].state is CoverageState.PARTIAL
    assert "the feed is cut off, so there may be more" in looked.detail
    assert "put aside as unreadable: 1" in looked.detail


@pytest.mark.parametrize("cut", ["</feed>", "<entry><id>urn:lamp:2"])
def test_a_feed_that_is_cut_off_between_entries_is_not_taken_for_whole(cut: str) -> None:
    body = atom(lamp(1), lamp(2))
    looked = look_at(body[: body.index(cut.encode())])
    assert looked.collected.coverage[0].state is CoverageState.PARTIAL
    assert looked.collected.quarantined == ()
    assert "the feed is cut off" in looked.detail


def test_a_feed_that_is_cut_off_before_its_first_entry_was_not_seen() -> None:
    looked = look_at(b"<rss><channel><title>Lam")
    assert looked.collected.coverage[0].state is CoverageState.FAILED
    assert looked.detail.startswith("the feed shows no entries; the feed is cut off")


def test_a_feed_that_is_broken_is_read_entry_by_entry() -> None:
    # Given a feed with all that people forget: a bare &, HTML's own references, a tag too many, junk behind it
    body = rss(
        "<guid>1</guid><title>Salt & pepper&nbsp;&copy; &#0;&#9; &#1F;&#x1F600; &unknown; &lt;</title>",
        "<guid>2</guid><title>a <b>tag</title>",
        "<guid>3</guid><title>whole</title>",
    )
    looked = look_at(body + b"<script>x</script>")
    # Then those that can be mended are, and the other is put aside
    assert [(post.key, post.title) for post in looked.posts] == [
        ("1", "Salt & pepper \N{COPYRIGHT SIGN} \N{GRINNING FACE} &unknown; <"),
        ("3", "whole"),
    ]
    (stray,) = looked.collected.quarantined
    assert stray.key == "entry 2"
    assert stray.reason == "it is not well-formed (line 1: mismatched tag)"
    assert looked.collected.coverage[0].state is CoverageState.PARTIAL
    assert "it is no well-formed XML (line 2: not well-formed (invalid token)), so its entries were" in looked.detail


def test_a_feed_whose_entries_could_all_be_mended_is_complete() -> None:
    looked = look_at(rss("<guid>1</guid><title>Salt & pepper</title>") + b"\n<!-- cached --> bye")
    assert looked.only.title == "Salt & pepper"
    assert looked.collected.coverage[0].state is CoverageState.COMPLETE


def test_entries_that_do_not_end_are_put_aside() -> None:
    looked = look_at(rss("<guid>1</guid><item><guid>2</guid>") + b"</item>&</rss>")
    assert [post.key for post in looked.posts] == ["2"]
    assert [one.reason for one in looked.collected.quarantined] == ["it does not end before the next one begins"]


def test_a_feed_none_of_whose_entries_can_be_read_was_not_seen() -> None:
    looked = look_at(rss("", "<description></description>"))
    assert looked.collected.evidence == ()
    assert looked.collected.coverage[0].state is CoverageState.FAILED
    assert looked.detail.startswith("none of the feed's 2 entries could be read; put aside as unreadable: 2")
    assert {one.reason for one in looked.collected.quarantined} == {
        "it has neither an id nor a link, a title or a text"
    }
    # And that stays known where nothing changed
    again = look_at(rss("", "<description></description>"), after=looked)
    assert again.collected.coverage[0].state is CoverageState.FAILED
    assert again.collected.quarantined == ()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (
            atom("<gml:pos>1 2</gml:pos>", attributes=' xmlns:gml="http://www.opengis.net/gml"'),
            "feedparser cannot read it (KeyError)",
        ),
        (
            b"<x:feed xmlns:x='urn:x'><x:entry><x:id>1</x:id></x:entry></x:feed>",
            "it is no entry of Atom's or RSS's, though it is called one",
        ),
        (b"<rss><channel><item a='>'/></channel></rss>", "it is not well-formed"),
        (atom("<id>1</id>" + " " * ENTRY_BYTES), f"and {ENTRY_BYTES:,} are read of an entry"),
        (rss("<guid>1</guid>" + "<a xmlns='b'/>" * 101), "more namespaces than any entry needs"),
        (rss("<guid>1</guid>" + "<a xmlns='b'/>" * 101) + b"&", "more namespaces than any entry needs"),
        (atom("<id>tag:github.com,2008:Repository/1/\u202e\u200e x</id>"), ""),
        (atom("<id>tag:github.com,2008:Repository/1/&#x202e;&#x202e;</id>"), "tag_name is missing"),
    ],
)
def test_an_entry_that_cannot_be_read_spoils_no_other(body: bytes, reason: str) -> None:
    looked = look_at(body)
    assert [reason in one.reason for one in looked.collected.quarantined] == ([True] if reason else [])


def test_a_feed_of_200_mb_is_left_before_its_end() -> None:
    # Given a server whose feed has 200 MB
    with endless(megabytes=200) as (url, sent), pytest.raises(RefusedError) as raised:
        # When it is looked at
        look_at_address(url)
    # Then the user reads why it was not read, and what to do
    assert str(raised.value) == (
        f"feed: {url} answered with more than 20,000,000 bytes, which is all that is read of one page; "
        "look whether it is a feed at all; if so, ask its publisher for a shorter one"
    )
    # And most of it was never sent
    assert len(sent) < 100


def test_a_gzip_bomb_is_left_before_it_fills_the_memory() -> None:
    bomb = gzip.compress(b"<rss>" + b" " * 60_000_000)
    assert len(bomb) < 100_000
    with pytest.raises(RefusedError, match=r"more than 20,000,000 bytes.*; look whether it is a feed at all"):
        look_at(Said(body=bomb, headers={"content-encoding": "gzip"}))


@pytest.mark.parametrize("between", ["", "\n"])
def test_entities_that_grow_are_never_resolved(between: str) -> None:
    # Given the billion laughs, on a line of their own and not
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    head = f'<?xml version="1.0"?>{between}<!DOCTYPE rss [<!ENTITY l0 "ha">{laughs}]>'
    looked = look_at(head.encode() + rss("<guid>1</guid><title>&l9; &l0;</title>"))
    # Then they stay what they are
    assert looked.only.title == "&l9; &l0;"


@pytest.mark.parametrize("between", ["", "\n"])
def test_entities_that_lead_elsewhere_touch_neither_file_nor_network(between: str, tmp_path: Path) -> None:
    # Given a file, and a feed that names it, and that names its own server
    (tmp_path / "secret").write_text("hidden")
    kinds = (("a", f"file://{tmp_path}/secret"), ("b", "/hidden"), ("c", f"{tmp_path}/secret"))
    declared = "".join(f'<!ENTITY {name} SYSTEM "{place}">' for name, place in kinds)
    declared += '<!ENTITY % d SYSTEM "/hidden.dtd"> %d;'
    head = f'<?xml version="1.0"?>{between}<!DOCTYPE rss SYSTEM "/other.dtd" [{declared}]>'
    body = head.encode() + rss("<guid>1</guid><title>&a;&b;&c;</title>", "<guid>2</guid><link>/x</link>")
    # When it is looked at
    looked = look_at(body)
    # Then only the feed was asked for
    assert [heard.path for heard in looked.heard] == ["/feed"]
    assert [post.title for post in looked.posts] == ["&a;&b;&c;", ""]


def test_a_body_that_is_a_path_or_an_address_is_never_opened(tmp_path: Path) -> None:
    # Given a file that is a feed, and a server that sends its name
    place = tmp_path / "feed.xml"
    place.write_bytes(rss("<guid>hidden</guid>"))
    for body in (str(place), place.as_uri(), "http://127.0.0.1:9/feed"):
        with pytest.raises(BadEvidenceError, match="is no feed"):
            look_at(body.encode())


def test_an_entry_that_would_take_for_ever_is_made_smaller() -> None:
    # Given an entry in which somebody's name would take minutes to be searched for an address, and one of 20,000 tags
    slow = f"<guid>1</guid><author>{'a&#46;' * 100_000}</author>"
    wide = f"<guid>2</guid>{'<category>x</category>' * 20_000}<title>never read</title>"
    deep = f"<guid>3</guid>{'<a>' * 900}never read{'</a>' * 900}<title>deep</title>"
    attributes = " ".join(f'a{n}="1"' for n in range(5_000))
    many = f"<guid>4</guid><title {attributes}>many</title>"
    long = f"<guid>5</guid><description>{'word ' * 100_000}</description><title>too late</title>"
    looked = look_at(rss(slow, wide, deep, many, long))
    # Then each is there, with what an entry needs
    assert [(post.key, post.title[:9]) for post in looked.posts] == [
        ("1", ""),
        ("2", ""),
        ("3", "deep"),
        ("4", "many"),
        ("5", "word word"),
    ]
    assert looked.posts[0].data["author"] == "a." * 100


def test_elements_that_are_nested_without_end_are_not_followed() -> None:
    looked = look_at(rss(f"<guid>1</guid>{'<a>' * 5_000}{'</a>' * 5_000}", "<guid>2</guid>"))
    assert [post.key for post in looked.posts] == ["1", "2"]
    assert "nested more than 1,000 deep" in looked.detail
