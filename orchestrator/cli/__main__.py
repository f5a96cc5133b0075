"""``python -m orchestrator.cli`` is ``lookout``."""

from orchestrator.cli.main import main

main()
