#!/bin/sh
# Forgets why runs older than so many days were scored as they were: retention.sh [DAYS] (180). Scores, verdicts, faults,
# matrices, incidents and labels stay for ever. Works in small steps, so that nobody waits.
set -eu
days=${1:-180}
url=${DATABASE_URL:-$(head -n 1 "${DATABASE_URL_FILE:?set DATABASE_URL or DATABASE_URL_FILE}")}
total=0
while :; do
  done=$(psql --no-psqlrc --tuples-only --no-align --set ON_ERROR_STOP=1 --set days="$days" --dbname="$url" <<'SQL'
select drop_saliency(make_interval(days => :days));
SQL
  )
  [ "$done" -gt 0 ] || break
  total=$((total + done))
done
echo "reasons of $total runs forgotten"
