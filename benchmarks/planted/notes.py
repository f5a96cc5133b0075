"""The section of a change log about one version."""

import random
from datetime import datetime

_PLAIN = (
    "The reader takes larger files.",
    "Start-up is quicker by a third.",
    "A new option `--quiet` says less.",
    "Messages name the file that they are about.",
    "The cache survives a restart.",
)
OLD_SHARE = 0.1
"""Of the old sections that announce what nobody should care about any more."""
_OLD = "Dropped support for the first form of the index."


def note(version: str, *, at: datetime, chance: random.Random, breaks: bool, old: bool) -> str:
    """Return a section. ``breaks`` says so under a heading of its own; ``old`` may say so where nobody should care."""
    items = chance.sample(_PLAIN, k=chance.randint(2, len(_PLAIN)))
    fixes = [f"Fixed a crash in part {chance.randrange(40)} (#{chance.randrange(9_999)})." for _ in range(2)]
    said = [f"## {version} - {at:%Y-%m-%d}", "", "### Added", "", *(f"- {item}" for item in items)]
    if breaks:
        said += ["", "### Breaking changes", "", f"- `open_{chance.randrange(99)}` takes a path, not a name."]
    if old and chance.random() < OLD_SHARE:
        said += ["", "### Changed", "", f"- {_OLD}"]
    return "\n".join([*said, "", "### Fixed", "", *(f"- {fix}" for fix in fixes), ""])
