"""``yarn.lock``, of classic Yarn and of its successors: blocks headed by the wishes that one version answers."""

import re
from collections.abc import Iterator

from agents.sources.manifests.dependency import RUNTIME, Dependency, Parsed, Problem, UnreadableError, distinct
from agents.sources.manifests.npm import npm_dependency

_HEADER = re.compile(r"^(?P<wishes>\"?(?:@|[A-Za-z0-9_.]).*):\s*$")
_WISH = re.compile(r"(?P<name>(?:@[^/@\s]+/)?[^/@\s]+)@(?:npm:)?(?P<range>.*)")
_ALIAS = re.compile(r"(?P<name>(?:@[^/@\s]+/)?[^/@\s]+)@.*")
_VERSION = re.compile(r"^  version:?\s+\"?(?P<version>[^\"\s]+)\"?\s*$")
_OWN = ("workspace:", "link:", "portal:", "file:")
_LINE_LIMIT = 10_000


def parse_yarn_lock(source: str) -> Parsed:
    """Return every package with its version; raises ``UnreadableError`` where no block is found in a file with text."""
    read = list(_blocks(source))
    if not read and not all(line.startswith("#") or not line.strip() for line in source.splitlines()):
        raise UnreadableError("has no block of a package: it is no yarn.lock")
    return Parsed(
        dependencies=distinct(one for one in read if isinstance(one, Dependency)),
        problems=tuple(one for one in read if isinstance(one, Problem)),
    )


def _blocks(source: str) -> Iterator[Dependency | Problem]:
    wish, start = "", 0
    for number, line in enumerate(source.splitlines(), start=1):
        header = _HEADER.match(line[:_LINE_LIMIT])
        version = _VERSION.match(line[:_LINE_LIMIT])
        if header is not None:
            wish, start = header["wishes"].strip('"').partition(",")[0].strip('"'), number
        elif version is not None and wish:
            yield from _package(wish, version=version["version"], line=start)
            wish = ""


def _package(wish: str, *, version: str, line: int) -> Iterator[Dependency | Problem]:
    match = _WISH.fullmatch(wish)
    if wish == "__metadata":
        return
    if match is None:
        yield Problem(reason="a block whose head names no package", raw=wish[:500], line=line)
    elif not match["range"].startswith(_OWN):
        # "alias@npm:real@^1": what is installed, and what advisories speak of, is the real one.
        real = _ALIAS.fullmatch(match["range"])
        name = real["name"] if real and ":" not in real["name"] else match["name"]
        yield npm_dependency(name, version=version, direct=None, scope=RUNTIME)
