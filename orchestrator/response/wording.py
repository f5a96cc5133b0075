"""What an action would do, in words for a question, a list and an audit. Only the rule's own words stand in it."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from pydantic import JsonValue, TypeAdapter

from orchestrator.domain.responses import ActionKind, Change, Deed, FollowUp
from orchestrator.planning.durations import duration_text

_DEEDS: TypeAdapter[Deed] = TypeAdapter(Deed)


def read_deed(parameters: Mapping[str, JsonValue]) -> Deed:
    """Return the deed that an action's parameters spell."""
    return _DEEDS.validate_python(dict(parameters))


def deed_words(kind: ActionKind, parameters: Mapping[str, JsonValue]) -> str:
    """Return what an action would do, e.g. ``look at the target every 1h``; of an address only its host."""
    deed = read_deed({**parameters, "does": kind})
    if isinstance(deed, FollowUp):
        looks = f" ({', '.join(deed.look)})" if deed.look else ""
        return f"start a run about the target{looks}"
    if isinstance(deed, Change):
        tier = f"put the target into the tier {deed.tier}" if deed.tier else ""
        age = f"look at the target every {duration_text(deed.max_age_seconds)}" if deed.max_age_seconds else ""
        return " and ".join(part for part in (tier, age) if part)
    return f"call the webhook at {urlsplit(deed.url).hostname} (secret {deed.secret!r})"
