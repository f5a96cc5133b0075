"""Whether a page's address may be a link in a report: a reader follows it, so it must be what it looks like."""

import re

LONGEST = 500

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_ENDING = r"[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?"  # begins with a letter, so that a number is no name
_FIT = re.compile(rf"https://(?:{_LABEL}\.){{1,8}}{_ENDING}(?:/[A-Za-z0-9._~:/?#%&=+,;@!-]*)?")


def linkable(address: str) -> str:
    """Return the address where it may be a link, else nothing.

    Only ``https``, only a public host's name in plain letters, no user in front of it (``https://bank@evil``), no port,
    and no character that a page, Markdown or a shell gives a meaning to.
    """
    return address if len(address) <= LONGEST and _FIT.fullmatch(address) else ""
