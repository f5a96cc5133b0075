"""The one way to outside services: limits, conditional requests, and what an answer means."""
