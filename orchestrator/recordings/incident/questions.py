"""Issues, pull requests and comments, as the code host's REST interface writes them."""

from orchestrator.recordings.incident.accounts import Document, account, label, reactions, standing
from orchestrator.recordings.incident.places import BRANCH, api
from orchestrator.recordings.incident.places import repository as whole
from orchestrator.recordings.incident.story import Comment, Issue, Repository
from orchestrator.recordings.incident.words import WEB, id_of, iso, maybe_iso, node_id


def issue(one: Issue, *, repository: Repository) -> Document:
    """Return an issue, or a pull request as lists of issues hold it."""
    url = f"{api(repository)}/issues/{one.number}"
    kind = "pull" if one.sha else "issues"
    page = f"{WEB}/{repository.full_name}/{kind}/{one.number}"
    told = {
        "url": url,
        "repository_url": api(repository),
        "labels_url": f"{url}/labels{{/name}}",
        "comments_url": f"{url}/comments",
        "events_url": f"{url}/events",
        "timeline_url": f"{url}/timeline",
        "html_url": page,
        "id": id_of("issue", repository.full_name, one.number),
        "comments": len(one.comments),
        "reactions": reactions(one.reactions, url=url),
        "state_reason": one.reason or None,
        "closed_by": None,
        **_both(one, repository=repository, kind="Issue"),
    }
    if one.sha:
        told["draft"] = False
        told["pull_request"] = {
            "url": f"{api(repository)}/pulls/{one.number}",
            "html_url": page,
            "diff_url": f"{page}.diff",
            "patch_url": f"{page}.patch",
            "merged_at": maybe_iso(one.closed_at),
        }
    return told


def pull(one: Issue, *, repository: Repository) -> Document:
    """Return a pull request as lists of pull requests hold it."""
    url, page = f"{api(repository)}/pulls/{one.number}", f"{WEB}/{repository.full_name}/pull/{one.number}"
    links = {
        "self": url,
        "html": page,
        "issue": f"{api(repository)}/issues/{one.number}",
        "comments": f"{api(repository)}/issues/{one.number}/comments",
        "review_comments": f"{url}/comments",
        "review_comment": f"{api(repository)}/pulls/comments{{/number}}",
        "commits": f"{url}/commits",
        "statuses": f"{api(repository)}/statuses/{one.sha}",
    }
    return {
        "url": url,
        "html_url": page,
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
        "issue_url": links["issue"],
        **{
            f"{name}_url": links[name]
            for name in ("commits", "review_comments", "review_comment", "comments", "statuses")
        },
        "id": id_of("pull", repository.full_name, one.number),
        **_both(one, repository=repository, kind="PullRequest"),
        "merged_at": maybe_iso(one.closed_at),
        "merge_commit_sha": one.sha if one.closed_at else None,
        "requested_reviewers": [],
        "requested_teams": [],
        "head": _end(one, repository, ref=f"change-{one.number}"),
        "base": _end(one, repository, ref=BRANCH),
        "_links": {name: {"href": link} for name, link in links.items()},
        "auto_merge": None,
        "draft": False,
    }


def comment(one: Comment, *, issue: Issue, repository: Repository) -> Document:
    """Return a comment on an issue."""
    number = id_of("comment", repository.full_name, issue.number, iso(one.at))
    url = f"{api(repository)}/issues/comments/{number}"
    return {
        "url": url,
        "html_url": f"{WEB}/{repository.full_name}/issues/{issue.number}#issuecomment-{number}",
        "issue_url": f"{api(repository)}/issues/{issue.number}",
        "id": number,
        "node_id": node_id("IssueComment", number),
        "user": account(one.author),
        "created_at": iso(one.at),
        "updated_at": iso(one.at),
        "author_association": standing(one.author, repository=repository),
        "body": one.text,
        "reactions": reactions(0, url=url),
        "performed_via_github_app": None,
    }


def _both(one: Issue, *, repository: Repository, kind: str) -> Document:
    """Return what issues and pull requests have in common."""
    return {
        "node_id": node_id(kind, repository.full_name, one.number),
        "number": one.number,
        "title": one.title,
        "user": account(one.author),
        "labels": [label(name, repository=repository) for name in one.labels],
        "state": "open" if one.closed_at is None else "closed",
        "locked": False,
        "active_lock_reason": None,
        "assignee": None,
        "assignees": [],
        "milestone": None,
        "created_at": iso(one.at),
        "updated_at": iso(one.updated_at),
        "closed_at": maybe_iso(one.closed_at),
        "author_association": standing(one.author, repository=repository),
        "body": one.text or None,
    }


def _end(one: Issue, repository: Repository, *, ref: str) -> Document:
    """Return one end of a pull request: all branches are in the repository itself."""
    place = {"user": account(repository.owner), "repo": whole(repository)}
    return {"label": f"{repository.owner.login}:{ref}", "ref": ref, **place, "sha": one.sha}
