"""Dates as people write them into change logs: 2024-01-31, 31 January 2024, January 31st, 2024, 31-Jan-2024."""

import re
from datetime import date

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = r"(?P<month>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"\b{_YEAR}[-/.](?P<month>\d{{1,2}})[-/.](?P<day>\d{{1,2}})\b",
        rf"\b{_MONTH}\s+{_DAY},?\s+{_YEAR}\b",
        rf"\b{_DAY}[\s-]+(?:of\s+)?{_MONTH}[\s,-]+{_YEAR}\b",
        rf"\b{_YEAR}[\s-]{_MONTH}[\s-]{_DAY}\b",
    )
)


def date_in(text: str) -> date | None:
    """Return the first date that the text holds in a form that can be read one way only; None where there is none."""
    for form in _FORMS:
        match = form.search(text)
        if match is not None:
            return _date(match)
    return None


def _date(match: re.Match[str]) -> date | None:
    written = match["month"].lower()
    month = int(written) if written.isdigit() else _MONTHS.index(written) + 1
    try:
        return date(int(match["year"]), month, int(match["day"]))
    except ValueError:
        return None
