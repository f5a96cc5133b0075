"""How it runs on Celery: thin tasks that open the door and delegate."""

from tasks import lifecycle, maintenance, responses, steps, triggers

__all__ = ["lifecycle", "maintenance", "responses", "steps", "triggers"]
