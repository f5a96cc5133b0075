"""Words that decide: found whole, in any case, never as a part of a longer word."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType

from orchestrator.planning.looks import EXPOSURE, HEALTH

VOCABULARY: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        EXPOSURE: (
            "safe", "unsafe", "secure", "security", "insecure", "vulnerable", "vulnerability", "vulnerabilities",
            "exploit", "exploits", "exploited", "advisory", "advisories", "exposed", "exposure", "affected", "patched",
            "cve", "cves", "ghsa",
        ),
        HEALTH: (
            "health", "healthy", "unhealthy", "maintained", "unmaintained", "maintainer", "maintainers", "maintenance",
            "release", "releases", "released", "bus factor", "abandoned", "abandon", "alive", "dead", "active",
            "activity", "inactive", "contributor", "contributors", "breaking", "deprecated", "deprecation",
        ),
        "sentiment": ("sentiment", "mood", "opinion", "opinions", "feeling", "feelings"),
        "youtube": ("youtube", "video", "videos"),
        "social": ("social", "twitter", "tweet", "tweets", "reddit", "hacker news", "influencer", "influencers"),
        "correlation": ("correlate", "correlates", "correlation", "correlations"),
        "prediction": ("predict", "prediction", "predictions", "forecast", "forecasts"),
        "fix": ("fix", "fixing", "repair", "pull request"),
        "build": ("build", "implement", "develop", "write code"),
    }
)  # fmt: skip
"""Look to the words of a request that ask for it. Words are taken as they stand: 'not healthy' asks for health too.

Looks that nobody in the catalogue can do are here as well, so that a plan can say so instead of passing them over.
"""


_UNSEEN = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))
"""Characters inside a word that nobody sees: soft hyphens and marks without width."""
_HYPHENS = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2212"), "-")


def plain(text: str) -> str:
    """Return a text as it is read: letters without their typeset forms, one kind of hyphen, nothing unseen in words."""
    if text.isascii():
        return text
    return unicodedata.normalize("NFKC", text).translate({**_UNSEEN, **_HYPHENS})


def looks_in(text: str) -> tuple[str, ...]:
    """Return the looks that a request asks for, in the vocabulary's order; none where no word is recognised."""
    return tuple(look for look, words in VOCABULARY.items() if first_word(text, among=words))


def first_word(text: str, *, among: Iterable[str]) -> str:
    """Return the first of the words or phrases that stands in the text, as it is read there; empty for none.

    An underscore, a hyphen or a full stop ends a word, but what follows ``non-`` is not the word itself.
    """
    found = _pattern(tuple(among)).search(plain(text))
    return found.group() if found else ""


def words_in(text: str, *, among: Iterable[str]) -> frozenset[str]:
    """Return those words or phrases that stand in the text; of two at one place only the longer."""
    folded = _folded(text)
    near = sorted({word for word in among if _folded(word) in folded}, key=lambda word: (-len(word), word))
    found = {_folded(match.group()) for match in _pattern(tuple(near)).finditer(text)} if near else set()
    return frozenset(word for word in near if _folded(word) in found)


def _folded(text: str) -> str:
    """Return a text in small letters, with one space where there is white space."""
    return " ".join(text.casefold().split())


@lru_cache(maxsize=64)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    """Return the pattern that finds any of the words; a space in a phrase stands for any white space."""
    phrases = "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in words)
    return re.compile(rf"(?<![^\W_])(?<!\bnon-)(?:{phrases})(?![^\W_])", re.IGNORECASE)
