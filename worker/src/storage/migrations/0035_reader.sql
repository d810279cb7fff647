-- Grafana reads the reporting views and nothing else. The role has no password and cannot log in: a login role that is
-- a member of it does (deploy/postgres/reader.sql, or "npm start -- --grafana").

create function grant_reporting() returns boolean language plpgsql as $$
begin
  if not exists (select from pg_roles where rolname = 'dtdqm_reader') then return false; end if;
  grant usage on schema reporting to dtdqm_reader;
  grant select on all tables in schema reporting to dtdqm_reader;
  alter default privileges in schema reporting grant select on tables to dtdqm_reader;
  return true;
end $$;
comment on function grant_reporting() is 'Gives dtdqm_reader the reporting views; false when an administrator has yet to make the role.';

do $$
begin
  create role dtdqm_reader nologin;
exception
  -- Roles belong to the server: another database of it may have made this one, at this very moment too.
  when duplicate_object or unique_violation then null;
  when insufficient_privilege then raise notice 'role dtdqm_reader cannot be made: see docs/operations/database.md';
end $$;

select grant_reporting();
