"""``approvals``: what runs cost that wait for a person, and how soon they go on once somebody has answered."""
