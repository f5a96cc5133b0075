"""A feed's document is cut into its entries, so that each is read by itself and a broken one spoils no other.

Where the document is well-formed the XML parser says where they are. Where it is not (cut off, a bare ``&``, a tag too
many) they are looked for by their tags, and each that can be mended is.
"""

import re
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from agents.sources.collected import RAW_LIMIT
from agents.sources.feeds.mending import mended
from agents.sources.feeds.places import edges, fault_of, places

ENTRY_BYTES = 1 << 20
"""Of one entry, with all that is in it."""
_OPENING_BYTES = 16 << 10
_NAMESPACES = 100
_BROKEN = "is a feed that is broken from the start: {}; only its publisher can mend it"
_NEAR = 4 << 10
"""How far behind the first element a channel's tag is looked for."""

_REST = rb"[^<>\"']*+(?:\"[^\"]*\"[^<>\"']*+|'[^']*'[^<>\"']*+)*+>"
_FIRST = re.compile(rb"<([A-Za-z_][\w.:-]*)" + _REST)
_CHANNEL = re.compile(rb"<((?:[A-Za-z_][\w.-]*:)?channel)(?=[\s>])" + _REST, re.IGNORECASE)


class NoFeedError(Exception):
    """A document is no feed; the message goes on after its name."""


class Slice(NamedTuple):
    """One entry's part of a document: well-formed by itself inside the frame, or with the fault that it has."""

    content: bytes
    fault: str = ""

    @property
    def raw(self) -> str:
        """The beginning of it, for people."""
        return self.content[:RAW_LIMIT].decode("utf-8", "replace")


class Frame(NamedTuple):
    """The tags around a feed's entries."""

    opening: bytes
    closing: bytes

    def document(self, content: bytes) -> bytes:
        """Return a feed with this content alone."""
        return self.opening + content + self.closing


@dataclass(frozen=True, slots=True, kw_only=True)
class Slices:
    """A feed's entries in its own order."""

    frame: Frame
    head: bytes
    """What stands before the first entry: what the feed says of itself."""
    entries: tuple[Slice, ...]
    total: int
    """How many there are; more than ``entries`` where there are too many."""
    fault: str = ""
    """Why the document as a whole is not well-formed."""
    cut: bool = False
    """Whether the document ends before its first element does."""


def sliced(text: str, *, most: int) -> Slices:
    """Return the first ``most`` entries of a document that begins with a feed's first element.

    Raises ``NoFeedError`` where that element cannot be made out.
    """
    data = text.encode("utf-8")
    frame = _frame(data)
    found, total, fault = places(data, most=most)
    if fault:
        rough = edges(data)
        found = list(islice(rough, most))
        total = len(found) + sum(1 for _ in rough)
    slices = [Slice(data[place.begin : place.end], place.fault) for place in found]
    last = found[-1].end if found else 0
    return Slices(
        frame=frame,
        head=data[: found[0].begin] if found else data,
        entries=tuple(_well_formed(one, frame=frame) if fault else _small(one) for one in slices),
        total=total,
        fault=fault,
        cut=bool(fault) and data.find(frame.closing[frame.closing.rindex(b"<") : -1], last) < 0,
    )


def _frame(data: bytes) -> Frame:
    """Return the first element's tags, with its channel's where entries are inside of that."""
    root = _FIRST.match(data)
    if root is None:
        raise NoFeedError(_BROKEN.format("its first element does not end"))
    frame = Frame(root[0].removesuffix(b"/>").removesuffix(b">") + b">", b"</" + root[1] + b">")
    channel = _CHANNEL.search(data, root.end(), root.end() + _NEAR) if root[1].lower().endswith(b"rss") else None
    if channel is not None:
        frame = Frame(frame.opening + channel[0], b"</" + channel[1] + b">" + frame.closing)
    fault = fault_of(frame.document(b""))
    if fault:
        raise NoFeedError(_BROKEN.format(f"its first element cannot be read ({fault})"))
    if len(frame.opening) > _OPENING_BYTES or frame.opening.count(b"xmlns") > _NAMESPACES:
        raise NoFeedError(_BROKEN.format("its first element holds more than any feed's needs"))
    return frame


def _well_formed(one: Slice, *, frame: Frame) -> Slice:
    """Return an entry that is well-formed, mended where it has to be, or with the fault that it has."""
    small = one if one.fault else _small(one)
    if small.fault or not fault_of(frame.document(one.content)):
        return small
    content = mended(one.content)
    fault = fault_of(frame.document(content))
    return Slice(one.content, f"it is not well-formed ({fault})") if fault else Slice(content)


def _small(one: Slice) -> Slice:
    """Return an entry, with the fault where it is too much to be read."""
    if len(one.content) > ENTRY_BYTES:
        return Slice(one.content, f"it has {len(one.content):,} bytes, and {ENTRY_BYTES:,} are read of an entry")
    if one.content.count(b"xmlns") > _NAMESPACES:
        return Slice(one.content, "it declares more namespaces than any entry needs")
    return one
