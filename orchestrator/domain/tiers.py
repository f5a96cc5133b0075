"""How much a target matters."""

TIERS = ("critical", "tech_stack", "infrastructure", "tools")
"""Most first."""
