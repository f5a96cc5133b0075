"""A feed's bytes become text. What a feed says of its own encoding is wrong often enough to be only a hint.

The codecs that a feed may name are listed: Python has others, which are no encodings of text or take quadratic time.
"""

import codecs
import re
from dataclasses import dataclass
from types import MappingProxyType

from agents.sources.text import clean

_MARKS = (
    # A mark of byte order (RFC 7303, 3.3), then "<" as the encodings without one would write it (XML 1.0, appendix F).
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_BARE = (
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)
_IN_ASCII = frozenset({"iso2022_jp", "hz"})
"""Encodings whose every byte is ASCII, so that they pass for UTF-8."""
_LARGER = MappingProxyType(
    {"iso8859-1": "cp1252", "gb2312": "gb18030", "gbk": "gb18030", "shift_jis": "cp932", "euc_kr": "cp949"}
)
_KNOWN = (
    _IN_ASCII
    | {"ascii", "utf-8", "cp866", "cp932", "cp949", "koi8-r", "koi8-u", "mac-roman"}
    | {"euc_jp", "big5", "gb18030", "tis-620"}
    | {f"cp{page}" for page in range(1250, 1259)}
    | {f"iso8859-{part}" for part in range(2, 17)}
)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9._:-]{0,39}")
_IN_HEADER = re.compile(r"charset\s*=\s*[\"']?([^\"';,\s]+)", re.IGNORECASE)
_IN_DECLARATION = re.compile(rb"\s*<\?xml\s[^>]{0,200}?encoding\s*=\s*[\"']([^\"'>]{1,40})[\"']")
_BEGINNING = 400
_NO_CHARACTERS = {0xFFFE: None, 0xFFFF: None}


@dataclass(frozen=True, slots=True)
class Decoded:
    """A document's text, fit to be parsed, and what was wrong with its encoding."""

    text: str
    note: str = ""


def decoded(body: bytes, *, content_type: str) -> Decoded:
    """Return a document's text, without what neither XML nor a person can read.

    A mark of byte order decides; else what is UTF-8 by itself is taken for it, whatever it says, for nothing else looks
    like it by chance. A character that is cut off at the end is left out.
    """
    whole = _whole(body, declared=_declared(body, content_type))
    return Decoded(clean(whole.text, limit=len(whole.text)).translate(_NO_CHARACTERS), whole.note)


def _whole(body: bytes, *, declared: str) -> Decoded:
    marked = _marked(body)
    if marked is not None:
        text = body.decode(marked, "replace").removeprefix("\ufeff")
        return Decoded(text, _replaced(text.count("\ufffd")))
    for codec in (declared if declared in _IN_ASCII else "", "utf-8", declared):
        strict = _strictly(body, codec) if codec else None
        if strict is not None:
            return Decoded(strict, "" if strict.isascii() else _overruled(declared, codec))
    return _guessed(body, declared=declared)


def _overruled(declared: str, codec: str) -> str:
    wrong = declared not in {"", codec}
    return f"it calls itself {declared}, and was read as the {codec} that it is" if wrong else ""


def _marked(body: bytes) -> str | None:
    return next((codec for mark, codec in (*_MARKS, *_BARE) if body.startswith(mark)), None)


def _declared(body: bytes, content_type: str) -> str:
    """Return the known encoding that the header names, else the document; empty where neither does."""
    inside = _IN_DECLARATION.match(body[:_BEGINNING])
    header = _IN_HEADER.search(content_type[:_BEGINNING])
    names = (header[1] if header else "", inside[1].decode("ascii", "replace") if inside else "")
    return next(filter(None, map(_codec, names)), "")


def _codec(name: str) -> str:
    """Return the codec of a name; as in browsers, the larger one for those that are mistaken for it."""
    if not _NAME.fullmatch(name):
        return ""
    try:
        known = codecs.lookup(name).name
    except LookupError:
        return ""
    known = _LARGER.get(known, known)
    return known if known in _KNOWN else ""


def _strictly(body: bytes, codec: str) -> str | None:
    """Return the text where all of it is of that encoding, up to a character that the end may cut off."""
    try:
        return codecs.getincrementaldecoder(codec)().decode(body, final=False)
    except UnicodeDecodeError:
        return None


def _guessed(body: bytes, *, declared: str) -> Decoded:
    """Return the text of what is in no encoding that it could be: UTF-8 with faults, or windows-1252."""
    text = body.decode("utf-8", "replace")
    faults = text.count("\ufffd")
    beyond_ascii = len(text) - len(text.encode("ascii", "ignore"))
    if faults * 2 <= beyond_ascii:
        return Decoded(text, _replaced(faults))
    named = f"it calls itself {declared}, which it is not" if declared else "it does not say in which encoding it is"
    return Decoded(body.decode("cp1252", "replace"), f"{named}; it was read as windows-1252")


def _replaced(faults: int) -> str:
    return f"characters that its encoding does not have, and that are replaced: {faults:,}" if faults else ""
