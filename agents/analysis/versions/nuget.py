"""NuGet: SemVer 2.0.0 with a fourth number and without case (NuGet's "Package versioning"), by univers."""


def nuget_key(version: str) -> tuple[object, ...] | None:
    """Return the key of a NuGet version; None where it is none."""
    from univers.nuget import InvalidNuGetVersion, Version  # noqa: PLC0415  heavy; few watch NuGet packages

    try:
        parsed = Version.from_string(version)
    except (ValueError, InvalidNuGetVersion):
        return None
    return None if parsed is None else (parsed,)
