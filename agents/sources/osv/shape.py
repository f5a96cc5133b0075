"""The parts of an OSV record that are read, and how loosely: what the schema forbids but real records do is let in.

Schema: https://ossf.github.io/osv-schema/. Numbers in place of texts become texts, null in place of a list is an
empty one, and names that nobody reads are passed over.
"""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict


def _list(value: object) -> object:
    return [] if value is None else value


def _table(value: object) -> object:
    return {} if value is None else value


class Loose(BaseModel):
    """A part of a record: unknown names are ignored, numbers are taken as texts."""

    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True)


Texts = Annotated[tuple[str, ...], BeforeValidator(_list)]
Table = Annotated[dict[str, object], BeforeValidator(_table)]


class Package(Loose):
    """Which package is affected."""

    ecosystem: str = ""
    name: str = ""
    purl: str = ""


class Range(Loose):
    """From where to where: events in the order of versions, each a table of one name and one version."""

    type: str = ""
    repo: str = ""
    events: Annotated[tuple[dict[str, str], ...], BeforeValidator(_list)] = ()
    database_specific: Table = {}


class Score(Loose):
    """A severity in one notation."""

    type: str = ""
    score: str = ""


Scores = Annotated[tuple[Score, ...], BeforeValidator(_list)]


class Affected(Loose):
    """One affected package with its ranges and listed versions."""

    package: Package | None = None
    ranges: Annotated[tuple[Range, ...], BeforeValidator(_list)] = ()
    versions: Texts = ()
    severity: Scores = ()
    ecosystem_specific: Table = {}
    database_specific: Table = {}


class Reference(Loose):
    """A page about it."""

    type: str = ""
    url: str = ""
