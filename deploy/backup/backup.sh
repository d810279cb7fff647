#!/bin/sh
# Writes one compressed dump of the monitor's database: backup.sh FOLDER [KEEP]
# DATABASE_URL (or DATABASE_URL_FILE) says which; pg_dump must not be older than the server. A dump appears under its name only when it is whole; KEEP newest ones stay (14).
set -eu
folder=${1:?usage: backup.sh FOLDER [KEEP]}
keep=${2:-14}
url=${DATABASE_URL:-$(head -n 1 "${DATABASE_URL_FILE:?set DATABASE_URL or DATABASE_URL_FILE}")}
umask 077
mkdir -p "$folder"
file=$folder/dtdqm-$(date -u +%Y%m%dT%H%M%SZ).dump
trap 'rm -f "$file.part"' EXIT
pg_dump --format=custom --compress=6 --no-owner --no-privileges --dbname="$url" --file="$file.part"
pg_restore --list "$file.part" > /dev/null
mv "$file.part" "$file"
ls -1 "$folder"/dtdqm-*.dump | sort -r | tail -n "+$((keep + 1))" | xargs -r rm --
echo "$file"
