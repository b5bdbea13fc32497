"""A plain dump on its way into a new database."""

from __future__ import annotations

import time

import pytest

from devkit.data.plainsql import CutShortError, PlainSql, SeveralDatabasesError

DUMP = rb"""--
-- PostgreSQL database dump
--

\restrict AbC123

SET statement_timeout = 0;
SET transaction_timeout = 0;

ALTER TABLE ONLY public.notes DROP CONSTRAINT notes_pkey;
DROP INDEX public.notes_text;
DROP TABLE public.notes;
DROP MATERIALIZED VIEW public.seen;
DROP DATABASE shop;
CREATE DATABASE shop WITH TEMPLATE = template0 ENCODING = 'UTF8';
ALTER DATABASE shop OWNER TO bob;
\connect shop

CREATE TABLE public.notes (id integer, text text);
ALTER TABLE public.notes OWNER TO bob;

COPY public.empty (id) FROM stdin;
\.

COPY public.notes (id, text) FROM stdin;
1	ALTER TABLE public.notes OWNER TO bob;
2	\N
GRANT ALL ON TABLE x TO y;
\connect nowhere
\\.
\.

GRANT SELECT ON TABLE public.notes TO reader;
DROP TABLE public.later;
ALTER DEFAULT PRIVILEGES FOR ROLE bob GRANT ALL ON TABLES TO reader;
\unrestrict AbC123
-- PostgreSQL database dump complete
"""

FITTED = rb"""--
-- PostgreSQL database dump
--



SET statement_timeout = 0;


ALTER TABLE IF EXISTS ONLY public.notes DROP CONSTRAINT IF EXISTS notes_pkey;
DROP INDEX IF EXISTS public.notes_text;
DROP TABLE IF EXISTS public.notes;
DROP MATERIALIZED VIEW IF EXISTS public.seen;





CREATE TABLE public.notes (id integer, text text);


COPY public.empty (id) FROM stdin;
\.

COPY public.notes (id, text) FROM stdin;
1	ALTER TABLE public.notes OWNER TO bob;
2	\N
GRANT ALL ON TABLE x TO y;
\connect nowhere
\\.
\.


DROP TABLE public.later;


-- PostgreSQL database dump complete
"""


def chunks(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 64, 100_000])
def test_roles_and_databases_are_left_out_and_rows_are_not_touched(size: int) -> None:
    assert b"".join(PlainSql().fit(chunks(DUMP, size))) == FITTED


@pytest.mark.parametrize("size", [1, 4, 1000])
def test_the_line_ends_of_windows_end_rows_too(size: int) -> None:
    dump = b"COPY a FROM stdin;\r\n\\.\r\nGRANT ALL ON TABLE a TO b;\r\nSELECT 1;"
    fitted = b"".join(PlainSql().fit(chunks(dump, size)))
    assert fitted == b"COPY a FROM stdin;\r\n\\.\r\n\nSELECT 1;"


INSIDE = rb"""CREATE TABLE post (id int, text text);
INSERT INTO post VALUES (1, 'Run this:
GRANT ALL ON x TO joe;
\c shop
COPY t FROM stdin;
it''s', date'2026-01-01\', "odd
GRANT ALL ON x TO joe;
name");
INSERT INTO post VALUES (2, E'it\'s ''one\\''
GRANT ALL ON x TO joe;
'), (3, 'a $1 -- b'), (4, a$b$c);
-- Name: don't; Owner: "joe
/* it's /* nested */ still
GRANT ALL ON x TO joe;
*/
CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $_$
BEGIN
EXECUTE $$it's "odd$$;
ALTER TABLE post OWNER TO joe;
END $_$;
\echo it's
SELECT 1 - 2 / 3 \g it's
ALTER TABLE post ADD COLUMN note text DEFAULT 'one
GRANT ALL ON x TO joe;
two';
COPY post FROM stdin;
5	it's $$ /* "
\.
"""
"""What looks like a statement in it is somebody's text."""


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 64, 100_000])
def test_what_is_in_strings_and_bodies_is_not_touched(size: int) -> None:
    assert b"".join(PlainSql().fit(chunks(INSIDE, size))) == INSIDE
    behind = INSIDE + b"GRANT ALL ON post TO joe;\n"
    assert b"".join(PlainSql().fit(chunks(behind, size))) == INSIDE + b"\n"


def test_where_backslashes_escape_they_do_in_every_string() -> None:
    off = rb"""SET standard_conforming_strings = off;
SELECT 'it\'s
GRANT ALL ON x TO joe;
';
"""
    assert b"".join(PlainSql().fit([off])) == off
    on = off.replace(b"off", b"on")
    assert b"".join(PlainSql().fit([on])) == on.replace(b"GRANT ALL ON x TO joe;", b"")


def test_statements_of_many_rows_go_through() -> None:
    rows = b"""INSERT INTO a VALUES (1, 'love''s', '{"a": "b"}', E'\\'', NULL);\n""" * 20_000
    dump = rows + b"GRANT ALL ON a TO b;\n" + rows
    assert b"".join(PlainSql().fit(chunks(dump, 1_000_000))) == rows + b"\n" + rows


def test_a_line_of_any_length_is_read_once() -> None:
    """One that came in 256 pieces took 256 times as long when each was joined to those before."""
    piece = b"ab" * 2**15

    def seconds(count: int) -> float:
        chunks = [b"INSERT INTO t VALUES ('", *[piece] * count, b"');\n"]
        began = time.process_time()
        assert b"".join(PlainSql().fit(chunks)) == b"".join(chunks)
        return time.process_time() - began

    assert seconds(1024) < 40 * max(seconds(128), 0.005)


def test_a_second_database_is_noticed() -> None:
    with pytest.raises(SeveralDatabasesError):
        list(PlainSql().fit([b"CREATE TABLE a (b int);\n\\connect other\n"]))


WHOLE = b"--\n-- PostgreSQL database dump\n--\nSELECT 1;\n-- PostgreSQL database dump complete\n"


@pytest.mark.parametrize(
    "dump",
    [b"COPY a FROM stdin;\n1\n2\nGRANT x TO y;", b"COPY a FROM stdin;\n", WHOLE[:60], WHOLE[:-20]],
)
def test_a_dump_that_is_cut_off_is_noticed(dump: bytes) -> None:
    with pytest.raises(CutShortError):
        list(PlainSql().fit([dump]))


def test_a_dump_of_any_hand_needs_no_last_line() -> None:
    assert b"".join(PlainSql().fit([WHOLE])) == WHOLE
    assert b"".join(PlainSql().fit([b"SELECT 1;"])) == b"SELECT 1;"
