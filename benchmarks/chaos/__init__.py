"""Chaos: the real stack as processes, disturbed from a seed, and its ledger held against an independent log."""
