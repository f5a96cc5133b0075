"""Local git repositories, read by the git command from their objects alone: no working tree, no network, no hooks."""
