"""Automated response: rules propose actions, bands decide who decides, and each action is done once and audited."""
