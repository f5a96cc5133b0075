"""Where targets lie that are on no disk of ours: repositories, packages and feeds, as people write or paste them."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import urlsplit, urlunsplit

_HOST = re.compile(r"(?:(?:https?|ssh|git)://)?(?:[\w.-]+@)?(?:www\.)?github\.com[/:]", re.IGNORECASE)
_OWNER = re.compile(r"[A-Za-z0-9](?:-?[A-Za-z0-9])*-?")
_REPOSITORY = re.compile(r"[A-Za-z0-9._-]{1,100}")
_LONGEST_OWNER = 39
_PURL = "pkg:"
_VERSION = re.compile(r"@[^/]*$|[=<>!~]=")
_PACKAGE = re.compile(r"@?[A-Za-z0-9][\w.~-]*(?:[/:][\w.~-]+)*")
_LONGEST_PACKAGE = 214
_RUNS = re.compile(r"[-_.]+")
_DOTS = frozenset({".", ".."})

ECOSYSTEMS: Mapping[str, str] = MappingProxyType(
    {
        "pypi": "pypi",
        "npm": "npm",
        "cargo": "crates.io",
        "crates.io": "crates.io",
        "golang": "go",
        "go": "go",
        "maven": "maven",
        "gem": "rubygems",
        "rubygems": "rubygems",
        "nuget": "nuget",
        "composer": "packagist",
        "packagist": "packagist",
        "hex": "hex",
        "pub": "pub",
    }
)
"""Ecosystems by what people, and package URLs, call them."""


def repository(words: str) -> str:
    """Return ``owner/name`` in small letters, for GitHub tells no cases apart; a pasted address is understood.

    ValueError, with the remedy, for what names no repository there.
    """
    pasted = _HOST.match(words)
    if not pasted and "://" in words:
        raise ValueError("is an address of another service; give OWNER/NAME, or an address of github.com")
    parts = [part for part in (words[pasted.end() :] if pasted else words).split("/") if part]
    plain = [re.split(r"[?#]", part)[0] for part in parts]
    if len(plain) < 2 or (len(plain) > 2 and not pasted):  # noqa: PLR2004  an owner and a name
        raise ValueError("names no repository; give OWNER/NAME, such as 'pallets/flask'")
    owner, name = plain[0], plain[1].removesuffix(".git")
    if len(owner) > _LONGEST_OWNER or not _OWNER.fullmatch(owner):
        raise ValueError(f"names an owner that cannot be ({owner!r}); give OWNER/NAME, such as 'pallets/flask'")
    if name in _DOTS or not _REPOSITORY.fullmatch(name):
        raise ValueError(f"names a repository that cannot be ({name!r}); give OWNER/NAME, such as 'pallets/flask'")
    return f"{owner}/{name}".lower()


def package(words: str) -> str:
    """Return ``ecosystem/name`` as its ecosystem spells names; a package URL (``pkg:pypi/flask``) is understood.

    ValueError, with the remedy, for an ecosystem that is not known, a version, or what can be no name.
    """
    plain = words.removeprefix(_PURL).replace("%40", "@")
    word, _, name = plain.partition("/")
    ecosystem = ECOSYSTEMS.get(word.lower())
    if ecosystem is None or not name:
        raise ValueError(
            f"names no package; give ECOSYSTEM/NAME, such as 'pypi/flask', with one of {', '.join(ECOSYSTEMS)}"
        )
    if _VERSION.search(name[1:]):
        raise ValueError("names a version; a package is watched as a whole, and an sbom target tells what you use")
    if len(name) > _LONGEST_PACKAGE or not _PACKAGE.fullmatch(name) or _DOTS & set(name.split("/")):
        raise ValueError(f"names a package that cannot be ({name!r}); give its name as its ecosystem writes it")
    # Others are told apart by case: npm has old packages such as JSONStream.
    return f"{ecosystem}/{_RUNS.sub('-', name).lower() if ecosystem == 'pypi' else name}"


def feed(words: str) -> str:
    """Return a feed's address, scheme and host in small letters.

    ValueError, with the remedy, for what is no address of the web, and for one with a password in it: an id is shown.
    """
    try:
        parts = urlsplit(words)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError("is no address; give one such as 'https://example.org/feed.xml'") from None
    if parts.scheme.lower() not in {"http", "https"} or not host or any(char.isspace() for char in words):
        raise ValueError("is no address of the web; give one such as 'https://example.org/feed.xml'")
    if parts.username is not None or parts.password is not None:
        raise ValueError("holds a user's name or a password, which reports would show; give an address without one")
    shown = f"[{host}]" if ":" in host else host
    place = f"{shown}:{port}" if port else shown
    return urlunsplit((parts.scheme.lower(), place, parts.path or "/", parts.query, ""))
