"""Prints the tables of docs/settings.md from the settings themselves; a test says when they no longer agree.

.venv/bin/python deploy/settings_table.py
"""

from collections.abc import Iterator

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from orchestrator.settings.environment import variables
from orchestrator.settings.schema import GROUPS, SECRET

HEADINGS = ("Setting", "Default", "What it is", "Environment")
MADE = {"home": "`$XDG_DATA_HOME/lookout`, else `~/.local/share/lookout`", "owner_database_url": "`database_url`"}
"""Defaults that are worked out when they are asked for."""


def lines() -> Iterator[str]:
    """Yield the lines of all tables, one table a group of settings."""
    for group in GROUPS:
        yield f"## {group.__name__}"
        yield ""
        yield " ".join((group.__doc__ or "").split())
        yield ""
        yield row(*HEADINGS)
        yield row(*("---" for _ in HEADINGS))
        yield from (setting(name, field) for name, field in group.model_fields.items())
        yield ""


def setting(name: str, field: FieldInfo) -> str:
    """Return the row of one setting."""
    files = [f"{variable}_FILE" for variable in variables(name)] if name in SECRET else []
    words = " ".join((field.description or "").split())
    return row(f"`{name}`", default(name, field), words, ", ".join(f"`{each}`" for each in (*variables(name), *files)))


def default(name: str, field: FieldInfo) -> str:
    """Return a setting's default as it would be written."""
    if field.default is PydanticUndefined:
        return MADE[name]
    if field.default is None or field.default == "":
        return "none"
    return f"`{str(field.default).lower() if isinstance(field.default, bool) else field.default}`"


def row(*cells: str) -> str:
    """Return one line of a table."""
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


if __name__ == "__main__":
    print("\n".join(lines()).rstrip())
