"""The words by which a line of a change note, or a commit's subject, says that something breaks or will go away."""

import re
from dataclasses import dataclass
from enum import StrEnum

LONGEST_LINE = 1_000
"""Characters of a line that are looked at: nobody says it later than that."""


class Signal(StrEnum):
    """What a line announces."""

    BREAKING = "breaking_change"
    DEPRECATION = "deprecation"


@dataclass(frozen=True, slots=True)
class Match:
    """One line's announcement; ``sure`` where a marker made for it says so, not only a word."""

    signal: Signal
    sure: bool


def _words(*alternatives: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])(?:{'|'.join(alternatives)})(?!\w)", re.IGNORECASE)


_INCOMPATIBLE = r"backwards?[- ]+(?:in[- ]?compatib\w+|compatibility[- ]+break\w*)"
_BREAKING_MARK = _words(
    r"breaking[ -]+changes?",
    r"breaking(?=:)",
    _INCOMPATIBLE,
    r"incompatible[ -]+(?:api[ -]+)?changes?",
    r"(?:api|abi)[- ]+break\w*",
    r"breaks?[ ]+(?:backwards?[- ]+compatibility|the[ ]+(?:public[ ]+)?api)",
)
_BREAKING_WORD = _words(
    r"^\W{0,10}(?:[A-Z][\w ]{0,30}:[ ]+)?remov(?:e|es|ed|al[ ]+of)",
    r"(?:is|are|was|were|been|now|also|and)[ ]+(?:now[ ]+|also[ ]+)?removed",
    r"removed(?=\W*$|[.;:,])",
    r"no[ ]+longer[ ]+(?:be[ ]+)?(?:support|accept|allow|work|exist|export|import|includ|provid|return|install|inherit"
    r"|expos|ship|bundl|possible|permit|valid|public|available|maintain|guarantee|test|us(?:e|ed|able)\b|pass|call|tak)\w*",
    r"drop(?:s|ped|ping)?[ ]+(?:\w+[ ]+){0,3}?support",
    r"support[ ]+(?:for[ ]+)?(?:[\w.]+[ ]+){0,4}?(?:is|was|has[ ]+been)[ ]+dropped",
)
_COMING_MARK = _words(
    r"(?:will|to)[ ]+be[ ]+(?:removed|dropped)",
    r"(?:scheduled|planned)[ ]+for[ ]+removal",
)
_ENDING_MARK = _words(r"end[- ]+of[- ]+(?:life|support)")
"""Often only the reason for what is gone already: "Dropped support for Python 3.9 after its end of life"."""
_DEPRECATION_WORD = _words(r"deprecat(?:e|es|ed|ing|ions?)")
_COMMIT_MARK = re.compile(r"^\w{1,30}(?:\([^()]{1,80}\))?!:|(?<!\w)BREAKING(?:[ -]CHANGES?)?:")
"""Conventional Commits 1.0.0, items 11 to 13 and 16."""
_HINT = re.compile(r"!:|breaking|compatib|deprecat", re.IGNORECASE)
"""What every subject that announces something holds: looked for first, as most hold none of it."""
_COMMIT_DEPRECATION = re.compile(
    r"^(?:\w{1,30}(?:\([^()]{1,80}\))?!?:\s*)?deprecat(?:e|es|ed|ing)(?!\w)", re.IGNORECASE
)

# What looks like an announcement and is none. Taken out of the line before it is judged.
_DENIALS = re.compile(
    r"\b(?:erroneous|accidental(?:ly)?|unintended|unintentional|inadvertent)[ ]+breaking(?:[ -]changes?)?"
    r"|\bnon-?[ ]?breaking[ ]*(?:changes?)?"
    r"|\b(?:no|not|without|zero|isn't|never|avoid(?:s|ed|ing)?|fix(?:e[sd])?|revert(?:s|ed)?)[ ]+"
    r"(?:(?:an?|any|the|known|other|more|new|api|further|accidental|unintended|single|intended|expected)[ ]+){0,3}"
    r"(?:breaking(?:[ -]changes?)?|backwards?[- ]+in[- ]?compatib\w+(?:[ ]+changes?)?|incompatible[ ]+changes?"
    r"|deprecat\w+|removals?|removed|(?:api|abi)[- ]+break\w*)"
    r"|\bno[ ]+longer[ ]+(?:\w+[ ]+){0,2}?deprecat\w+"
    r"|\bun-?deprecat\w+"
    r"|\b(?:fix\w*|silenc\w+|suppress\w*|ignor\w+|handl\w+|resolv\w+|address\w*|avoid\w*|filter\w*)[ ]+"
    r"(?:[\w`.]+[ ]+){0,4}?deprecat\w+(?:[ ]+warnings?)?"
    r"|\bremov(?:e|es|ed|ing)[ ]+(?:an?[ ]+|the[ ]+|some[ ]+|all[ ]+|several[ ]+)?"
    r"(?:unused|unneeded|unnecessary|dead|duplicated?|redundant|stray|leftover|superfluous|extra|obsolete[ ]+comments?"
    r"|trailing|restrictions?|limitations?|bugs?|bottlenecks?|typos?|hacks?|workarounds?)\b",
    re.IGNORECASE,
)
_SECTIONS = (
    (_words(r"breaking", _INCOMPATIBLE, r"incompatible", r"removed?", r"removals?"), Signal.BREAKING),
    (_words(r"deprecat(?:ed|ions?)"), Signal.DEPRECATION),
)
_FIX = re.compile(r"^\W*(?:(?:bug)?[- ]?fix(?:e[sd])?|bugs?|patche[sd])\b|^\W*fixing\b", re.IGNORECASE)
_NOTHING = re.compile(r"(?:none|nothing|n/?a|no)?\W*(?:in this release|yet|so far)?", re.IGNORECASE)


def in_note(line: str) -> Match | None:
    """Return what a line of a change note announces, or None.

    A thing said to be removed counts as breaking. Of a line that tells of a fix only a marker counts.
    """
    said = _DENIALS.sub(" ", line[:LONGEST_LINE])
    if _BREAKING_MARK.search(said):
        return Match(Signal.BREAKING, sure=True)
    if _COMING_MARK.search(said):
        return Match(Signal.DEPRECATION, sure=True)
    gone = _BREAKING_WORD.search(said) is not None
    if not gone and _ENDING_MARK.search(said):
        return Match(Signal.DEPRECATION, sure=True)
    if _FIX.search(said):
        return None
    if gone:
        return Match(Signal.BREAKING, sure=False)
    return Match(Signal.DEPRECATION, sure=False) if _DEPRECATION_WORD.search(said) else None


def in_subject(subject: str) -> Match | None:
    """Return what a commit's subject announces, or None.

    Stricter than ``in_note``: a commit that removes or deprecates something speaks of the code, not of its users,
    unless it carries a marker of Conventional Commits or begins with the very word.
    """
    if _HINT.search(subject) is None:
        return None
    said = _DENIALS.sub(" ", subject[:LONGEST_LINE])
    if _COMMIT_MARK.search(said) or re.search(_INCOMPATIBLE, said, re.IGNORECASE):
        return Match(Signal.BREAKING, sure=True)
    return Match(Signal.DEPRECATION, sure=True) if _COMMIT_DEPRECATION.search(said) else None


def of_section(heading: str) -> Signal | None:
    """Return what a heading inside a change note (``Removed``, ``Deprecations``) says of the lines below it."""
    bounded = _DENIALS.sub(" ", heading[:LONGEST_LINE])
    return next((signal for pattern, signal in _SECTIONS if pattern.search(bounded)), None)


def is_about_fixes(heading: str) -> bool:
    """Whether a heading stands over repairs: there a word alone announces nothing."""
    return _FIX.search(heading[:LONGEST_LINE]) is not None


def says_nothing(line: str) -> bool:
    """Whether a line below a heading is empty, or says that there is nothing: ``None.``, ``N/A``, ``-``."""
    return _NOTHING.fullmatch(line[:LONGEST_LINE].strip(" \t*-+•.")) is not None
