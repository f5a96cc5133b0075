"""One machine, nothing to install: the embedded Postgres and Valkey, and the supervisor of a whole stack."""
