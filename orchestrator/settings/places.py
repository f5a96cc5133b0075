"""Where Lookout keeps its data and finds its settings file, after the XDG base directory specification."""

import os
from pathlib import Path

FILE_NAME = "lookout.toml"


def data_home() -> Path:
    """Return the folder for data where none is set: ``$XDG_DATA_HOME/lookout``, else ``~/.local/share/lookout``."""
    return _base("XDG_DATA_HOME", Path(".local", "share")) / "lookout"


def settings_files() -> tuple[Path, ...]:
    """Return the places of the settings file where none is named, the first that exists wins."""
    return Path.cwd() / FILE_NAME, _base("XDG_CONFIG_HOME", Path(".config")) / "lookout" / FILE_NAME


def _base(variable: str, below_home: Path) -> Path:
    """Return an XDG base folder. The specification says to ignore one that is not absolute."""
    named = Path(os.environ.get(variable, ""))
    return named if named.is_absolute() else Path("~").expanduser() / below_home
