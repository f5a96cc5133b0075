# The database's container sources this once, when its data folder is empty: the roles and the database of roles.sql,
# with passwords that are files. They are given to psql alone; the server must not inherit them.
OWNER_PASSWORD=$(cat /run/secrets/owner_password) APP_PASSWORD=$(cat /run/secrets/app_password) \
    PGHOST='' PGHOSTADDR='' psql --no-psqlrc --no-password --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
    --file /etc/lookout/roles.sql
