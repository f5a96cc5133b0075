#!/bin/sh
# Makes the passwords that docker-compose.yml reads, each in a file of its own. What is there already stays as it is.
#
#     sh deploy/secrets.sh [FOLDER]
#
# The folder is closed to other users of this machine. The files are not: containers' users, who have numbers of their
# own, read them where they are mounted one by one.
set -eu

folder=${1:-$(dirname "$0")/../secrets}
umask 077
mkdir -p "$folder"
chmod 700 "$folder"

# keep NAME VALUE: in one step, so that an interruption leaves no half of one.
keep() {
    [ -s "$folder/$1" ] && return
    printf '%s\n' "$2" > "$folder/$1.new"
    chmod 644 "$folder/$1.new"
    mv "$folder/$1.new" "$folder/$1"
    echo "made $1"
}

# Letters and digits alone: they go into addresses.
random() {
    od -An -N24 -tx1 /dev/urandom | tr -d ' \n'
}

for name in postgres owner app broker; do
    keep "${name}_password" "$(random)"
done
keep database_url "postgresql://lookout_app:$(cat "$folder/app_password")@postgres:5432/lookout"
keep owner_database_url "postgresql://lookout_owner:$(cat "$folder/owner_password")@postgres:5432/lookout"
keep broker_url "redis://:$(cat "$folder/broker_password")@valkey:6379/0"
keep flower_basic_auth "lookout:$(random)"
