"""Automated response: what a finding may set off, by a rule that a person wrote.

A rule says *when* (which findings) and *what* (one action with its parameters). Everything that decides where an action
goes stands in the rule; a finding is only ever data in it.
"""

import re
from enum import StrEnum
from typing import Annotated, Literal
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, Field, model_validator

from agents.contract import Frozen, Severity
from orchestrator.domain.tiers import TIERS
from orchestrator.domain.triggers import Priority

LONGEST_URL = 2_000
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,59}")
_PATTERN = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*(\.\*)?")
_UNPRINTABLE = re.compile(r"[\x00-\x20\x7f-\uffff\\]")


def rule_name(word: str) -> str:
    """Return a word that may name a rule or a secret; ValueError, with the remedy, for any other."""
    if not _NAME.fullmatch(word):
        raise ValueError("is no name; write one word of small letters, digits, '-' and '_', such as 'page-on-critical'")
    return word


def kind_pattern(word: str) -> str:
    """Return a word that may stand for kinds of findings; ValueError, with the remedy, for any other."""
    if not _PATTERN.fullmatch(word):
        raise ValueError("is no kind of finding; write one such as 'security.vulnerable_dependency', or 'security.*'")
    return word


def tier_name(word: str) -> str:
    """Return a tier that there is; ValueError for any other."""
    if word not in TIERS:
        raise ValueError(f"is no tier; known: {', '.join(TIERS)}")
    return word


def webhook_url(word: str) -> str:
    """Return an address that a webhook may have; ValueError, with the remedy, for any other.

    Whether its host may be called is asked when it is called: settings and names of hosts change.
    """
    if len(word) > LONGEST_URL or _UNPRINTABLE.search(word):
        raise ValueError(f"is no address; write one of at most {LONGEST_URL} plain characters, blanks escaped as %20")
    parts = urlsplit(word)
    if parts.scheme not in {"https", "http"} or not parts.hostname or not _has_port(parts):
        raise ValueError("is no address; write one such as 'https://hooks.example.org/lookout'")
    if parts.username is not None or parts.password is not None:
        raise ValueError("holds a user or a password; what authenticates the call is the signature: name a 'secret'")
    if parts.fragment:
        raise ValueError("ends in a '#' part, which no server ever sees; remove it")
    return word


def _has_port(parts: SplitResult) -> bool:
    """Whether an address names no port, or one that can be."""
    try:
        return parts.port is None or parts.port > 0
    except ValueError:
        return False


class ActionKind(StrEnum):
    """What can be done."""

    FOLLOW_UP = "follow_up"
    """Start a run about the finding's target."""
    CHANGE = "change"
    """Change the target's tier, or how often it is looked at."""
    WEBHOOK = "webhook"
    """Tell another service, by a signed call."""


class ActionState(StrEnum):
    """Where an action stands."""

    WAITING = "waiting"
    """For a person."""
    CHECKING = "checking"
    """For a second look."""
    DUE = "due"
    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"
    """By a limit, a second look or a person."""
    FAILED = "failed"
    """Tried until its tries were used up, or it cannot be done as it is: mend what its error names, and try again."""
    EXPIRED = "expired"
    """Nobody answered in time."""
    REHEARSED = "rehearsed"
    """Its rule is a rehearsal: this is what would have been done."""
    UNDONE = "undone"


class FollowUp(Frozen):
    """Start a run about the finding's target."""

    does: Literal[ActionKind.FOLLOW_UP] = ActionKind.FOLLOW_UP
    look: tuple[str, ...] = ()
    """Only these looks; empty: all of the target's own."""
    priority: Priority | None = None
    """None: what the words of the trigger say."""


class Change(Frozen):
    """Change how closely the finding's target is watched."""

    does: Literal[ActionKind.CHANGE] = ActionKind.CHANGE
    tier: Annotated[str, AfterValidator(tier_name)] | None = None
    max_age_seconds: Annotated[int, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _changes_something(self) -> "Change":
        if self.tier is None and self.max_age_seconds is None:
            raise ValueError("changes nothing; give 'tier', 'max_age', or both")
        return self


class Webhook(Frozen):
    """Tell another service."""

    does: Literal[ActionKind.WEBHOOK] = ActionKind.WEBHOOK
    url: Annotated[str, AfterValidator(webhook_url)]
    secret: Annotated[str, AfterValidator(rule_name)] = "default"  # noqa: S105  a name
    """The name of the secret that signs the call; the secret itself stands in the settings."""


Deed = Annotated[FollowUp | Change | Webhook, Field(discriminator="does")]


class Condition(Frozen):
    """Which findings a rule is for: all that is said must hold."""

    kinds: tuple[Annotated[str, AfterValidator(kind_pattern)], ...] = ()
    """Kinds of findings, or families of them such as ``security.*``; empty: all."""
    severity: Severity = Severity.INFO
    """The least severity."""
    tiers: tuple[Annotated[str, AfterValidator(tier_name)], ...] = ()
    """Tiers of the target; empty: all."""
    new: bool = False
    """Only findings that no earlier run had."""


class Rule(Frozen):
    """When a finding is like this, do that."""

    name: Annotated[str, AfterValidator(rule_name)]
    when: Condition = Condition()
    then: Deed
    dry_run: bool = True
    """A rehearsal: what would be done is written down and not done. Rules begin as one, so that a pattern that matches
    too much is seen in a list before anybody outside hears of it."""
