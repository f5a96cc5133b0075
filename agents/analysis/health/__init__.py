"""What a repository's history tells of its health: read, measured part by part, scored, and said as findings.

One way through: ``history`` (evidence to values), ``activity``, ``releases``, ``contributors`` and ``signals`` (each a
measure of its own), ``score`` (the parts weighed), ``findings`` and ``metrics`` (what is said of it), ``diagnosis``
(all of it in order). The formula is written out in docs/health-score.md.
"""
