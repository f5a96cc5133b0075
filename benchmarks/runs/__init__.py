"""``runs``: what a durable run costs, against raw Celery and other systems, in one run on the same servers."""
