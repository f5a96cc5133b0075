"""Which authors are machines, told by their names alone."""

import re
from functools import lru_cache

_KNOWN = (
    "allcontributors|bors|codecov|dependabot|github[- ]?actions?|greenkeeper|imgbot|lgtm-com|mergify|netlify"
    "|pre-commit-ci|pyup|release-please|renovate|semantic-release|snyk|step-?security|transifex|web-flow|weblate|whitesource"
)
_BOT = re.compile(
    rf"\[bot\]|(?:^|[\s_./+-])bot\b|(?:^|[^a-z])(?:{_KNOWN})(?:$|[^a-z]|bot\b)|bot@",
    re.IGNORECASE,
)
"""``[bot]`` as forges mark them, a word that is ``bot`` (never a name that ends so, as Talbot), or a known service."""


@lru_cache(maxsize=4096)
def is_bot(*, name: str, author: str) -> bool:
    """Whether an author of this name and id is a machine."""
    return _BOT.search(name) is not None or _BOT.search(author) is not None
