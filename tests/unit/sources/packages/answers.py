"""Answers of package indexes made by hand, in the shapes of the real ones."""

from collections.abc import Sequence
from typing import Any


def file(name: str, *, uploaded: str = "2024-01-02T03:04:05.678901Z", yanked: object = False) -> dict[str, object]:
    """Return a file as PyPI lists it."""
    return {
        "filename": name,
        "url": f"https://files.example.org/{name}",
        "hashes": {"sha256": "0" * 64},
        "requires-python": ">=3.8",
        "size": 1,
        "upload-time": uploaded,
        "yanked": yanked,
        "core-metadata": False,
    }


def simple(*files: object, versions: Sequence[object] | None = None, name: str = "lamp", **more: object) -> Any:  # noqa: ANN401
    """Return what PyPI answers."""
    listed = {} if versions is None else {"versions": [*versions]}
    return {"meta": {"_last-serial": 1, "api-version": "1.3"}, "name": name, "files": [*files], **listed, **more}


def sdists(*released: str) -> list[dict[str, object]]:
    """Return a source archive for each version."""
    return [file(f"lamp-{version}.tar.gz") for version in released]


def packument(*released: str, name: str = "@acme/lamp", latest: object = None, **more: object) -> dict[str, Any]:
    """Return what a registry answers."""
    return {
        "_id": name,
        "name": name,
        "dist-tags": {"latest": latest or released[-1]},
        "versions": {one: {"name": name, "version": one, "dist": {}} for one in released},
        "time": {
            "created": "2020-01-01T00:00:00.000Z",
            "modified": "2024-05-01T00:00:00.000Z",
            **dict.fromkeys(released, "2024-01-02T03:04:05.678Z"),
        },
        **more,
    }
