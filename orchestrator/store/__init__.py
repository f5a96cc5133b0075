"""Where everything is kept: one engine, the tables, the SQL."""
