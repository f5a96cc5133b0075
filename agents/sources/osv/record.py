"""One OSV record, normalised: the parts that matching needs, cleaned and bounded, with a note of all its dirt."""

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue, TypeAdapter, ValidationError

from agents.sources.osv.dirt import MAX_NOTES, dirt_of, moment
from agents.sources.osv.shape import Affected, Reference, Scores
from agents.sources.text import clean, clean_json, clean_line

ID_LIMIT = 200
TITLE_LIMIT = 300
DETAILS_LIMIT = 4_000
_TEXT_LIMIT = 500
MAX_ALIASES = 200
MAX_REFERENCES = 50
MAX_AFFECTED = 2_000
MAX_VERSIONS = 20_000
_SPECIFIC_LIMIT = 2_000
_KEPT_SPECIFIC = (
    "severity",
    "cwe_ids",
    "github_reviewed",
    "nvd_published_at",
    "url",
    "malicious-packages-origins",
)

_PAGE = re.compile(r"https?://", re.IGNORECASE)
_SCORES: TypeAdapter[Scores] = TypeAdapter(Scores)


class NoRecordError(ValueError):
    """The value is no OSV record at all; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Advisory:
    """A normalised record."""

    id: str
    title: str
    modified: datetime | None
    url: str
    data: Mapping[str, JsonValue]
    dirt: tuple[str, ...]
    lost: tuple[str, ...]
    """Affected packages that could not be read: with them, something may be missed."""


def advisory(raw: object) -> Advisory:
    """Return the record; raises ``NoRecordError`` where it has no id or names nothing that advisories name."""
    if not isinstance(raw, dict):
        raise NoRecordError("is no object, so it is no OSV record")
    identity = clean_line(_text(raw.get("id")), limit=ID_LIMIT)
    if not identity:
        raise NoRecordError("has no id, so it is no OSV record")
    if not {"affected", "modified", "withdrawn"} & raw.keys():
        raise NoRecordError(f"{identity} has neither affected nor modified: it is no OSV record")
    affected, lost = _affected(raw.get("affected"))
    dates, dated = _dates(raw)
    dirt = [*dated, *lost, *(note for one in affected for note in dirt_of(one))]
    references = _references(raw.get("references"))
    return Advisory(
        id=identity,
        title=_title(raw, identity),
        modified=moment(_text(raw.get("modified"))),
        url=next((one.url for one in references if one.type in {"ADVISORY", "WEB"}), ""),
        data={
            "id": identity,
            **_words(raw),
            **dates,
            "severity": _scores(_severity(raw.get("severity"))),
            "affected": [_affected_data(one) for one in affected],
            "references": [clean_line(one.url, limit=_TEXT_LIMIT) for one in references],
            "database_specific": _specific(raw.get("database_specific")),
            "dirt": _bounded(dirt),
        },
        dirt=tuple(dirt),
        lost=tuple(lost),
    )


def _title(raw: Mapping[str, object], identity: str) -> str:
    summary = clean_line(_text(raw.get("summary")), limit=TITLE_LIMIT)
    # Some databases write no summaries; the first sentence then is the best there is.
    details = clean_line(_text(raw.get("details")), limit=TITLE_LIMIT * 4)
    return summary or details.partition(". ")[0][:TITLE_LIMIT] or identity


def _words(raw: Mapping[str, object]) -> dict[str, JsonValue]:
    lists = {name: _texts(raw.get(name)) for name in ("aliases", "related", "upstream")}
    return {
        **{name: [clean_line(one, limit=ID_LIMIT) for one in said[:MAX_ALIASES]] for name, said in lists.items()},
        "summary": clean_line(_text(raw.get("summary")), limit=TITLE_LIMIT),
        "details": clean(_text(raw.get("details")), limit=DETAILS_LIMIT),
    }


def _dates(raw: Mapping[str, object]) -> tuple[dict[str, JsonValue], list[str]]:
    read: dict[str, JsonValue] = {}
    dirt = []
    for name in ("published", "modified", "withdrawn"):
        written = _text(raw.get(name))
        when = moment(written)
        read[name] = "" if when is None else when.isoformat()
        if when is None and (written or name == "modified"):
            dirt.append(f"{name} {clean_line(written, limit=ID_LIMIT)!r} is no date that can be")
        if when is None and name == "withdrawn" and raw.get(name):
            # Withdrawn at a time nobody can tell is withdrawn all the same.
            read[name] = clean_line(str(raw[name]), limit=ID_LIMIT)
    return read, dirt


def _affected(raw: object) -> tuple[list[Affected], list[str]]:
    items = raw if isinstance(raw, list) else []
    lost = [] if raw is None or isinstance(raw, list) else ["affected is no list"]
    read = []
    for number, item in enumerate(items[:MAX_AFFECTED]):
        try:
            read.append(Affected.model_validate(item))
        except ValidationError as error:
            fault = error.errors(include_url=False, include_input=False)[0]
            place = ".".join(str(part) for part in ("affected", number, *fault["loc"]))
            lost.append(f"{place}: {fault['msg']}")
    if len(items) > MAX_AFFECTED:
        lost.append(f"affected has {len(items):,} packages, of which {MAX_AFFECTED:,} were read")
    return read, lost


def _affected_data(one: Affected) -> JsonValue:
    package = one.package
    return {
        "ecosystem": clean_line(package.ecosystem, limit=ID_LIMIT) if package else "",
        "name": clean_line(package.name, limit=_TEXT_LIMIT) if package else "",
        "purl": clean_line(package.purl, limit=_TEXT_LIMIT) if package else "",
        "ranges": [
            clean_json(span.model_dump(exclude={"database_specific"}), limit=_TEXT_LIMIT) for span in one.ranges
        ],
        "versions": [clean_line(version, limit=ID_LIMIT) for version in one.versions[:MAX_VERSIONS]],
        "severity": _scores(one.severity),
        "ecosystem_specific": _small(one.ecosystem_specific),
        "database_specific": _small(one.database_specific),
    }


def _severity(raw: object) -> Scores:
    try:
        return _SCORES.validate_python(raw)
    except ValidationError:
        return ()


def _scores(scores: Scores) -> list[JsonValue]:
    return [clean_json(score.model_dump(), limit=_TEXT_LIMIT) for score in scores]


def _specific(raw: object) -> JsonValue:
    said = raw if isinstance(raw, dict) else {}
    return _small({name: said[name] for name in _KEPT_SPECIFIC if name in said})


def _small(said: Mapping[str, object]) -> JsonValue:
    kept = clean_json(said, limit=_TEXT_LIMIT)
    return kept if len(json.dumps(kept)) <= _SPECIFIC_LIMIT else {}


def _references(raw: object) -> list[Reference]:
    read = []
    for item in raw if isinstance(raw, list) else []:
        with suppress(ValidationError):
            read.append(Reference.model_validate(item))
    return [one for one in read if _PAGE.match(one.url)][:MAX_REFERENCES]


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: object) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _bounded(dirt: list[str]) -> list[JsonValue]:
    more = len(dirt) - MAX_NOTES
    return [*dirt[:MAX_NOTES], *([f"and {more} more"] if more > 0 else [])]
