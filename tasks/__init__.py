"""How it runs on Celery: thin tasks that open the door and delegate."""

from tasks import draining, lifecycle, maintenance, responses, steps, triggers

__all__ = ["draining", "lifecycle", "maintenance", "responses", "steps", "triggers"]
