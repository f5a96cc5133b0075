"""A repository is read over real HTTP: what is missing, refused, renamed or broken is said for what it is."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from pydantic import JsonValue
from support.forge import BEGIN, NOW, Forge, Watcher, commit_item, issue_item, release_item, said
from support.services import Heard, Said, Service, service

from agents.contract import CoverageState, Target, TargetKind
from agents.errors import BadEvidenceError, QuotaExhaustedError, SourceUnavailableError, StoppedError
from agents.sources.github.collecting import read_github
from agents.sources.http.access import Access
from agents.sources.http.page import Kept
from agents.sources.look import Look

ALL = ["github:repository", "github", "github:releases", "github:issues", "github:advisories"]
PARTS = ["commits", "releases", "issues", "security-advisories"]
PAGE = Said(200, b"<html><body>Unicorn!</body></html>", {"content-type": "text/html"})


@pytest.fixture
def forge() -> Forge:
    """Return a forge with something of everything."""
    return Forge(
        commits=[commit_item("c1", BEGIN)],
        releases=[release_item("v2"), release_item("v1")],
        issues={1: issue_item(1, BEGIN)},
        advisories=[{"ghsa_id": "GHSA-aaaa-bbbb-cccc", "state": "published"}],
    )


@pytest.fixture
def there(forge: Forge) -> Iterator[Service]:
    """Yield the forge's service."""
    with service(forge) as running:
        yield running


@pytest.fixture
def watcher(there: Service) -> Watcher:
    """Return who watches it."""
    return Watcher(there.url)


def states(watcher: Watcher) -> list[str]:
    """Return the last look's coverage in the order of the parts."""
    assert list(watcher.coverage) == ALL
    return [one.state.value for one in watcher.coverage.values()]


def test_a_look_reads_all_parts_with_one_request_each(forge: Forge, watcher: Watcher) -> None:
    watcher.look()
    assert forge.asked == ["repository", *PARTS]
    assert states(watcher) == ["complete"] * 5
    kinds = {one.kind for one in watcher.known.values()}
    assert kinds == {"repository", "commit", "release", "tag", "change_note", "issue", "advisory"}
    assert all(one.target == "github:o/r" and one.source == "github" for one in watcher.known.values())
    # And the second and third look the same, with nothing lost
    before = dict(watcher.known)
    for _ in range(2):
        watcher.look()
        assert watcher.known == before
    assert len(forge.asked) == 15


def test_without_a_token_a_look_costs_four_requests(forge: Forge, there: Service) -> None:
    watcher = Watcher(there.url, token="")
    watcher.look()
    assert forge.asked == ["repository", "commits", "releases", "issues"]
    assert states(watcher) == ["complete"] * 4 + ["not_collected"]
    assert "set GITHUB_TOKEN" in watcher.coverage["github:advisories"].detail
    assert "advisories: osv" in watcher.coverage["github:advisories"].detail
    assert "authorization" not in there.heard[0].headers


def test_what_has_not_changed_is_not_sent_again(forge: Forge, there: Service) -> None:
    # Given a shelf, and a service that marks its pages
    class Shelf(dict[str, Kept]):
        def find(self, key: str) -> Kept | None:
            return self.get(key)

        def keep(self, key: str, page: Kept) -> None:
            self[key] = page

    seen: list[int] = []

    def marked(heard: Heard) -> Said:
        one = forge(heard)
        same = heard.headers.get("if-none-match") == '"1"'
        seen.append(304 if same else one.status)
        return (
            Said(304, headers={"etag": '"1"'}) if same else Said(one.status, one.body, {**one.headers, "etag": '"1"'})
        )

    with service(marked) as marking:
        watcher = Watcher(marking.url, shelf=Shelf())
        for _ in range(3):
            watcher.look()
    # Then the first look is sent, lists from a time on are sent once more, and the third has nothing new
    assert seen == [200] * 5 + [304, 200, 304, 200, 304] + [304] * 5
    assert len(watcher.known) == 1 + 1 + 6 + 1 + 1


@pytest.mark.parametrize(
    "name", ["flask", "../../admin", "o/..", "o/r/x", "o/r?x=1", "o/r#x", "o r/x", "o/\x00", "\u043e/r"]
)
def test_what_is_no_name_is_never_asked_for(there: Service, name: str) -> None:
    with pytest.raises(BadEvidenceError, match="is no repository; give OWNER/NAME"):
        Watcher(there.url, location=name).look()
    assert there.heard == []


@pytest.mark.parametrize("option", ["max_commits", "max_issues", "max_releases", "max_advisories"])
@pytest.mark.parametrize("value", ["many", 0, -1, 1.5, True, None, 10_001, 10**30, [100]])
def test_a_wrong_option_is_told_before_anything_is_asked(there: Service, option: str, value: JsonValue) -> None:
    watcher = Watcher(there.url, options={option: value})
    with pytest.raises(BadEvidenceError, match=f"target github:o/r, option {option}: .*give"):
        watcher.look()
    assert there.heard == []


def test_no_github_set_up_is_said(there: Service) -> None:
    look = Look(target=Target(kind=TargetKind.GITHUB, location="o/r"), now=NOW, stop=threading.Event())
    with Access().open(threading.Event()) as http, pytest.raises(BadEvidenceError, match="LOOKOUT_GITHUB_API_URL"):
        read_github(http, look)
    assert there.heard == []


def test_a_renamed_repository_is_read_under_its_new_name(forge: Forge) -> None:
    # Given a repository that is called otherwise now, to which its old address leads by its number
    forge.whole["full_name"] = "new/name"

    def script(heard: Heard) -> Said:
        if heard.path == "/repos/o/r":
            return Said(301, b"{}", {"location": "/repositories/7"})
        return forge(Heard("/repos/new/name", heard.headers)) if heard.path == "/repositories/7" else forge(heard)

    with service(script) as there:
        watcher = Watcher(there.url)
        watcher.look()
        assert all(path.startswith("/repos/new/name/") for path in (one.path for one in there.heard[2:]))
    assert watcher.coverage[ALL[0]].detail == "it is called new/name now: name it so in the watchlist"
    (whole,) = (one for one in watcher.known.values() if one.kind == "repository")
    assert (whole.data["renamed"], whole.data["asked"], whole.target) == (True, "o/r", "github:o/r")


@pytest.mark.parametrize("name", ["../../user", "a/b/c", "\x00/x", "o/r?x", "", 7, None])
def test_a_name_that_is_a_path_leads_nowhere(forge: Forge, there: Service, watcher: Watcher, name: object) -> None:
    forge.whole["full_name"] = name
    if isinstance(name, str) and name:
        watcher.look()
    else:
        with pytest.raises(BadEvidenceError, match="what is no repository"):
            watcher.look()
    assert {one.path.partition("?")[0] for one in there.heard} <= {"/repos/o/r", *(f"/repos/o/r/{p}" for p in PARTS)}


def test_another_repository_under_the_same_name_is_read_afresh(forge: Forge, watcher: Watcher) -> None:
    # Given a repository that is known
    forge.issues[2] = issue_item(2, BEGIN + timedelta(days=50))
    watcher.look()
    # When it was deleted, and somebody else made another one of that name, whose issues cannot be read yet
    forge.whole["id"] = 8
    forge.commits, forge.releases, forge.advisories = [commit_item("x1", BEGIN - timedelta(days=9))], [], []
    forge.issues = {1: issue_item(1, BEGIN - timedelta(days=9), title="theirs")}
    forge.instead["issues"] = said({}, 500)
    watcher.look()
    # Then that is said, and nothing of the old one's is left of what was read
    assert "another repository stands under this name" in watcher.coverage[ALL[0]].detail
    assert (watcher.keys("commit"), watcher.keys("release"), watcher.keys("advisory")) == (["x1"], [], [])
    # And once they can be, its issues are all that there are
    del forge.instead["issues"]
    watcher.look()
    assert [one.title for one in watcher.known.values() if one.kind == "issue"] == ["theirs"]
    assert watcher.coverage[ALL[0]].detail == ""


@pytest.mark.parametrize(
    ("status", "token", "remedy"),
    [
        (404, "", "correct its name; if it is private, set GITHUB_TOKEN"),
        (404, "secret", "correct its name; if it is private, give the token the right to read it"),
        (410, "", "correct its name"),
        (451, "", "for legal reasons .*take it out of the watchlist"),
        (401, "secret", "GITHUB_TOKEN is expired, revoked, of another host"),
        (403, "secret", "GITHUB_TOKEN is expired, revoked, of another host"),
        (403, "", "set GITHUB_TOKEN to a token that may read it"),
        (401, "", "set GITHUB_TOKEN to a token that may read it"),
        (422, "", "it answered 422"),
    ],
)
def test_a_repository_that_is_not_ours_to_see_is_an_error_with_a_remedy(
    forge: Forge, there: Service, status: int, token: str, remedy: str
) -> None:
    forge.instead["repository"] = said({"message": "No."}, status)
    with pytest.raises(BadEvidenceError, match=remedy) as raised:
        Watcher(there.url, token=token).look()
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(("status", "why"), [(404, "deleted, made private, or hidden"), (451, "for legal reasons")])
def test_a_repository_that_was_there_is_said_to_be_gone(forge: Forge, watcher: Watcher, status: int, why: str) -> None:
    watcher.look()
    known, cursors = dict(watcher.known), dict(watcher.cursors)
    forge.instead["repository"] = said({"message": "Not Found"}, status)
    # When it is gone, twice
    for _ in range(2):
        watcher.look()
        assert states(watcher) == ["failed"] * 5
        assert f"gone since {NOW:%Y-%m-%d}, when it was last seen: " in watcher.coverage["github"].detail
        assert why in watcher.coverage["github"].detail
    # Then what is known stays; and when it is back, it goes on
    assert (watcher.known, watcher.cursors) == (known, cursors)
    del forge.instead["repository"]
    watcher.look()
    assert states(watcher) == ["complete"] * 5


LIMIT = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "4000000000"}


@pytest.mark.parametrize("part", ["repository", *PARTS])
@pytest.mark.parametrize(
    ("status", "message", "headers"),
    [
        (403, "API rate limit exceeded", LIMIT),
        (403, "You have exceeded a secondary rate limit", {}),
        (403, "Slow down", {"retry-after": "30"}),
        (429, "Too many requests", {}),
        (503, "Maintenance", {"retry-after": "120"}),
        (202, "", {}),
    ],
)
def test_a_limit_puts_the_whole_look_off(  # noqa: PLR0917  one case each
    forge: Forge, watcher: Watcher, part: str, status: int, message: str, headers: dict[str, str]
) -> None:
    answer = said({"message": message}, status)
    forge.instead[part] = Said(status, answer.body, headers)
    with pytest.raises(QuotaExhaustedError) as raised:
        watcher.look()
    assert raised.value.retry_at > NOW
    assert watcher.cursors == {}


BROKEN = [
    said({"message": "Server Error"}, 500),
    said({"message": "Bad Gateway"}, 502),
    PAGE,
    Said(200, b'[{"number": 1, "sha": "c', {"content-type": "application/json"}),
    Said(200, b"", {}),
    Said(200, b"[" * 100_000, {}),
    Said(200, b'[{"id": ' + b"9" * 5_000 + b"}]", {}),
    Said(200, b"\xff\xfe\x00", {}),
    Said(301, b"", {}),
]


@pytest.mark.parametrize("broken", BROKEN, ids=range(len(BROKEN)))
@pytest.mark.parametrize("part", PARTS)
def test_a_part_in_trouble_is_said_and_the_others_are_kept(
    forge: Forge, watcher: Watcher, part: str, broken: Said
) -> None:
    # Given a look that went well
    watcher.look()
    known, cursors = dict(watcher.known), dict(watcher.cursors)
    # When one part is in trouble
    forge.instead[part] = broken
    watcher.look()
    # Then it alone has failed, what is known of it stays, and so does its cursor
    assert states(watcher).count("failed") == 1
    source = ALL[1 + PARTS.index(part)]
    assert watcher.coverage[source].state is CoverageState.FAILED
    assert watcher.known == known
    assert watcher.cursors.get(source) == cursors.get(source)
    # And the next look that goes well finds all
    del forge.instead[part]
    watcher.look()
    assert (states(watcher), watcher.known) == (["complete"] * 5, known)


@pytest.mark.parametrize("told", [{"message": "odd"}, "text", 7, None])
def test_json_that_is_no_list_is_trouble(forge: Forge, watcher: Watcher, told: object) -> None:
    forge.instead["releases"] = said(told)
    watcher.look()
    assert "JSON that is no list" in watcher.coverage["github:releases"].detail


@pytest.mark.parametrize("status", [401, 403, 404, 410, 422, 451])
@pytest.mark.parametrize("part", PARTS)
def test_a_part_that_is_refused_is_said(forge: Forge, watcher: Watcher, part: str, status: int) -> None:
    watcher.look()
    forge.instead[part] = said({"message": "Resource not accessible by personal access token"}, status)
    watcher.look()
    source = ALL[1 + PARTS.index(part)]
    off = (part, status) == ("issues", 410)
    assert watcher.coverage[source].state is (CoverageState.PARTIAL if off else CoverageState.FAILED)
    assert ("give the token the right to read it" in watcher.coverage[source].detail) == (status in {401, 403})
    assert states(watcher).count("complete") == 4


@pytest.mark.parametrize("token", ["", "secret"])
def test_nothing_that_could_be_read_is_an_error_to_try_again(forge: Forge, there: Service, token: str) -> None:
    forge.instead.update(dict.fromkeys(PARTS, PAGE))
    with pytest.raises(SourceUnavailableError, match="nothing of github:o/r could be read"):
        Watcher(there.url, token=token).look()


@pytest.mark.parametrize("broken", BROKEN, ids=range(len(BROKEN)))
def test_a_repository_in_trouble_is_tried_again(forge: Forge, watcher: Watcher, broken: Said) -> None:
    forge.instead["repository"] = broken
    with pytest.raises(SourceUnavailableError):
        watcher.look()


@pytest.mark.parametrize("told", [[], "text", 7, None, {"message": "odd"}])
def test_a_page_of_no_repository_is_an_error(forge: Forge, watcher: Watcher, told: object) -> None:
    forge.instead["repository"] = said(told)
    with pytest.raises(BadEvidenceError, match="what is no repository"):
        watcher.look()


def test_pages_that_go_on_elsewhere_are_not_followed(forge: Forge, there: Service, watcher: Watcher) -> None:
    # Given a list whose next page is another service's, and one whose next page is itself
    with service(lambda _: said([])) as other:
        forge.instead["releases"] = said([release_item("v1")], link=f'<{other.url}/steal>; rel="next"')
        forge.instead["commits"] = said([commit_item("c", BEGIN)], link='<?per_page=100>; rel="next"')
        watcher.look()
        assert other.heard == []
    # Then the token stays where it belongs, and it is said that there is more
    assert watcher.coverage["github:releases"].detail.startswith("the newest 300; ")
    assert watcher.coverage["github"].state is CoverageState.PARTIAL
    assert sum("/commits" in one.path for one in there.heard) <= 2


def test_a_look_that_is_stopped_keeps_nothing(forge: Forge, there: Service) -> None:
    stop = threading.Event()
    forge.before = lambda heard: stop.set() if "/releases" in heard.path else None
    watcher = Watcher(there.url, stop=stop)
    with pytest.raises(StoppedError):
        watcher.look()
    assert (watcher.known, watcher.cursors) == ({}, {})


def test_hostile_values_become_harmless_ones(forge: Forge, watcher: Watcher) -> None:
    # Given NUL bytes, lone surrogates, endless numbers and texts where others belong, and a nest of lists
    nest: object = []
    for _ in range(400):
        nest = [nest]
    forge.whole |= {"description": "a\x00\ud800\x1b[31mb", "stargazers_count": 10**400, "id": "7", "default_branch": []}
    forge.issues = {
        1: issue_item(1, BEGIN, title="\x00" * 5, labels=nest, comments=-1, user=[]),
        2: {**issue_item(2, BEGIN)},
    }
    forge.issues[2]["number"] = 10**20
    forge.issues[2]["labels"] = nest
    forge.releases = [release_item("v\x001"), {"tag_name": 5}, {"tag_name": "v2", "assets": nest, "body": ["x"]}]
    forge.commits = [{"sha": "s\x00", "commit": "text", "parents": "none"}, commit_item("c", BEGIN)]
    watcher.look()
    (whole,) = (one for one in watcher.known.values() if one.kind == "repository")
    assert (whole.data["description"], whole.data["stars"], whole.data["id"]) == ("ab", None, None)
    assert (watcher.keys("issue"), watcher.keys("release"), watcher.keys("commit")) == (["1"], ["v1", "v2"], ["c", "s"])
    assert len(watcher.strays) == 2
    assert "\x00" not in repr(watcher.strays)
    # And what is known stays where a later look tells less
    forge.commits = [commit_item("c", BEGIN)]
    watcher.look()
    assert watcher.keys("commit") == ["c", "s"]


@pytest.mark.parametrize(
    ("part", "source"), [("releases", "github:releases"), ("security-advisories", "github:advisories")]
)
def test_a_part_says_that_it_was_read_once_it_was(forge: Forge, watcher: Watcher, part: str, source: str) -> None:
    # Given a part that is in trouble at the first look
    name = next(one for one in PARTS if one in {part, part.removeprefix("security-")})
    forge.instead[name] = BROKEN[0]
    watcher.look()
    assert source not in watcher.cursors
    # When it can be read, then its cursor says when
    del forge.instead[name]
    watcher.look()
    assert watcher.cursors[source] == {"seen": NOW.isoformat()}
