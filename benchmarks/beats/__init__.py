"""Schedulers that are killed and stopped while schedules fall due."""
