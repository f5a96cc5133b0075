"""Strangers' text made fit to be kept in a finding: one line, bounded, and without anybody's e-mail address."""

import re

LONGEST_QUOTE = 200
LONGEST_NAME = 80
_ADDRESS = re.compile(r"[\w.+-]{1,64}@[A-Za-z][\w-]{0,64}(?:\.[\w-]{1,64}){0,8}")


def quoted(text: str) -> str:
    """Return the text as one line of at most 200 characters, with e-mail addresses taken out."""
    return _bounded(text, limit=LONGEST_QUOTE, address="[address]")


def named(name: str) -> str:
    """Return an author's name, at most 80 characters; one that is an address loses it."""
    return _bounded(name, limit=LONGEST_NAME, address="").strip(" <>()") or "someone"


def _bounded(text: str, *, limit: int, address: str) -> str:
    # Cut before the work, which bounds it; the margin is for addresses and blanks that shrink.
    line = " ".join(_ADDRESS.sub(address, text[: limit * 4]).split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"
