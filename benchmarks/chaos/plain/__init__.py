"""The comparison: the same load as a plain Celery canvas with Redis results, under the same disturbances."""
