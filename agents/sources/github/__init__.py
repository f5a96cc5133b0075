"""GitHub's REST interface: repositories, commits, releases, issues and pull requests as evidence."""
