"""Feeds, as their readers get them: releases in Atom, the project's blog in RSS.

The ids of releases begin as the code host's own do, for by that they are known as releases; they lead nowhere.
"""

from collections.abc import Sequence
from html import escape
from xml.sax.saxutils import escape as text

from orchestrator.recordings.incident.story import Post, Repository
from orchestrator.recordings.incident.words import BLOG, WEB, http_date, iso

_MOST = 10
"""Entries of a feed."""


def releases(one: Repository) -> str:
    """Return a repository's releases as an Atom feed, the newest first."""
    page = f"{WEB}/{one.full_name}/releases"
    newest = sorted(one.releases, key=lambda each: each.at, reverse=True)[:_MOST]
    entries = "".join(
        f"""  <entry>
    <id>tag:github.com,2008:Repository/{one.id}/{each.tag}</id>
    <updated>{iso(each.updated_at)}</updated>
    <link rel="alternate" type="text/html" href="{page}/tag/{each.tag}"/>
    <title>{text(each.title)}</title>
    <content type="html">{text(f"<pre>{escape(each.notes)}</pre>")}</content>
    <author><name>{text(each.author.login)}</name></author>
  </entry>
"""
        for each in newest
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en-US">
  <id>tag:github.com,2008:{page}</id>
  <link type="text/html" rel="alternate" href="{page}"/>
  <link type="application/atom+xml" rel="self" href="{page}.atom"/>
  <title>Release notes from {text(one.name)}</title>
  <updated>{iso(max([one.created_at, *(each.updated_at for each in newest)]))}</updated>
{entries}</feed>
"""


def blog(posts: Sequence[Post]) -> str:
    """Return the project's blog as an RSS 2.0 feed, the newest first."""
    items = "".join(
        f"""    <item>
      <title>{text(each.title)}</title>
      <link>{BLOG}/{each.slug}</link>
      <guid isPermaLink="true">{BLOG}/{each.slug}</guid>
      <pubDate>{http_date(each.at)}</pubDate>
      <dc:creator>{text(each.author.name)}</dc:creator>
      <description>{text(each.text)}</description>
    </item>
"""
        for each in sorted(posts, key=lambda each: each.at, reverse=True)[:_MOST]
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/">
  <channel>
    <title>Quillmoor (fictional)</title>
    <link>{BLOG}/</link>
    <description>News of ferrywheel and inkbarrow</description>
{items}  </channel>
</rss>
"""
