"""Requirements files, by hand and locked: every requirement is read, and a bad line costs only itself."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.utils import canonicalize_name

from agents.sources.manifests.dependency import DEV, RUNTIME, Dependency, UnreadableError
from agents.sources.manifests.requirements import exact_version_in, parse_requirements

BY_HAND = """\
# what we need
Flask_Login [async] >=2.0, <3 ; python_version < "3.12"  # why
requests==2.31.0
-r base.txt
--requirement "more.txt"
-c constraints.txt
--index-url https://index.example.org/simple
thing @ https://example.org/thing-1.0.tar.gz
-e git+https://example.org/x.git@main#egg=Editable_Thing
git+https://example.org/y.git#egg=other&subdirectory=z
./local
-e .
exact===1.0+local
any.thing==1.*
"""
LOCKED = """\
celery==5.4.0 \\
    --hash=sha256:aa \\
    --hash=sha256:bb
    # via -r requirements.in
kombu==5.4.0 ; python_version >= "3.8" --hash=sha256:cc
    # via celery
vine==5.1.0
    # via
    #   celery
    #   thing (pyproject.toml)
    #
unasked==1.0
"""


def by_name(text: str, file: str = "requirements.txt") -> dict[str, Dependency]:
    return {one.name: one for one in parse_requirements(text, file=file).dependencies}


def test_what_people_write_by_hand_is_read() -> None:
    # Given a file with everything that pip takes
    parsed = parse_requirements(BY_HAND, file="requirements.txt")
    found = {one.name: one for one in parsed.dependencies}

    # Then packages have normal names, and only what allows one version has one
    assert parsed.problems == ()
    assert sorted(found) == ["any-thing", "editable-thing", "exact", "flask-login", "other", "requests", "thing"]
    assert found["flask-login"].specifier == "<3,>=2.0"
    assert found["flask-login"].marker == 'python_version < "3.12"'
    assert {name: one.version for name, one in found.items() if one.version} == {
        "requests": "2.31.0",
        "exact": "1.0+local",
    }
    assert found["requests"].purl == "pkg:pypi/requests@2.31.0"
    assert found["thing"].specifier == "https://example.org/thing-1.0.tar.gz"
    assert all(one.direct for one in parsed.dependencies)
    assert parsed.includes == ("base.txt", "more.txt")


def test_a_lock_tells_what_was_asked_for() -> None:
    # Given a lock that says who asked for each package
    found = by_name(LOCKED, file="requirements.lock")

    # Then those asked for by a file or a project are direct
    assert {name: one.direct for name, one in found.items()} == {
        "celery": True,
        "kombu": False,
        "vine": True,
        "unasked": True,
    }
    assert found["celery"].version == "5.4.0"


def test_a_frozen_environment_does_not_tell_what_was_asked_for() -> None:
    assert [one.direct for one in parse_requirements("a==1\nb==2\n", file="requirements.txt").dependencies] == [
        None
    ] * 2


def test_the_files_name_gives_the_scope() -> None:
    assert by_name("a>=1", "requirements-dev.txt")["a"].scope == DEV
    assert by_name("a>=1", "requirements/tests.txt")["a"].scope == DEV
    assert by_name("a>=1", "requirements/device.txt")["a"].scope == RUNTIME


def test_a_bad_line_is_named_and_the_rest_survives() -> None:
    # Given a file with lines that are no requirements
    parsed = parse_requirements("good==1\nnot a requirement\n\nbad>=>1\nlast \\\n", file="requirements.txt")

    # Then each of them is a problem with its line
    assert [one.name for one in parsed.dependencies] == ["good", "last"]
    assert [(one.line, one.raw) for one in parsed.problems] == [(2, "not a requirement"), (4, "bad>=>1")]
    assert all(one.reason.startswith("is no requirement: ") for one in parsed.problems)


def test_a_file_without_any_requirement_where_there_should_be_one_is_unreadable() -> None:
    with pytest.raises(UnreadableError, match="holds no requirement") as caught:
        parse_requirements("# x\n{not: this}\n", file="requirements.txt")
    assert caught.value.line == 2


def test_an_empty_file_asks_for_nothing() -> None:
    assert parse_requirements("\ufeff# nothing\n\n", file="requirements.txt").dependencies == ()


def test_specifiers_that_do_not_parse_pin_nothing() -> None:
    assert exact_version_in("==1.0") == "1.0"
    assert exact_version_in("*") == ""
    assert exact_version_in("==1.0,==2.0") == ""


NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9._-]{0,10}[A-Za-z0-9]", fullmatch=True)
VERSIONS = st.from_regex(r"[0-9]{1,3}(\.[0-9]{1,3}){0,3}((a|b|rc)[0-9])?", fullmatch=True)


@given(st.dictionaries(NAMES.map(canonicalize_name), VERSIONS, min_size=1))
def test_pins_that_are_written_are_read_back(pins: dict[str, str]) -> None:
    # Given a lock written from pins
    text = "".join(f"{name}=={version} \\\n    --hash=sha256:00\n    # via x\n" for name, version in pins.items())

    # When it is read
    # Then the pins are there again
    assert {name: one.version for name, one in by_name(text).items()} == pins


@given(st.text() | st.text(st.sampled_from("ab=<>!~;[]@#\\-r e.0 \n\"'")))
def test_no_text_breaks_the_reading(text: str) -> None:
    # Given anything at all, it is refused, or read with every problem in its place
    with suppress(UnreadableError):
        parsed = parse_requirements(text, file="requirements.txt")
        assert all(0 < one.line <= len(text.splitlines()) for one in parsed.problems)
