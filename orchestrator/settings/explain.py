"""Turns what pydantic found wrong into sentences that name the place, the setting, the value and the remedy."""

from collections.abc import Iterator, Mapping

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from orchestrator.settings.layers import meant
from orchestrator.settings.secrets import MASK

_CONSEQUENCES = {"default_factory_not_called"}
# An error that only says that another field, listed beside it, is wrong.


def explain(error: ValidationError, *, origins: Mapping[str, str], fields: Mapping[str, FieldInfo]) -> Iterator[str]:
    """Yield a line for each mistake, in the order of the fields; the value of a secret is never quoted."""
    order = {name: place for place, name in enumerate(fields)}
    mistakes = [(str(details["loc"][0]), details) for details in error.errors(include_url=False)]
    for name, details in sorted(mistakes, key=lambda mistake: order.get(mistake[0], len(order))):
        if details["type"] not in _CONSEQUENCES:
            yield _sentence(details, name, origins.get(name, "settings"), fields)


def is_secret(field: FieldInfo) -> bool:
    """Return whether a field's value must not be shown."""
    return "SecretStr" in str(field.annotation)


def _sentence(details: ErrorDetails, name: str, origin: str, fields: Mapping[str, FieldInfo]) -> str:
    reason = details["msg"].removeprefix("Value error, ").replace("Input should", "it should")
    if name not in fields:
        return f"{origin}: unknown setting {name}{meant(name, list(fields))}"
    field = fields[name]
    value = MASK if is_secret(field) else repr(details["input"])
    return f"{origin}: {name} is {value}, but {reason}. Correct it, or leave it out{_default(field)}"


def _default(field: FieldInfo) -> str:
    return f" for the default, {field.default}" if field.default_factory is None and field.default is not None else ""
