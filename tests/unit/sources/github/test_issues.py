"""Issues are known in their newest state, however they change and however small the pages are."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.forge import BEGIN, NOW, Forge, Watcher, issue_item, said, stamp
from support.services import Heard, Said, Service, service

from agents.contract import CoverageState
from agents.sources.collected import Collected
from agents.sources.github.fields import when
from agents.sources.github.issues import read_issues
from agents.sources.github.repo import Listed, Repo
from agents.sources.http.client import Http
from agents.sources.look import Look

SECOND = timedelta(seconds=1)
ISSUES = "github:issues"


class Stage:
    """A service whose forge can be changed for another."""

    def __init__(self) -> None:
        self.forge = Forge()

    def __call__(self, heard: Heard) -> Said:
        """Answer as the forge of the moment does."""
        return self.forge(heard)


@pytest.fixture(scope="module")
def stage() -> Stage:
    """Return what the module's service plays."""
    return Stage()


@pytest.fixture(scope="module")
def there(stage: Stage) -> Iterator[Service]:
    """Yield the module's service."""
    with service(stage) as running:
        yield running


CHANGE = st.tuples(st.integers(1, 8), st.integers(0, 2))
"""An issue's number, and how many seconds after the last change it changes."""


def issues_alone(http: Http, look: Look) -> tuple[Collected, ...]:
    """Read nothing but the issues."""
    return (read_issues(Repo("o/r", http, look)),)


class Story:
    """A forge whose issues change, and who watches it."""

    def __init__(self, url: str, stage: Stage, *, page: int, pages: int, after: bool) -> None:
        self.forge = stage.forge = Forge(page=page, after=after)
        self.watcher = Watcher(url, options={"max_issues": pages * 100}, read=issues_alone)
        self.clock = BEGIN

    def change(self, number: int, wait: int) -> None:
        """Change an issue, so many seconds later."""
        self.clock += wait * SECOND
        self.forge.touch(number, self.clock)

    def look(self, meanwhile: list[tuple[int, tuple[int, int]]]) -> None:
        """Look, while issues change before some of the requests."""
        left = list(meanwhile)
        asked = 0

        def before(heard: Heard) -> None:
            nonlocal asked
            asked += "/issues" in heard.path
            while left and left[0][0] <= asked:
                self.change(*left.pop(0)[1])

        self.forge.before = before
        self.watcher.look()
        self.forge.before = lambda _: None

    def check(self, *, quiet: bool) -> None:
        """Check that all is known which the cursor covers; once all is quiet, that is all since its beginning."""
        cursor = self.watcher.cursors[ISSUES]
        begin, end = when(cursor, "begin"), when(cursor, "end")
        assert begin is not None
        assert end is not None
        known = {one.key: one.title for one in self.watcher.known.values()}
        for number, one in self.forge.issues.items():
            at = when(one, "updated_at")
            assert at is not None
            if begin < at and (quiet or at < end):
                assert known.get(str(number)) == one["title"]


@settings(max_examples=30, deadline=None)
@given(
    page=st.integers(1, 4),
    pages=st.integers(1, 2),
    after=st.booleans(),
    first=st.lists(CHANGE, max_size=8),
    days=st.lists(
        st.tuples(st.lists(CHANGE, max_size=12), st.lists(st.tuples(st.integers(1, 6), CHANGE), max_size=2)), max_size=4
    ),
)
def test_after_enough_quiet_looks_every_issue_is_known_as_it_is(  # noqa: PLR0917  hypothesis gives them
    there: Service,
    stage: Stage,
    page: int,
    pages: int,
    after: bool,  # noqa: FBT001  hypothesis gives it by its name
    first: list[tuple[int, int]],
    days: list[tuple[list[tuple[int, int]], list[tuple[int, tuple[int, int]]]]],
) -> None:
    # Given a forge with small pages, of which few may be read, whose issues change between looks and within them
    story = Story(there.url, stage, page=page, pages=pages, after=after)
    for change in first:
        story.change(*change)
    story.look([])
    for changes, meanwhile in days:
        for change in changes:
            story.change(*change)
        story.look(sorted(meanwhile))
        # Then at no time the cursor is ahead of what is known
        story.check(quiet=False)
    # And when nothing changes any more, all is known after some looks
    before, looks = None, 0
    while before != story.watcher.cursors[ISSUES]:
        before, looks = story.watcher.cursors[ISSUES], looks + 1
        story.look([])
        assert looks < 50
    story.check(quiet=True)


def watched(there: Service, stage: Stage, *numbers: int, **options: int) -> Watcher:
    """Return who watches a forge with some issues, one an hour."""
    stage.forge = Forge(issues={n: issue_item(n, BEGIN + n * timedelta(hours=1)) for n in numbers})
    return Watcher(there.url, options=options)


def test_an_issue_that_changes_while_pages_are_read_hides_none(there: Service, stage: Stage) -> None:
    # Given 40 issues that changed since the last look, pages of 5, and 3 of those that may be read
    watcher = watched(there, stage, 1, max_issues=300)
    watcher.look()
    stage.forge.page = 5
    for number in range(2, 42):
        stage.forge.touch(number, BEGIN + number * timedelta(hours=1))
    moves = iter(range(2, 42))

    # When before each request the oldest of them changes, and moves to the end
    def before(heard: Heard) -> None:
        if "direction=asc" in heard.path:
            number = next(moves)
            stage.forge.touch(number, BEGIN + (100 + number) * timedelta(hours=1))

    stage.forge.before = before
    for _ in range(8):
        watcher.look()
    stage.forge.before = lambda _: None
    watcher.look()
    # Then none was passed by
    assert len(watcher.keys("issue")) == 41
    titles = {one.key: str(one.title) for one in watcher.known.values() if one.kind == "issue"}
    assert titles == {str(number): one["title"] for number, one in stage.forge.issues.items()}


def test_a_look_that_may_not_read_all_says_so_and_the_next_goes_on(there: Service, stage: Stage) -> None:
    # Given more changes than one look may read
    watcher = watched(there, stage, 1, max_issues=100)
    watcher.look()
    for number in range(2, 252):
        stage.forge.touch(number, BEGIN + number * timedelta(hours=1))
    # When it is looked at, the newest and the oldest are known, and coverage says how far that goes
    watcher.look()
    assert {"2", "251"} <= set(watcher.keys("issue"))
    assert "150" not in watcher.keys("issue")
    said_so = watcher.coverage[ISSUES]
    assert said_so.state is CoverageState.PARTIAL
    assert "so far: the next look goes on" in said_so.detail
    # And the next looks go on to the end
    watcher.look()
    watcher.look()
    assert len(watcher.keys("issue")) == 251
    assert watcher.coverage[ISSUES].state is CoverageState.COMPLETE


def test_more_changes_within_a_second_than_can_be_read_are_passed_by_and_said(there: Service, stage: Stage) -> None:
    # Given 60 issues that changed at once, and pages of one
    watcher = watched(there, stage, 1, max_issues=300)
    watcher.look()
    stage.forge.page = 1
    at = BEGIN + timedelta(days=1)
    for number in range(2, 62):
        stage.forge.touch(number, at)
    stage.forge.touch(99, at + timedelta(hours=1))
    stage.forge.touch(100, at + timedelta(hours=2))
    # When they are looked at
    details = []
    for _ in range(8):
        watcher.look()
        details.append(watcher.coverage[ISSUES].detail)
    # Then what cannot be read is said, once, and the cursor does not hang there
    assert sum(f"more changed at {at:%Y-%m-%d %H:%M:%S} than could be read" in one for one in details) == 1
    assert {"99", "100"} <= set(watcher.keys("issue"))
    assert watcher.coverage[ISSUES].state is CoverageState.COMPLETE


@pytest.mark.parametrize("after", [True, False])
def test_what_follows_a_full_second_is_not_passed_by(
    there: Service,
    stage: Stage,
    after: bool,  # noqa: FBT001  pytest gives it by its name
) -> None:
    # Given pages of one, two changes within a second, two in the next second, and later ones
    watcher = watched(there, stage, 1, max_issues=100)
    watcher.look()
    stage.forge.page, stage.forge.after = 1, after
    at = BEGIN + timedelta(days=1)
    for number, seconds in enumerate((0, 0, 1, 1, 50, 60, 70), start=2):
        stage.forge.touch(number, at + seconds * SECOND)
    for _ in range(20):
        watcher.look()
    assert watcher.keys("issue") == [str(number) for number in range(1, 9)]
    assert watcher.coverage[ISSUES].state is CoverageState.COMPLETE


def test_what_is_told_twice_is_as_it_was_told_last(there: Service, stage: Stage) -> None:
    # Given an issue that stands on a page twice, and one that changes after its first page was read
    watcher = watched(there, stage, 1)
    stage.forge.instead["issues"] = said([issue_item(1, BEGIN), issue_item(1, BEGIN + SECOND, title="later")])
    watcher.look()
    assert [one.title for one in watcher.known.values() if one.kind == "issue"] == ["later"]
    assert watcher.coverage[ISSUES].items == 1
    # Then what was told last holds, on one page and on several
    (later,) = (one for one in watcher.told if one.kind == "issue")
    earlier = later.model_copy(update={"title": "earlier"})
    assert Listed((earlier,)).then(Listed((later,))).found == (later,)


def test_a_second_that_is_never_at_rest_is_passed_by_and_said(there: Service, stage: Stage) -> None:
    # Given issues that changed at once, more than a page holds, of which one changes again at each reading
    watcher = watched(there, stage, 1, max_issues=300)
    watcher.look()
    stage.forge.page = 2
    at = BEGIN + timedelta(days=1)
    for number in range(2, 22):
        stage.forge.touch(number, at)
    moves = iter(range(2, 22))

    def before(heard: Heard) -> None:
        if "direction=asc" in heard.path and "&page=" not in heard.path:
            number = next(moves, 21)
            stage.forge.touch(number, at + timedelta(hours=number))

    stage.forge.before = before
    details = []
    for _ in range(4):
        watcher.look()
        details.append(watcher.coverage[ISSUES].detail)
    # Then it is not said to be whole
    assert any("than could be read, and not all of it was" in one for one in details)


def test_a_first_look_that_is_cut_short_says_since_when(there: Service, stage: Stage) -> None:
    watcher = watched(there, stage, *range(1, 151))
    watcher.token = ""
    watcher.look()
    oldest = BEGIN + 51 * timedelta(hours=1)
    assert len(watcher.keys("issue")) == 100
    assert watcher.coverage[ISSUES].state is CoverageState.PARTIAL
    assert watcher.coverage[ISSUES].detail == f"changed since {oldest:%Y-%m-%d}; set GITHUB_TOKEN to read more"
    # And once there is a token, the rest is read
    watcher.token = "secret"
    watcher.look()
    assert len(watcher.keys("issue")) == 150
    assert watcher.coverage[ISSUES].state is CoverageState.COMPLETE
    # And nothing older that is known was taken for gone
    assert all(one.source != ISSUES or "issue" not in one.replaces for one in watcher.look())


def test_a_time_that_cannot_be_moves_no_cursor(there: Service, stage: Stage) -> None:
    # Given an issue that was changed in a thousand years, they say
    watcher = watched(there, stage, 1, 2)
    stage.forge.issues[2]["updated_at"] = "3026-01-01T00:00:00Z"
    watcher.look()
    # When another one changes
    stage.forge.touch(1, BEGIN + timedelta(days=3))
    watcher.look()
    # Then that is seen
    known = {one.key: one.title for one in watcher.known.values()}
    assert (known["1"], known["2"]) == ("v1", "v0")
    assert watcher.cursors[ISSUES] == {
        "begin": (NOW - timedelta(days=365)).isoformat(),
        "end": (BEGIN + timedelta(days=3)).isoformat(),
        "most": 10,
    }


def test_issues_that_are_switched_off_are_gone_and_read_afresh_once_they_are_on(there: Service, stage: Stage) -> None:
    # Given issues and a pull request that are known
    watcher = watched(there, stage, 1, 2)
    stage.forge.issues[3] = issue_item(3, BEGIN, pull_request={"merged_at": None})
    watcher.look()
    assert (watcher.keys("issue"), watcher.keys("pull")) == (["1", "2"], ["3"])
    # When issues are switched off
    stage.forge.instead["issues"] = said({"message": "Issues are disabled for this repo"}, 410)
    watcher.look()
    # Then they are gone, pull requests are not, and the lack is said
    assert (watcher.keys("issue"), watcher.keys("pull")) == ([], ["3"])
    assert watcher.coverage[ISSUES].state is CoverageState.PARTIAL
    # And once they are on again all of them are read, not only what changed since
    del stage.forge.instead["issues"]
    watcher.look()
    assert (watcher.keys("issue"), watcher.keys("pull")) == (["1", "2"], ["3"])


def test_a_list_that_ends_with_a_broken_item_gives_the_others(there: Service, stage: Stage) -> None:
    watcher = watched(there, stage, 1, 2)
    items = [*stage.forge.issues.values(), {"number": "\x00 7", "html_url": "https://example.org/\x00"}, "odd", None]
    stage.forge.instead["issues"] = said(items)
    watcher.look()
    assert watcher.keys("issue") == ["1", "2"]
    assert [one.key for one in watcher.strays] == ["https://example.org/", "without an id", "without an id"]
    assert all("\x00" not in one.raw for one in watcher.strays)
    assert watcher.coverage[ISSUES].detail.endswith("3 items could not be read and were put aside")


def test_a_quiet_look_asks_the_same_again_so_that_nothing_is_sent(there: Service, stage: Stage) -> None:
    watcher = watched(there, stage, 1, 2)
    watcher.look()
    there.heard.clear()
    for _ in range(2):
        watcher.look()
    asked = [one.path for one in there.heard if "/issues" in one.path]
    assert len(asked) == 2
    assert asked[0] == asked[1]
    assert stamp(BEGIN + timedelta(hours=2) - timedelta(minutes=1)).replace(":", "%3A") in asked[0]
