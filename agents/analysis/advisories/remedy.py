"""What to do about an exposure, in one line. Two flaws of one package that one upgrade mends have the same line."""

from agents.analysis.advisories.exposure import Exposure
from agents.analysis.advisories.upgrade import Upgrade


def next_action(exposure: Exposure) -> str:
    """Return what to do, in one line."""
    return removal(exposure) if exposure.malicious else upgrading(exposure)


def removal(exposure: Exposure) -> str:
    """Return what to do about a package made to do harm; another release stands last, where a clean one is known."""
    name = exposure.dependencies[0].name
    versions = ", ".join(exposure.versions)
    what = f"{name} {versions}" if versions else name
    clean = [step.version for step in exposure.upgrades] or [version for _, version in exposure.retreats]
    after = f"; {name} {', '.join(dict.fromkeys(clean))} is not known to be harmful" if clean else ""
    return f"Remove {what}: it was made to do harm; rotate every credential that it could reach{after}"


def upgrading(exposure: Exposure) -> str:
    """Return from which versions to which, and for which no way out is known."""
    name, stuck = exposure.dependencies[0].name, exposure.stuck
    steps = [f"from {step.current} to {step.version} ({step.far})" for step in exposure.upgrades]
    if not stuck:
        return f"Upgrade {name} {'; '.join(steps)}"
    no_way = f"no version is known to fix {name} {', '.join(stuck)}: replace it, or take away what exposes it"
    return f"Upgrade {name} {'; '.join([*steps, no_way])}" if steps else no_way[0].upper() + no_way[1:]


def moving(name: str, version: str, *, upgrade: Upgrade | None, back: str) -> str:
    """Return what to do about one release that should not be used, in one line; ``back`` is an earlier one or empty."""
    if upgrade:
        return f"Upgrade {name} from {version} to {upgrade.version} ({upgrade.far})"
    if back:
        return f"Go back from {name} {version} to {back}: there is no later release to go to"
    return f"Replace {name} {version}: there is no release of it to go to"
