"""``identical``: one bundle replayed many times, under a frozen clock and a given run id, gives the same bytes."""
