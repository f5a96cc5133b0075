"""An entry becomes a post: its key, its time, its words, and nothing in them that could do harm."""

from datetime import UTC, datetime

import pytest
from support.feeds import atom, lamp, look_at, rss

from agents.sources.feeds.post import LINK_LIMIT, SUMMARY_LIMIT

DC = ' xmlns:dc="http://purl.org/dc/elements/1.1/"'


def test_an_entry_is_told_with_all_that_it_says() -> None:
    entry = (
        "<id>urn:1</id><title>Lamp 2.1.0 released</title><link href='https://example.org/1'/><author><name>Ada</name>"
        "</author><published>2026-11-01T10:00:00+02:00</published><updated>2026-11-03T00:00:00Z</updated>"
        "<summary type='html'>&lt;p&gt;It is &lt;b&gt;bright&lt;/b&gt;.&lt;/p&gt;</summary>"
    )
    post = look_at(atom(entry)).only
    assert (post.key, post.title, post.url) == ("urn:1", "Lamp 2.1.0 released", "https://example.org/1")
    assert post.at == datetime(2026, 11, 1, 8, tzinfo=UTC)
    assert post.data == {
        "title": "Lamp 2.1.0 released",
        "link": "https://example.org/1",
        "author": "Ada",
        "summary": "It is bright.",
        "published_at": "2026-11-01T08:00:00+00:00",
        "updated_at": "2026-11-03T00:00:00+00:00",
        "version": "2.1.0",
    }


@pytest.mark.parametrize(
    "body",
    [
        rss(
            "<guid isPermaLink='false'>urn:1</guid><title>A</title><link>https://example.org/1</link>"
            "<dc:creator>Ada</dc:creator><pubDate>Sun, 01 Nov 2026 10:00:00 +0200</pubDate>"
            "<description>&lt;p&gt;It is &lt;b&gt;bright&lt;/b&gt;.&lt;/p&gt;</description>",
            attributes=DC,
        ),
        (
            b"<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/'"
            b" xmlns:dc='http://purl.org/dc/elements/1.1/'><channel rdf:about='x'><title>L</title></channel>"
            b"<item rdf:about='urn:1'><title>A</title><link>https://example.org/1</link><dc:creator>Ada</dc:creator>"
            b"<dc:date>2026-11-01T08:00:00Z</dc:date><description>It is bright.</description></item></rdf:RDF>"
        ),
        atom(
            "<id>urn:1</id><title>A</title><link href='/1'/><author><name>Ada</name></author>"
            "<updated>2026-11-01T08:00:00Z</updated><content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>"
            "<p>It is <b>bright</b>.</p></div></content>",
            attributes=" xml:base='https://example.org/blog/'",
        ),
        (
            b"<a:feed xmlns:a='http://www.w3.org/2005/Atom'><a:entry><a:id>urn:1</a:id><a:title>A</a:title>"
            b"<a:link href='https://example.org/1'/><a:author><a:name>Ada</a:name></a:author>"
            b"<a:updated>2026-11-01T08:00:00Z</a:updated><a:summary>It is bright.</a:summary></a:entry></a:feed>"
        ),
        (
            b"<feed version='0.3' xmlns='http://purl.org/atom/ns#'><entry><id>urn:1</id><title>A</title><author><name>Ada"
            b"</name></author><link rel='alternate' href='https://example.org/1'/><issued>2026-11-01T08:00:00Z</issued>"
            b"<content>It is bright.</content></entry></feed>"
        ),
        (
            b"<?xml version='1.0'?>\n<!-- old --><!DOCTYPE rss PUBLIC '-//Lamps//DTD RSS//EN' 'https://example.org/rss.dtd'"
            b" [<!ENTITY x 'y'>]>\n<?style x?><rss version='0.92'><channel><item><title>A</title><author>Ada</author>"
            b"<link>https://example.org/1</link><pubDate>Sun, 01 Nov 2026 08:00:00 GMT</pubDate>"
            b"<description>It is bright.</description></item></channel></rss>"
        ),
    ],
    ids=["RSS 2.0", "RSS 1.0", "Atom with a base", "Atom with a prefix", "Atom 0.3", "RSS 0.92 with a type"],
)
def test_every_form_of_feed_gives_the_same(body: bytes) -> None:
    post = look_at(body).only
    assert (post.title, post.url, post.at) == ("A", "https://example.org/1", datetime(2026, 11, 1, 8, tzinfo=UTC))
    assert (post.data["author"], post.data["summary"]) == ("Ada", "It is bright.")


def test_an_entry_without_an_id_goes_by_its_link_and_without_that_by_what_it_says() -> None:
    nameless = "<title>A</title><description>B</description>"
    first, second, third = look_at(rss("<link>https://example.org/1</link>", nameless, "<title>C</title>")).posts
    assert first.key == "https://example.org/1"
    assert len(second.key) == len(third.key) == 64
    assert second.key != third.key
    # And the same entry has the same key at every look
    assert look_at(rss(nameless)).only.key == second.key


def test_ids_that_differ_behind_what_is_kept_of_them_stay_apart() -> None:
    long = "urn:" + "x" * 500
    keys = [post.key for post in look_at(atom(*(f"<id>{long}{end}</id>" for end in ("a", "b", "\u202ea")))).posts]
    assert len(set(keys)) == 2
    assert all(len(key) == 64 for key in keys)


def test_an_id_does_not_change_with_the_address_of_its_feed() -> None:
    # Given ids that look like parts of an address, and are taken for links
    posts = look_at(rss("<guid>42</guid>", "<guid>http://[::1</guid>", "<guid>https://example.org/1</guid>")).posts
    assert [(post.key, post.data["link"]) for post in posts] == [
        ("42", ""),
        ("http://[::1", ""),
        ("https://example.org/1", "https://example.org/1"),
    ]


def test_an_entry_without_a_title_is_called_by_how_it_begins() -> None:
    post = look_at(rss(f"<guid>1</guid><description>&lt;p&gt;A {'long ' * 100}&lt;/p&gt;text</description>")).only
    assert post.title.startswith("A long long")
    assert len(post.title) <= 120


def test_an_entry_without_a_date_has_no_time() -> None:
    looked = look_at(rss("<guid>1</guid>"))
    assert looked.only.at is None
    assert "dirt" not in looked.only.data
    assert "entries without a date that can be: 1" in looked.detail
    assert looked.detail.startswith("1 entry: a feed shows only its newest")


def test_a_date_that_cannot_be_leaves_the_one_that_can() -> None:
    entry = "<id>1</id><published>2222-01-01T00:00:00Z</published><updated>2026-11-03T00:00:00Z</updated>"
    post = look_at(atom(entry)).only
    assert post.at == datetime(2026, 11, 3, tzinfo=UTC)
    assert post.data["published_at"] == ""


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "file:///etc/passwd",
        "data:text/html,x",
        "https:?x",
        "http://[::1",
        "https://example.org/a b",
        "https://example.org/" + "x" * LINK_LIMIT,
        "ftp://example.org/",
    ],
)
def test_only_a_page_of_the_web_is_a_link(link: str) -> None:
    post = look_at(rss(f"<guid isPermaLink='false'>1</guid><link>{link}</link>")).only
    assert (post.data["link"], post.url) == ("", "")


def test_a_link_without_encryption_is_kept_and_is_no_page_to_follow() -> None:
    post = look_at(rss("<guid isPermaLink='false'>1</guid><link>http://example.org/1</link>")).only
    assert (post.data["link"], post.url) == ("http://example.org/1", "")


def test_words_that_a_terminal_or_a_reader_would_obey_are_made_plain() -> None:
    # Given an entry with markup, escapes and turned directions, written out and as references
    entry = (
        "<guid>1</guid><title>&lt;b&gt;Bold&lt;/b&gt; \x1b[31mred "
        "&#x202e;exe.fdp&#x2066;</title><author>\x1b]0;title\x07Ada&#x200f;</author>"
        "<description><![CDATA[<style>p{}</style><!-- x --><p onclick='x'>One\u202e</p><img src=x onerror=y>"
        "<script>a < b</script><p>Two &amp; &lt;i&gt;</p>]]></description>"
    )
    post = look_at(rss(entry)).only
    # Then their words are left
    assert post.title == "Bold red exe.fdp"
    assert post.data["author"] == "Ada"
    assert post.data["summary"] == "One\n\nTwo & <i>"


def test_a_text_that_is_not_marked_up_keeps_what_looks_like_it() -> None:
    first = look_at(atom("<id>1</id><title type='text'>a &lt;b&gt; c</title>")).only
    second = look_at(rss("<guid>1</guid><title>&lt;script&gt;x&lt;/script&gt;</title>")).only
    assert (first.title, second.title) == ("a <b> c", "<script>x</script>")


def test_a_summary_is_cut_and_lines_of_plain_text_stay() -> None:
    lines = "line\n" * 1_000
    post = look_at(rss(f"<guid>1</guid><description>{lines}</description>")).only
    assert post.data["summary"] == lines[:SUMMARY_LIMIT].strip()


def test_contents_that_are_no_text_are_passed_by() -> None:
    # Given an entry with a picture in it, and one with elements that are named like feedparser's own fields
    contents = "<content type='image/png'>iVBORw0KGgo=</content><content type='text'>It is bright.</content>"
    names = ("published_parsed", "title_detail", "content", "links", "summary_detail")
    odd = lamp(2) + "".join(f"<x:{name} a='b'/><x:{name}>c</x:{name}>" for name in names)
    first, second = look_at(atom(lamp(1, more=contents), odd, attributes=" xmlns:x='urn:x'")).posts
    # Then the text is read, and the others do no harm
    assert first.data["summary"] == "It is bright."
    assert second.title == "Lamp 2"


@pytest.mark.parametrize(
    ("title", "version"),
    [
        ("v1.2.3", "1.2.3"),
        ("Lamp 5.0.1", "5.0.1"),
        ("Release v2.0.0-rc1 (2026-11-01)", "2.0.0-rc1"),
        ("Unreleased", ""),
        ("How we cut our costs by 3.5 in a month, and what it means for you and all", ""),
        ("News", ""),
    ],
)
def test_a_title_that_announces_a_version_names_it(title: str, version: str) -> None:
    assert look_at(rss(f"<guid>1</guid><title>{title}</title>")).only.data["version"] == version
