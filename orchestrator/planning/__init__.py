"""From a trigger to a plan."""
