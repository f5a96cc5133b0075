"""Repositories, their commits, tags and releases, as the code host's REST interface writes them."""

from collections import Counter

from orchestrator.recordings.incident.accounts import Document, account
from orchestrator.recordings.incident.story import Commit, Person, Release, Repository
from orchestrator.recordings.incident.words import API, WEB, id_of, iso, node_id

BRANCH = "main"
_TEMPLATES = {
    "archive": "{archive_format}{/ref}", "assignees": "{/user}", "blobs": "/git/blobs{/sha}", "branches": "{/branch}",
    "collaborators": "{/collaborator}", "comments": "{/number}", "commits": "{/sha}", "compare": "{base}...{head}",
    "contents": "{+path}", "contributors": "", "deployments": "", "downloads": "", "events": "", "forks": "",
    "git_commits": "{/sha}", "git_refs": "{/sha}", "git_tags": "{/sha}", "hooks": "", "issue_comment": "{/number}",
    "issue_events": "{/number}", "issues": "{/number}", "keys": "{/key_id}", "labels": "{/name}", "languages": "",
    "merges": "", "milestones": "{/number}", "notifications": "{?since,all,participating}", "pulls": "{/number}",
    "releases": "{/id}", "stargazers": "", "statuses": "{sha}", "subscribers": "", "subscription": "", "tags": "",
    "teams": "", "trees": "{/sha}",
}  # fmt: skip
"""What can be asked of a repository, with the form of what follows."""
_LICENSE = {
    "key": "apache-2.0",
    "name": "Apache License 2.0",
    "spdx_id": "Apache-2.0",
    "url": f"{API}/licenses/apache-2.0",
}


def repository(one: Repository) -> Document:
    """Return a repository as a whole."""
    url, page = api(one), f"{WEB}/{one.full_name}"
    waiting = sum(1 for each in one.issues if each.closed_at is None)
    pushed = max([one.created_at, *(each.at for each in one.commits)])
    return {
        "id": one.id,
        "node_id": node_id("Repository", one.full_name),
        "name": one.name,
        "full_name": one.full_name,
        "private": False,
        "owner": account(one.owner),
        "html_url": page,
        "description": one.about,
        "fork": False,
        "url": url,
        **{f"{name}_url": f"{url}/{name}{form}" for name, form in _TEMPLATES.items()},
        "git_url": page.replace("https://", "git://") + ".git",
        "ssh_url": f"git@github.example:{one.full_name}.git",
        "clone_url": f"{page}.git",
        "svn_url": page,
        "mirror_url": None,
        "homepage": one.homepage or None,
        "language": "Python",
        "license": {**_LICENSE, "node_id": node_id("License", "apache-2.0")},
        "topics": ["python", "fictional"],
        "default_branch": BRANCH,
        "visibility": "public",
        "size": 40 * len(one.commits),
        **dict.fromkeys(("stargazers_count", "watchers_count", "watchers"), one.stars),
        **dict.fromkeys(("forks_count", "forks", "network_count"), one.forks),
        **dict.fromkeys(("open_issues_count", "open_issues"), waiting),
        "subscribers_count": one.stars // 60,
        **{f"has_{name}": name != "wiki" for name in ("issues", "projects", "wiki", "downloads")},
        **{f"has_{name}": False for name in ("pages", "discussions")},
        "is_template": False,
        "archived": False,
        "disabled": False,
        "allow_forking": True,
        "web_commit_signoff_required": False,
        "organization": account(one.owner),
        "created_at": iso(one.created_at),
        "pushed_at": iso(pushed),
        "updated_at": iso(pushed),
    }


def commit(one: Commit, *, repository: Repository, parent: str = "") -> Document:
    """Return a commit; what it changed is not said."""
    url, page = f"{api(repository)}/commits/{one.sha}", f"{WEB}/{repository.full_name}/commit/"
    signed = {"name": one.author.name, "email": one.author.email, "date": iso(one.at)}
    tree = {"sha": one.sha[::-1], "url": f"{api(repository)}/git/trees/{one.sha[::-1]}"}
    parents = [{"sha": parent, "url": f"{api(repository)}/commits/{parent}", "html_url": page + parent}]
    return {
        "sha": one.sha,
        "node_id": node_id("Commit", one.sha),
        "commit": {
            "author": signed,
            "committer": signed,
            "message": one.message,
            "tree": tree,
            "url": f"{api(repository)}/git/commits/{one.sha}",
            "comment_count": 0,
            "verification": {
                "verified": False,
                "reason": "unsigned",
                "signature": None,
                "payload": None,
                "verified_at": None,
            },
        },
        "url": url,
        "html_url": page + one.sha,
        "comments_url": f"{url}/comments",
        "author": account(one.author),
        "committer": account(one.author),
        "parents": parents if parent else [],
    }


def commits(one: Repository) -> list[Document]:
    """Return all commits of a repository, the newest first, each on the one before it."""
    parents = ["", *(each.sha for each in one.commits)]
    told = [commit(each, repository=one, parent=parent) for each, parent in zip(one.commits, parents, strict=False)]
    return told[::-1]


def release(one: Release, *, repository: Repository) -> Document:
    """Return a release; it has no files, for those are in the registry."""
    number = id_of("release", repository.full_name, one.version)
    url = f"{api(repository)}/releases/{number}"
    return {
        "url": url,
        "assets_url": f"{url}/assets",
        "upload_url": f"https://uploads.github.example/repos/{repository.full_name}/releases/{number}/assets"
        "{?name,label}",
        "html_url": f"{WEB}/{repository.full_name}/releases/tag/{one.tag}",
        "id": number,
        "node_id": node_id("Release", repository.full_name, one.version),
        "author": account(one.author),
        "tag_name": one.tag,
        "target_commitish": BRANCH,
        "name": one.title,
        "body": one.notes,
        "draft": False,
        "prerelease": False,
        "immutable": False,
        "created_at": iso(one.at),
        "published_at": iso(one.at),
        "updated_at": iso(one.updated_at),
        "assets": [],
        "tarball_url": f"{api(repository)}/tarball/{one.tag}",
        "zipball_url": f"{api(repository)}/zipball/{one.tag}",
    }


def tag(one: Release, *, repository: Repository) -> Document:
    """Return the tag of a release."""
    return {
        "name": one.tag,
        "commit": {"sha": one.sha, "url": f"{api(repository)}/commits/{one.sha}"},
        "zipball_url": f"{api(repository)}/zipball/refs/tags/{one.tag}",
        "tarball_url": f"{api(repository)}/tarball/refs/tags/{one.tag}",
        "node_id": node_id("Ref", repository.full_name, one.tag),
    }


def contributors(one: Repository) -> list[Document]:
    """Return who wrote the commits, whoever wrote most first."""
    wrote: Counter[Person] = Counter(each.author for each in one.commits)
    return [{**account(person), "contributions": count} for person, count in wrote.most_common()]


def api(one: Repository) -> str:
    """Return a repository's address, as the interface writes it."""
    return f"{API}/repos/{one.full_name}"
