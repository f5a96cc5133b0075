"""What an agent is: typed values in, typed values out, with no Celery, no database and no web."""
