"""The ledger: what may run, what ran, and what comes next. Postgres is the truth, a message only a hint."""
