"""References that XML does not take, in a piece of a feed that is not well-formed: by far the most common fault."""

import re
from html.entities import html5
from xml.sax.saxutils import escape

_REFERENCE = re.compile(r"&(?:#(x?)([0-9A-Fa-f]{1,7});|([A-Za-z][A-Za-z0-9]{0,40});)?")
_OF_XML = frozenset({"amp", "lt", "gt", "quot", "apos"})
_CHARACTERS = ((0x9, 0xA), (0xD, 0xD), (0x20, 0xD7FF), (0xE000, 0xFFFD), (0x10000, 0x10FFFF))
"""XML 1.0, production 2."""


def mended(content: bytes) -> bytes:
    """Return UTF-8 text with references that XML takes.

    Names of HTML's become their characters, numbers of no character nothing, and any other ``&`` is written as one.
    """
    return _REFERENCE.sub(_mended, content.decode("utf-8")).encode("utf-8")


def _mended(reference: re.Match[str]) -> str:
    hexadecimal, number, name = reference.groups()
    if number:
        return reference[0] if _is_character(number, base=16 if hexadecimal else 10) else ""
    if name in _OF_XML:
        return reference[0]
    return escape(html5.get(f"{name};", "")) or f"&amp;{reference[0][1:]}"


def _is_character(number: str, *, base: int) -> bool:
    try:
        code = int(number, base)
    except ValueError:  # hexadecimal digits without their x
        return False
    return any(first <= code <= last for first, last in _CHARACTERS)
