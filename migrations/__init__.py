"""The schema's history, one file a step; ``lookout migrate`` walks it."""
