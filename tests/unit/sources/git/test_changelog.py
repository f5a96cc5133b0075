"""Change logs of every usual form fall into the sections of their versions."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.sources.git.changelog import sections
from agents.sources.git.dates import date_in

KEEP_A_CHANGELOG = """# Changelog

## [Unreleased]

- soon

## [1.1.0] - 2024-02-03

### Removed

- 1.0 leftovers

## [1.0.0](https://example.org/compare/v0.9...v1.0.0) (2023-01-02) [YANKED]

first

[1.1.0]: https://example.org
"""
SETEXT = """unreleased
==========

  * soon

4.18.2 / 2022-10-08
===================

  * Fix regression

4.18.1 / 2022-04-29
===================
"""
RST = """.. currentmodule:: thing

Version 3.0.0
-------------

Released 2023-09-30

-   Remove things.

Version 2.0
-----------

:Date: January 5th, 2022

Version 1.0
-----------

Unreleased
"""
PLAIN = """NEWS

1.2.0 (31 January 2020)
- added

1.1.0
2019-12-01
- changed
  0.9 was another time
"""
MIXED = """# Thing 2.0.0

**31-Jan-2024**

```
# 9.9.9
```

### 2.0 upgrade guide for the people who come from a very old release of it

## v1.9.9-rc.1+build.5: Codename
"""


def versions(text: str) -> list[tuple[str, date | None]]:
    return [(section.version, section.date) for section in sections(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            KEEP_A_CHANGELOG,
            [("unreleased", None), ("1.1.0", date(2024, 2, 3)), ("1.0.0", date(2023, 1, 2))],
        ),
        (SETEXT, [("unreleased", None), ("4.18.2", date(2022, 10, 8)), ("4.18.1", date(2022, 4, 29))]),
        (RST, [("3.0.0", date(2023, 9, 30)), ("2.0", date(2022, 1, 5)), ("1.0", None)]),
        (PLAIN, [("1.2.0", date(2020, 1, 31)), ("1.1.0", date(2019, 12, 1))]),
        (MIXED, [("2.0.0", date(2024, 1, 31)), ("1.9.9-rc.1+build.5", None)]),
        ("# What's new in Thing 3.1\n", [("3.1", None)]),
        ("## Release 1.2.x\n", [("1.2.x", None)]),
        ("Just words about 1.2.3.\n", []),
        ("", []),
    ],
)
def test_versions_and_dates_are_found(text: str, expected: list[tuple[str, date | None]]) -> None:
    assert versions(text) == expected


def test_a_section_has_its_words_and_its_place() -> None:
    # Given a log whose section has headings of its own
    section = sections(KEEP_A_CHANGELOG)[1]

    # Then they belong to it, and its place is that of its heading
    assert section.heading == "[1.1.0] - 2024-02-03"
    assert section.text == "### Removed\n\n- 1.0 leftovers"
    assert section.line == 7


def test_what_is_to_come_is_told_from_what_came() -> None:
    assert [section.unreleased for section in sections(RST)] == [False, False, True]
    assert [section.unreleased for section in sections(SETEXT)] == [True, False, False]
    assert sections("## 2.0 (in development)\n")[0].unreleased


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-01-31", date(2024, 1, 31)),
        ("2024/1/31", date(2024, 1, 31)),
        ("2024.01.31", date(2024, 1, 31)),
        ("Sept. 3rd, 2021", date(2021, 9, 3)),
        ("3rd of May 2021", date(2021, 5, 3)),
        ("2021-Feb-03", date(2021, 2, 3)),
        ("2024-02-30", None),
        ("31/01/2024", None),
        ("1.2.2024", None),
    ],
)
def test_dates_that_can_be_read_one_way_only_are_read(text: str, expected: date | None) -> None:
    assert date_in(text) == expected


@given(st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99), st.dates(date(1990, 1, 1), date(2090, 1, 1)))))
def test_what_is_written_in_the_usual_form_is_read_back(releases: list[tuple[int, int, date]]) -> None:
    # Given a log written from releases
    text = "\n".join(f"## [{major}.{minor}] - {day}\n\n- change\n" for major, minor, day in releases)

    # When it is read
    # Then the releases are there again
    assert versions(text) == [(f"{major}.{minor}", day) for major, minor, day in releases]


@given(st.text(st.sampled_from("#=-~ v1.20[]()*\n`ab\u2013")) | st.text())
def test_no_text_breaks_the_reading(text: str) -> None:
    # Given anything at all, made of what headings are made of
    found = sections(text)

    # Then sections come in their order and never outside the text
    assert all(section.version for section in found)
    assert [section.line for section in found] == sorted({section.line for section in found})
    assert all(section.line <= len(text.splitlines()) for section in found)
