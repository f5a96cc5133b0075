"""What GitHub tells becomes evidence of the same form as git's own, whatever it holds."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.contract import Evidence, Target, TargetKind
from agents.sources.git.authors import author_id
from agents.sources.github.fields import count, each, text, when, yes
from agents.sources.github.items import NOTE_LIMIT, UnreadableError, commit, issue, release, repository
from agents.sources.look import Look

NOW = datetime(2026, 11, 22, tzinfo=UTC)
SHA = "a" * 40


class Never:
    """A signal that never comes."""

    def is_set(self) -> bool:
        """Say no."""
        return False

    def wait(self, timeout: float | None = None) -> bool:
        """Say no at once."""
        return timeout is None and False


LOOK = Look(target=Target(kind=TargetKind.GIT, location="o/r"), now=NOW, stop=Never())


def commit_item(**changed: Any) -> dict[str, Any]:  # noqa: ANN401  JSON is anything
    """Return a commit as GitHub tells it."""
    who = {"name": "Ada Lovelace", "email": "Ada@Example.org", "date": "2026-11-01T10:00:00Z"}
    told = {"author": who, "committer": {**who, "date": "2026-11-02T10:00:00Z"}, "message": "Fix it\n\nBecause."}
    return {"sha": SHA, "commit": told, "parents": [{}, {}], "author": {"login": "ada"}, **changed}


def test_a_commit_is_told_as_git_tells_it() -> None:
    found = commit(commit_item(html_url=f"https://github.com/o/r/commit/{SHA}"), LOOK)
    assert (found.kind, found.key, found.title) == ("commit", SHA, "Fix it")
    assert found.at == datetime(2026, 11, 2, 10, tzinfo=UTC)
    assert found.url == f"https://github.com/o/r/commit/{SHA}"
    # And its author is the one whom a clone's history names
    assert found.data["author_id"] == author_id("Ada Lovelace", "ada@example.org")
    assert (found.data["author"], found.data["login"], found.data["is_merge"]) == ("Ada Lovelace", "ada", True)
    assert found.data["authored_at"] == "2026-11-01T10:00:00+00:00"


def test_a_commit_from_the_future_has_the_time_that_can_be() -> None:
    item = commit_item()
    item["commit"]["committer"] = {"date": "2222-01-01T00:00:00Z"}
    assert commit(item, LOOK).at == datetime(2026, 11, 1, 10, tzinfo=UTC)
    item["commit"]["author"] = {"date": "2222-01-01T00:00:00Z"}
    assert commit(item, LOOK).at is None


def test_who_wrote_a_commit_together_is_told() -> None:
    item = commit_item()
    item["commit"]["message"] = "Fix it\n\nCo-authored-by: Bo <bo@example.org>\nCO-AUTHORED-BY: Cy <cy@example.org>"
    assert commit(item, LOOK).data["co_authors"] == [
        {"id": author_id("Bo", "bo@example.org"), "name": "Bo"},
        {"id": author_id("Cy", "cy@example.org"), "name": "Cy"},
    ]


def test_a_release_of_the_future_has_no_time() -> None:
    whole, note, tag = release({"tag_name": "v1", "published_at": "2222-01-01T00:00:00Z"}, LOOK)
    assert (whole.at, note.at, tag.at) == (None, None, None)
    assert (whole.data["published_at"], note.data["date"], tag.data["tagged_at"]) == ("", "", "")


def test_a_release_is_a_tag_and_a_note_as_well() -> None:
    # Given a release with notes and files
    item = {
        "tag_name": "v1.2.0",
        "name": "The second",
        "body": "Removed `old()`.",
        "prerelease": True,
        "published_at": "2026-10-01T12:00:00Z",
        "assets": [{"download_count": 5}, {"download_count": 7}, {"download_count": "many"}],
    }
    # When it is read
    whole, note, tag = release(item, LOOK)
    # Then it is all three, at the time when it was published
    assert [(one.kind, one.key) for one in (whole, tag, note)] == [
        ("release", "v1.2.0"),
        ("tag", "v1.2.0"),
        ("change_note", "releases#v1.2.0"),
    ]
    assert {one.at for one in (whole, tag, note)} == {datetime(2026, 10, 1, 12, tzinfo=UTC)}
    assert len({one.id for one in (whole, tag, note)}) == 3
    assert (whole.data["downloads"], whole.data["prerelease"], whole.data["draft"]) == (12, True, False)
    assert (note.data["version"], note.data["text"], note.data["unreleased"]) == ("v1.2.0", "Removed `old()`.", False)
    assert (tag.data["name"], tag.data["subject"]) == ("v1.2.0", "The second")


def test_a_draft_is_a_note_of_what_is_not_released() -> None:
    # Given a draft, then it is no tag: a tag of that name may be another commit's
    whole, note = release({"tag_name": "v2", "draft": True, "published_at": None}, LOOK)
    assert (whole.at, note.data["unreleased"], note.data["date"], whole.title) == (None, True, "", "v2")


@pytest.mark.parametrize(
    ("more", "kind", "merged"),
    [
        ({}, "issue", None),
        ({"pull_request": {"merged_at": "2026-11-03T00:00:00Z"}}, "pull", "2026-11-03T00:00:00+00:00"),
        ({"merged_at": None}, "pull", ""),
        ({"pull_request": None}, "issue", None),
    ],
)
def test_a_list_of_issues_holds_pull_requests_too(more: dict[str, Any], kind: str, merged: str | None) -> None:
    item = {
        "number": 7,
        "title": "It\u202e breaks\n\x1b[31mhere",
        "state": "closed",
        "labels": [{"name": "bug"}, "odd", {"name": "p1"}],
        "user": {"login": "dependabot[bot]", "type": "Bot"},
        "created_at": "2026-11-01T00:00:00Z",
        "closed_at": "2026-11-02T00:00:00Z",
        "comments": 3,
        **more,
    }
    found = issue(item, LOOK)
    assert (found.kind, found.key, found.title) == (kind, "7", "It breaks here")
    assert (found.data["labels"], found.data["bot"], found.data["comments"]) == (["bug", "p1"], True, 3)
    assert found.data["closed_at"] == "2026-11-02T00:00:00+00:00"
    assert found.data.get("merged_at") == merged


def test_a_repository_tells_what_is_known_and_none_for_what_is_not() -> None:
    found = repository({"full_name": "o/r", "stargazers_count": 0, "archived": True, "license": None}, LOOK)
    assert (found.data["stars"], found.data["forks"], found.data["archived"], found.data["license"]) == (
        0,
        None,
        True,
        "",
    )


@pytest.mark.parametrize("link", ["javascript:alert(1)", "http://github.com/o/r", "", 7])
def test_only_an_address_of_the_web_is_a_link(link: object) -> None:
    assert repository({"full_name": "o/r", "html_url": link}, LOOK).url == ""


@pytest.mark.parametrize(
    ("read", "field"), [(commit, "sha"), (release, "tag_name"), (issue, "number"), (repository, "full_name")]
)
def test_what_is_no_such_thing_says_which_field_it_lacks(read: Any, field: str) -> None:  # noqa: ANN401  four readers
    for item in ({}, {field: None}, {field: [1]}, {field: "" if field != "number" else 0}):
        with pytest.raises(UnreadableError, match=f"{field} is missing"):
            read(item, LOOK)


def test_notes_are_cut_where_they_have_no_end() -> None:
    _, note, _ = release({"tag_name": "v1", "body": "x" * NOTE_LIMIT * 2}, LOOK)
    assert len(str(note.data["text"])) == NOTE_LIMIT


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)),
    max_leaves=8,
)
WHO = ("author", "committer", "user", "date", "commit", "message", "parents", "sha")
WHAT = ("tag_name", "body", "assets", "published_at", "created_at", "number", "title", "labels", "pull_request")
WHOLE = ("full_name", "html_url", "license")
NAMES = st.sampled_from((*WHO, *WHAT, *WHOLE))


@given(st.dictionaries(NAMES, st.one_of(JSON, st.dictionaries(NAMES, JSON, max_size=4)), max_size=8))
def test_whatever_github_sends_is_evidence_or_is_refused(item: dict[str, Any]) -> None:
    for read in (commit, release, issue, repository):
        try:
            found = read(item, LOOK)
        except UnreadableError:
            continue
        for one in found if isinstance(found, tuple) else (found,):
            assert Evidence.model_validate_json(one.model_dump_json()) == one


@pytest.mark.parametrize(
    ("value", "counted"), [(3, 3), (0, 0), (-1, None), (True, None), (3.0, None), ("3", None), (2**60, None)]
)
def test_only_a_whole_number_counts(value: object, counted: int | None) -> None:
    assert count({"n": value}, "n") == counted


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2026-11-01T10:00:00Z", datetime(2026, 11, 1, 10, tzinfo=UTC)),
        ("2011-04-14T16:00:49+02:00", datetime(2011, 4, 14, 14, 0, 49, tzinfo=UTC)),
        ("2026-11-01T10:00:00", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("yesterday", None),
        (1, None),
    ],
)
def test_only_a_time_with_its_zone_is_one(value: object, moment: datetime | None) -> None:
    assert when({"a": {"b": value}}, "a", "b") == moment


def test_a_path_that_breaks_off_leads_to_nothing() -> None:
    assert (text({"a": 1}, "a", "b"), text(None, "a"), yes({"a": 1}, "a")) == ("", "", False)
    listed: list[object] = [{}, {"a": {}}, {"a": [1, {"b": 2}]}]
    assert [list(each(value, "a")) for value in listed] == [[], [], [{"b": 2}]]
