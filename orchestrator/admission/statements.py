"""The SQL of admission: how much is under way, and how fast it goes. Nothing is written here.

Both statements read indexes alone, and no further than they must: what is over a bound need not be counted to its end.
"""

from sqlalchemy import text

LOAD = text("""
    SELECT (SELECT count(*) FROM (SELECT FROM runs WHERE state = 'running' LIMIT :runs) live) AS runs,
           (SELECT count(*) FROM (SELECT FROM steps WHERE state = 'pending' LIMIT :steps) waiting) AS steps
""")
"""How many runs are live, and how many steps wait, each counted up to a limit."""

PACE = text("""
    SELECT count(*) FROM (
        SELECT FROM runs WHERE finished_at > now() - make_interval(secs => :seconds)
           AND finished_at IS NOT NULL AND pruned_at IS NULL
        LIMIT :most
    ) ended
""")
"""How many runs have ended lately."""
