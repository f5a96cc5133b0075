-- The database and its roles, as docs/operations.md explains them: run once, as a superuser, with psql.
--
--     OWNER_PASSWORD=... APP_PASSWORD=... psql --file deploy/postgres/roles.sql postgresql://SUPERUSER@HOST/postgres
--
-- lookout_owner owns the database and its tables, and runs the migrations. lookout_app is what everything else works
-- as: neither superuser nor owner.

\set ON_ERROR_STOP on
\getenv owner_password OWNER_PASSWORD
\getenv app_password APP_PASSWORD

CREATE ROLE lookout_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE lookout_app LOGIN PASSWORD :'app_password';
CREATE DATABASE lookout OWNER lookout_owner;

\connect lookout

REVOKE ALL ON DATABASE lookout FROM PUBLIC;
GRANT CONNECT ON DATABASE lookout TO lookout_app;
GRANT USAGE ON SCHEMA public TO lookout_app;
ALTER DEFAULT PRIVILEGES FOR ROLE lookout_owner GRANT USAGE ON SCHEMAS TO lookout_app;
ALTER DEFAULT PRIVILEGES FOR ROLE lookout_owner GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO lookout_app;
ALTER DEFAULT PRIVILEGES FOR ROLE lookout_owner GRANT USAGE, SELECT ON SEQUENCES TO lookout_app;
