-- Run once by the administrator of the database, where n8n is: services have no right to make roles.
-- n8n shares the server and nothing else: its own schema, its own role, ten connections. The password is that of the
-- secret N8N_DB_PASSWORD: psql --set=password="$(cat N8N_DB_PASSWORD)" --file=operations/n8n.sql
CREATE ROLE n8n LOGIN PASSWORD :'password' CONNECTION LIMIT 10;
CREATE SCHEMA n8n AUTHORIZATION n8n;
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM n8n;
ALTER ROLE n8n SET search_path = n8n;
