"""The agents, one a file; none knows another."""
