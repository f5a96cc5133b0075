"""``plans``: makespan of real plans with uneven steps, held against highest-level-first list scheduling."""
