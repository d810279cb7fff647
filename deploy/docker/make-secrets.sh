#!/bin/sh
# Makes the secrets that are missing, one file each, in ./secrets; those that are there stay as they are. Lets the containers read
# what was put into ./secrets/dqm: call it again after that.
set -eu
umask 077
folder=${1:-secrets}
mkdir -p "$folder/dqm"
# Containers run as users of their own and must be able to read the files; the folder keeps everybody else out.
chmod 700 "$folder"
random() { head -c 24 /dev/urandom | base64 | tr '+/' '-_' | tr -d '='; }
for name in postgres_password database_password reader_password api_token grafana_admin_password grafana_secret_key; do
  [ -s "$folder/$name" ] || random > "$folder/$name"
done
[ -s "$folder/database_url" ] ||
  printf 'postgres://dtdqm:%s@postgres:5432/dtdqm\n' "$(cat "$folder/database_password")" > "$folder/database_url"
chmod 444 "$folder"/*_*
# Mounted by itself, so the folder above keeps no container out.
chmod -R u+rwX,go=rX "$folder/dqm"
echo "secrets are in $folder; the password of Grafana's admin is in $folder/grafana_admin_password"
