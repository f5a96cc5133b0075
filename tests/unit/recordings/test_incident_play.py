"""The incident is played in the protocols of the services that would tell of it, over real HTTP."""

import threading
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest

from agents.sources.http.client import Http
from agents.sources.http.page import Kept
from agents.sources.http.site import Site
from orchestrator.errors import RecordingError
from orchestrator.recordings.incident.play import ACTS, TITLE, Incident
from orchestrator.recordings.server import Player, playing

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
FERRYWHEEL = "/repos/quillmoor-example/ferrywheel"
INKBARROW = "/repos/quillmoor-example/inkbarrow"


class Played:
    """The incident on a server, and a client that asks it."""

    def __init__(self, player: Player, incident: Incident, client: httpx2.Client) -> None:
        self.url, self.incident, self.client = player.url, incident, client

    def get(self, path: str, **params: object) -> httpx2.Response:
        """Ask."""
        return self.client.get(self.url + path, params={name: str(value) for name, value in params.items()})

    def json(self, path: str, **params: object) -> Any:  # noqa: ANN401  JSON is anything
        """Return a document."""
        answer = self.get(path, **params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def all(self, path: str, name: str, **params: object) -> list[Any]:
        """Return one field of each item of a list."""
        return [each[name] for each in self.json(path, per_page=100, **params)]


@pytest.fixture
def played() -> Iterator[Played]:
    incident = Incident(NOW)
    with playing(incident) as player, httpx2.Client(trust_env=False) as client:
        yield Played(player, incident, client)


class Memory:
    """Keeps pages between looks."""

    def __init__(self) -> None:
        self.pages: dict[str, Kept] = {}

    def find(self, key: str) -> Kept | None:
        return self.pages.get(key)

    def keep(self, key: str, page: Kept) -> None:
        self.pages[key] = page


def test_a_repository_says_what_it_is(played: Played) -> None:
    told = played.json(FERRYWHEEL)
    assert (told["full_name"], told["stargazers_count"]) == ("quillmoor-example/ferrywheel", 6_412)
    assert told["pushed_at"] == played.json(f"{FERRYWHEEL}/commits")[0]["commit"]["committer"]["date"]
    waiting = played.json(f"{FERRYWHEEL}/issues", per_page=100)
    assert told["open_issues_count"] == len(waiting)
    assert played.json(f"/repositories/{told['id']}") == told
    assert played.json("/repos/Quillmoor-Example/FERRYWHEEL") == told


def test_lists_come_in_pages_that_lead_from_one_to_the_next(played: Played) -> None:
    # Given our own client
    with Http(stop=threading.Event(), sites=[Site("github", played.url)]) as http:
        # When it reads a list from its first page to its last
        pages = list(http.pages("github", f"{FERRYWHEEL}/commits", params={"per_page": "20"}, most=100))
    # Then it has all of it, each once, the newest first
    shas = [each["sha"] for page in pages for each in page.json()]
    assert [len(page.json()) for page in pages] == [20, 20, 20, 20, 17]
    assert shas == [one.sha for one in reversed(played.incident.story.repositories[FERRYWHEEL[7:]].commits)]
    assert played.get(f"{FERRYWHEEL}/commits", page=99).json() == []
    assert "link" not in played.get(f"{FERRYWHEEL}/commits", per_page=100).headers


@pytest.mark.parametrize("odd", ["0", "-1", "x", "1" * 20, "\u0661"])
def test_a_page_that_is_no_number_is_the_first(played: Played, odd: str) -> None:
    assert played.json(f"{INKBARROW}/commits", page=odd, per_page=odd) == played.json(f"{INKBARROW}/commits")


def test_what_has_not_changed_is_not_sent_again_and_costs_nothing(played: Played) -> None:
    # Given a look that kept what it read
    shelf, counts = Memory(), []
    for act in (1, 1, 2):
        played.incident.act = act
        with Http(stop=threading.Event(), sites=[Site("github", played.url)], shelf=shelf) as http:
            # When it looks again, and again after more has happened
            pages = [http.get("github", FERRYWHEEL), http.get("github", "/repos/mossgate-example/mossgate")]
        counts.append(([page.unchanged for page in pages], pages[-1].headers["x-ratelimit-used"]))
    # Then only what has changed is sent, and counts
    assert counts == [([False, False], "2"), ([True, True], "2"), ([False, True], "3")]


def test_commits_are_asked_for_by_time_and_author(played: Played) -> None:
    all_ = played.json(f"{FERRYWHEEL}/commits", per_page=100)
    since = played.json(f"{FERRYWHEEL}/commits", per_page=100, since="2026-11-18T00:00:00Z")
    until = played.json(f"{FERRYWHEEL}/commits", per_page=100, until="2026-11-18T00:00:00")
    assert 0 < len(since) < len(all_)
    assert since + until == all_
    by = played.json(f"{FERRYWHEEL}/commits", per_page=100, author="petra-example")
    assert {each["author"]["login"] for each in by} == {"petra-example"}
    assert played.json(f"{FERRYWHEEL}/commits", per_page=100, since="long ago") == all_
    assert played.json(f"{FERRYWHEEL}/commits/main") == all_[0] == played.json(f"{FERRYWHEEL}/commits/{all_[0]['sha']}")
    assert [each["sha"] for each in all_[0]["parents"]] == [all_[1]["sha"]]


def test_issues_are_asked_for_by_state_time_label_and_order(played: Played) -> None:
    place = f"{FERRYWHEEL}/issues"
    everything = played.all(place, "number", state="all")
    assert everything == list(range(len(everything), 0, -1))
    assert sorted(played.all(place, "number") + played.all(place, "number", state="closed")) == everything[::-1]
    assert played.all(place, "number", state="all", direction="asc") == everything[::-1]
    changed = played.all(place, "updated_at", state="all", sort="updated", since="2026-11-18T12:00:00Z")
    assert changed == sorted(changed, reverse=True)
    assert min(changed) >= "2026-11-18T12:00:00Z"
    assert played.all(place, "comments", state="all", sort="comments")[0] == 4
    titles = played.all(place, "title", state="all", labels="security", creator="bettina-example")
    assert titles == ["token exfiltration in 2.4.1"]


def test_an_issue_has_its_comments_and_a_pull_request_its_commit(played: Played) -> None:
    issues = played.json(f"{FERRYWHEEL}/issues", state="all", per_page=100)
    asked = next(each for each in issues if each["title"] == "token exfiltration in 2.4.1")
    said = played.json(f"{FERRYWHEEL}/issues/{asked['number']}/comments")
    assert (len(said), said[-1]["user"]["login"], said[-1]["author_association"]) == (4, "wren-example", "MEMBER")
    late = played.json(f"{FERRYWHEEL}/issues/{asked['number']}/comments", since="2026-11-19T12:00:00Z")
    assert late == said[-1:]
    assert played.json(f"{FERRYWHEEL}/issues/{asked['number']}") == asked
    pulls = played.json(f"{FERRYWHEEL}/pulls", state="all", per_page=100)
    assert {each["number"] for each in pulls} == {each["number"] for each in issues if "pull_request" in each}
    commit = played.json(f"{FERRYWHEEL}/commits/{pulls[0]['merge_commit_sha']}")
    assert commit["commit"]["message"] == f"{pulls[0]['title']} (#{pulls[0]['number']})"


def test_releases_tags_contributors_and_languages_fit_the_commits(played: Played) -> None:
    tags = played.json(f"{FERRYWHEEL}/tags")
    releases = played.json(f"{FERRYWHEEL}/releases")
    assert [each["name"] for each in tags] == [each["tag_name"] for each in releases]
    assert (
        played.json(f"{FERRYWHEEL}/releases/latest") == releases[0] == played.json(f"{FERRYWHEEL}/releases/tags/v2.4.2")
    )
    wrote = played.all(f"{FERRYWHEEL}/contributors", "contributions")
    assert (sum(wrote), wrote) == (len(played.all(f"{FERRYWHEEL}/commits", "sha")), sorted(wrote, reverse=True))
    assert list(played.json(f"{FERRYWHEEL}/languages")) == ["Python"]


def test_advisories_are_told_by_the_repository_and_by_the_whole_host(played: Played) -> None:
    own = played.json(f"{FERRYWHEEL}/security-advisories")
    assert [(each["ghsa_id"], each["cve_id"], each["severity"]) for each in own] == [
        ("GHSA-xxxx-xxxx-xx24", "CVE-2099-99001", "critical")
    ]
    assert own[0]["vulnerabilities"][0]["vulnerable_version_range"] == ">= 2.4.1, < 2.4.2"
    assert played.json(f"{FERRYWHEEL}/security-advisories", state="draft") == []
    ids = ["GHSA-xxxx-xxxx-xx24", "GHSA-xxxx-xxxx-xx22"]
    assert played.all("/advisories", "ghsa_id") == ids
    assert played.json(f"/advisories/{ids[1]}")["vulnerabilities"][0]["vulnerable_version_range"] == "< 0.15.2"


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"ecosystem": "pip"}, 2),
        ({"ecosystem": "npm"}, 0),
        ({"severity": "critical"}, 1),
        ({"ghsa_id": "GHSA-xxxx-xxxx-xx22"}, 1),
        ({"cve_id": "CVE-2099-99001"}, 1),
        ({"cve_id": "CVE-2099-1"}, 0),
        ({"affects": "inkbarrow-example@0.15.1,other"}, 1),
    ],
)
def test_advisories_of_the_whole_host_are_asked_for_by_what_they_are(
    played: Played, asked: dict[str, str], found: int
) -> None:
    assert len(played.json("/advisories", **asked)) == found


def test_how_much_may_be_asked_is_told_with_every_answer_and_by_itself(played: Played) -> None:
    for used in (1, 2):
        told = played.get(FERRYWHEEL).headers
        assert (told["x-ratelimit-limit"], told["x-ratelimit-remaining"]) == ("5000", str(5000 - used))
        assert (told["x-ratelimit-resource"], told["x-github-media-type"]) == ("core", "github.v3; format=json")
    assert played.json("/rate_limit")["rate"]["used"] == 2


@pytest.mark.parametrize(
    "path",
    [
        "/repos/quillmoor-example/nothing",
        "/repositories/1",
        f"{FERRYWHEEL}/nothing",
        f"{FERRYWHEEL}/issues/999",
        f"{FERRYWHEEL}/issues/999/comments",
        f"{FERRYWHEEL}/commits/0",
        f"{FERRYWHEEL}/releases/tags/v9",
        "/advisories/GHSA-none",
        "/simple/flask/",
        "/v1/vulns/GHSA-none",
        "/x/y/releases.atom",
        "/",
    ],
)
def test_what_is_not_in_the_story_is_not_found(played: Played, path: str) -> None:
    answer = played.get(path)
    assert answer.status_code == 404
    assert answer.json()["replay"] == f"not in the replay: GET {path}"


def test_who_misspells_is_told_what_there_is(played: Played) -> None:
    assert played.get("/repos/quillmoor-example/ferryweel/issues").json()["near"][0] == f"GET {FERRYWHEEL}/issues"
    assert played.client.post(f"{played.url}{FERRYWHEEL}").status_code == 404


def ask(played: Played, *questions: object) -> list[list[str]]:
    """Return the ids that the database of flaws names for some questions."""
    answer = played.client.post(f"{played.url}/v1/querybatch", json={"queries": list(questions)})
    return [[each["id"] for each in result.get("vulns", [])] for result in answer.json()["results"]]


def test_the_database_of_flaws_names_what_a_version_has(played: Played) -> None:
    def package(name: str, ecosystem: str = "PyPI") -> dict[str, str]:
        return {"name": name, "ecosystem": ecosystem}

    worm = ["MAL-2099-99001", "GHSA-xxxx-xxxx-xx24"]
    assert ask(
        played,
        {"package": package("ferrywheel-example"), "version": "2.4.1"},
        {"package": package("Ferrywheel_Example"), "version": "2.4.0"},
        {"package": package("ferrywheel.example")},
        {"package": {"purl": "pkg:pypi/inkbarrow-example@0.18.4?a=b"}},
        {"package": {"purl": "pkg:pypi/inkbarrow-example"}, "version": "0.15.1"},
        {"package": package("ferrywheel-example", "npm"), "version": "2.4.1"},
    ) == [worm, [], worm, ["MAL-2099-99002"], ["GHSA-xxxx-xxxx-xx22"], []]


def test_a_record_has_its_other_names_and_what_to_go_to(played: Played) -> None:
    malicious, advisory = (played.json(f"/v1/vulns/{name}") for name in ("MAL-2099-99001", "GHSA-xxxx-xxxx-xx24"))
    assert malicious["aliases"] == ["GHSA-xxxx-xxxx-xx24"]
    assert advisory["aliases"] == ["CVE-2099-99001", "MAL-2099-99001"]
    assert advisory["affected"][0]["ranges"][0]["events"] == [{"introduced": "2.4.1"}, {"fixed": "2.4.2"}]
    question = {"package": {"name": "ferrywheel-example", "ecosystem": "PyPI"}}
    assert played.client.post(f"{played.url}/v1/query", json=question).json() == {"vulns": [malicious, advisory]}
    nothing = {"package": {"name": "mossgate-example", "ecosystem": "PyPI"}}
    assert played.client.post(f"{played.url}/v1/query", json=nothing).json() == {}


@pytest.mark.parametrize("body", ["", "[", "[]", "{}", '{"queries": [{}]}', '{"queries": [1]}', '{"queries": {}}'])
def test_a_question_that_is_none_is_refused(played: Played, body: str) -> None:
    answer = played.client.post(f"{played.url}/v1/querybatch", content=body)
    assert answer.status_code == 400
    assert answer.json()["code"] == 3
    many = {"queries": [{"package": {"name": "x", "ecosystem": "PyPI"}}] * 1_001}
    assert played.client.post(f"{played.url}/v1/querybatch", json=many).status_code == 400


def test_the_list_of_what_is_exploited_names_the_worm_on_the_last_day(played: Played) -> None:
    told = played.json("/known_exploited_vulnerabilities.json")
    assert (told["count"], told["vulnerabilities"][0]["cveID"]) == (2, "CVE-2099-99001")
    assert told["vulnerabilities"][0]["dateAdded"] == "2026-11-20"
    played.incident.act = 1
    assert played.json("/known_exploited_vulnerabilities.json")["count"] == 1


def test_the_registry_says_which_files_were_yanked_and_why(played: Played) -> None:
    for path in ("/simple/ferrywheel-example/", "/simple/Ferrywheel-Example"):
        answer = played.get(path)
        assert answer.headers["content-type"] == "application/vnd.pypi.simple.v1+json"
        told = {each["filename"]: each for each in answer.json()["files"]}
        assert told["ferrywheel_example-2.4.1.tar.gz"]["yanked"].startswith("malicious: steals tokens")
        assert told["ferrywheel_example-2.4.2-py3-none-any.whl"]["yanked"] is False
        assert told["ferrywheel_example-2.4.1.tar.gz"]["upload-time"] == "2026-11-18T13:30:00Z"
        assert answer.json()["versions"][-2:] == ["2.4.1", "2.4.2"]


def test_feeds_tell_the_newest_first(played: Played) -> None:
    atom, rss = (played.get(path) for path in ("/quillmoor-example/ferrywheel/releases.atom", "/blog/feed.xml"))
    assert [each.headers["content-type"].partition(";")[0] for each in (atom, rss)] == [
        "application/atom+xml",
        "application/rss+xml",
    ]
    titles = [each.text for each in ET.fromstring(atom.content).iter("{http://www.w3.org/2005/Atom}title")]  # noqa: S314
    assert titles[:3] == [
        "Release notes from ferrywheel",
        "ferrywheel 2.4.2",
        "ferrywheel 2.4.1 (YANKED: malicious, do not install)",
    ]
    # By this form a reader knows releases of the code host
    ids = [each.text or "" for each in ET.fromstring(atom.content).iter("{http://www.w3.org/2005/Atom}id")]  # noqa: S314
    assert ids[1] == f"tag:github.com,2008:Repository/{played.json(FERRYWHEEL)['id']}/v2.4.2"
    posts = [each.text for each in ET.fromstring(rss.content).iter("title")]  # noqa: S314
    assert posts[:2] == ["Quillmoor (fictional)", "What happened with ferrywheel 2.4.1"]


def test_the_replay_goes_on_to_another_act_when_it_is_told_to(played: Played) -> None:
    # Given the first look
    played.incident.act = 1
    before = played.json(f"{FERRYWHEEL}/releases/latest")["tag_name"]
    # When it is told to go on
    stand = played.client.post(f"{played.url}/replay/act/2").json()
    # Then it says so, and what is asked for next is of that act
    assert (before, played.json(f"{FERRYWHEEL}/releases/latest")["tag_name"]) == ("v2.4.1", "v2.4.2")
    assert (stand["act"], stand["seen"], stand["seen_until"]) == (2, "second look", "2026-11-20T09:30:00Z")
    assert played.json("/replay") == stand
    for path in stand["paths"]:
        assert played.get(path).status_code == 200, path


@pytest.mark.parametrize("path", ["/replay/act/3", "/replay/act/-1", "/replay/act/x", "/replay/act/", "/replay"])
def test_an_act_that_is_none_is_refused_and_nothing_changes(played: Played, path: str) -> None:
    answer = played.client.post(played.url + path)
    assert (answer.status_code, played.incident.act) == (400, 2)
    assert "0 (before), 1 (first look), 2 (second look)" in answer.json()["message"]


def test_every_answer_says_that_it_is_a_replay(played: Played) -> None:
    for path in (FERRYWHEEL, "/replay", "/nothing", "/simple/ferrywheel-example/"):
        assert played.get(path).headers["x-lookout-replay"] == TITLE


def test_the_same_moment_gives_the_same_bytes() -> None:
    def told(incident: Incident) -> list[tuple[bytes, dict[str, str]]]:
        with playing(incident) as player, httpx2.Client(trust_env=False) as client:
            paths = client.get(f"{player.url}/replay").json()["paths"]
            answers = [client.get(player.url + path) for path in paths]
            own = {"date"}
            return [
                (
                    answer.content,
                    {
                        name: value.replace(player.url, "")
                        for name, value in answer.headers.items()
                        if name.lower() not in own
                    },
                )
                for answer in answers
            ]

    assert told(Incident(NOW)) == told(Incident(NOW))


def test_a_replay_never_runs_dry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orchestrator.recordings.incident.play._LIMIT", 2)
    with playing(Incident(NOW)) as player, httpx2.Client(trust_env=False) as client:
        left = [client.get(player.url + INKBARROW).headers["x-ratelimit-remaining"] for _ in range(4)]
    assert left == ["1", "1", "1", "1"]


def test_an_act_that_there_is_none_of_is_refused_at_once() -> None:
    with pytest.raises(RecordingError, match=r"act 3 is none of the incident's: give 0 \(before\), 1"):
        Incident(NOW, act=len(ACTS))
