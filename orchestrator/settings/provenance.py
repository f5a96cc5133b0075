"""The effective settings as people may see them: each with its place of origin, and no secret."""

from dataclasses import dataclass

from pydantic import SecretStr

from orchestrator.settings.schema import GROUPS, Settings
from orchestrator.settings.secrets import shown


@dataclass(frozen=True)
class SettingRow:
    """One setting: ``source`` is ``default``, ``file PATH:LINE``, ``env NAME`` or ``the caller``."""

    group: str
    name: str
    value: str
    source: str
    description: str


def provenance(settings: Settings) -> tuple[SettingRow, ...]:
    """Return a row for every setting, in the order of their groups."""
    return tuple(
        SettingRow(
            group=group.__name__.lower(),
            name=name,
            value=_text(getattr(settings, name)),
            source=settings.origins.get(name, "default"),
            description=" ".join((field.description or "").split()),
        )
        for group in GROUPS
        for name, field in group.model_fields.items()
    )


def _text(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, SecretStr):
        return shown(value)
    if isinstance(value, float):
        return f"{value:g}"
    return str(value).lower() if isinstance(value, bool) else str(value)
