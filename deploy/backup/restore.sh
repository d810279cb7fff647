#!/bin/sh
# Fills an empty database from a dump: restore.sh FILE
# DATABASE_URL (or DATABASE_URL_FILE) says where; a database that holds anything of the monitor is refused. All or nothing.
set -eu
file=${1:?usage: restore.sh FILE}
url=${DATABASE_URL:-$(head -n 1 "${DATABASE_URL_FILE:?set DATABASE_URL or DATABASE_URL_FILE}")}
present=$(psql --no-psqlrc --tuples-only --no-align --dbname="$url" --command="select count(*) from pg_class where relname = 'run' and relkind = 'r'")
if [ "$present" != 0 ]; then
  echo "restore.sh: the database holds runs already; name an empty one" >&2
  exit 1
fi
pg_restore --no-owner --no-privileges --exit-on-error --single-transaction --dbname="$url" "$file"
# Rights are not in the dump: roles belong to the server.
readable=$(psql --no-psqlrc --tuples-only --no-align --dbname="$url" --command='select grant_reporting()')
[ "$readable" = t ] || echo "restore.sh: there is no role dtdqm_reader yet; make it with deploy/postgres/reader.sql, for Grafana" >&2
psql --no-psqlrc --quiet --dbname="$url" --command='set client_min_messages = error' --command='analyze'
