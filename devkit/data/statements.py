"""The statements beside a dump or a load, for psql, which fills in and quotes the ``:'names'``."""

from __future__ import annotations

LOADING = "devkit_loading_"
"""How databases begin that are being loaded, and are not swapped in yet."""
REPLACED = "devkit_replaced_"
"""How a database begins that has been replaced, and is about to be dropped."""
KEPT = "devkit_snapshot_"
"""How a database begins that has been replaced, and stays as a snapshot of that name."""
MAJOR_STEP = 10_000

VERSION = "SELECT current_setting('server_version_num');\n"

CREATE = """\
SELECT format(
    'CREATE DATABASE %I WITH TEMPLATE template0 OWNER %I ENCODING %L LC_COLLATE %L LC_CTYPE %L',
    :'new', pg_get_userbyid(datdba), pg_encoding_to_char(encoding), datcollate, datctype
) FROM pg_database WHERE datname = :'name' \\gexec
INSERT INTO pg_db_role_setting (setdatabase, setrole, setconfig)
SELECT n.oid, s.setrole, s.setconfig FROM pg_db_role_setting s
JOIN pg_database o ON o.oid = s.setdatabase AND o.datname = :'name',
pg_database n WHERE n.datname = :'new';
"""
"""A new, empty database beside the one it is to replace, with its encoding and settings."""

SWAP = """\
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname IN (:'name', :'new')
\\g /dev/null
BEGIN;
ALTER DATABASE :"name" RENAME TO :"replaced";
ALTER DATABASE :"new" RENAME TO :"name";
COMMENT ON DATABASE :"replaced" IS :'comment';
COMMENT ON DATABASE :"name" IS NULL;
COMMIT;
"""
"""Lets the new database take the place of the old one, in one step."""

LIST_KEPT = """\
SELECT json_build_object(
    'name', datname, 'size', pg_database_size(oid)::text,
    'comment', shobj_description(oid, 'pg_database')
) FROM pg_database WHERE starts_with(datname, :'kept');
"""
"""The databases that are kept as snapshots, one a line."""
DROP_KEPT = """\
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :'kept'
\\g /dev/null
DROP DATABASE :"kept";
"""

DROP_LEFTOVERS = """\
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE starts_with(datname, :'loading') OR starts_with(datname, :'replaced')
\\g /dev/null
SELECT format('DROP DATABASE IF EXISTS %I', datname) FROM pg_database
WHERE starts_with(datname, :'loading') OR starts_with(datname, :'replaced') \\gexec
"""
"""Drops what loads left whose devkit was killed; nobody but us begins names like this."""
