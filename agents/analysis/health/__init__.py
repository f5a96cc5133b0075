"""What a repository's history, and its forge, tell of its health: read, measured, scored, and said as findings.

One way through: ``history`` (evidence to values), ``activity``, ``releases``, ``contributors`` and ``signals`` (each a
measure of its own); beside it ``tickets`` and ``forge`` (evidence to values), ``sights`` (how much of them was seen),
``issues``, ``pulls``, ``wave`` and ``critical``, put together in ``community``; then ``score`` (the parts weighed),
``diagnosis`` (all of it in order, and as it was before: ``over_time``), the ``..._findings`` and ``metrics`` (what is
said of it). ``tiers`` and ``patterns`` join the reports of many targets. The formula is in docs/health-score.md.
"""
