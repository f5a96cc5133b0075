"""Accounts, labels and reactions, as the code host's REST interface writes them into everything else."""

from typing import Any

from orchestrator.recordings.incident.story import Person, Repository
from orchestrator.recordings.incident.words import API, WEB, id_of, node_id

Document = dict[str, Any]
_UNDER = {
    "followers_url": "/followers",
    "following_url": "/following{/other_user}",
    "gists_url": "/gists{/gist_id}",
    "starred_url": "/starred{/owner}{/repo}",
    "subscriptions_url": "/subscriptions",
    "organizations_url": "/orgs",
    "repos_url": "/repos",
    "events_url": "/events{/privacy}",
    "received_events_url": "/received_events",
}
_SMILES = ("+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes")


def account(person: Person) -> Document:
    """Return an account."""
    url = f"{API}/users/{person.login}"
    return {
        "login": person.login,
        "id": id_of("user", person.login),
        "node_id": node_id("User", person.login),
        "avatar_url": f"https://avatars.github.example/u/{id_of('user', person.login)}",
        "gravatar_id": "",
        "url": url,
        "html_url": f"{WEB}/{person.login}",
        **{name: url + path for name, path in _UNDER.items()},
        "type": person.kind,
        "user_view_type": "public",
        "site_admin": False,
    }


def label(name: str, *, repository: Repository) -> Document:
    """Return a label."""
    return {
        "id": id_of("label", repository.full_name, name),
        "node_id": node_id("Label", repository.full_name, name),
        "url": f"{API}/repos/{repository.full_name}/labels/{name}",
        "name": name,
        "color": "b60205" if name == "security" else "ededed",
        "default": name != "security",
        "description": None,
    }


def reactions(count: int, *, url: str) -> Document:
    """Return how often people answered with a sign, all of them with the same one."""
    return {"url": f"{url}/reactions", "total_count": count, **{name: count * (name == "+1") for name in _SMILES}}


def standing(person: Person, *, repository: Repository) -> str:
    """Return what somebody is to a repository."""
    return "MEMBER" if person in repository.people else "NONE"
