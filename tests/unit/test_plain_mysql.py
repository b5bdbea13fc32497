"""Dumps of MySQL and MariaDB on their way into one database, and out of one."""

from __future__ import annotations

import re

import pytest

from devkit.data.mysqltext import LOOK_AHEAD
from devkit.data.plainmysql import DefinerFree, OtherDatabaseError, PlainMySql
from devkit.data.plainsql import CutShortError, SeveralDatabasesError

HEADER = b"-- MySQL dump 10.13  Distrib 8.0.36, for Linux (x86_64)\n--\n"
FOOTER = b"-- Dump completed on 2026-11-28 20:10:00\n"
# As mysqldump 8.0 and mariadb-dump 10.11 write them.
VIEW = b"""\
/*!50001 CREATE ALGORITHM=UNDEFINED */
/*!50013 DEFINER=`shop`@`10.0.%` SQL SECURITY DEFINER */
/*!50001 VIEW `v` AS select `a`.`b` AS `b` from `a` */;
"""
TRIGGER = b"""\
DELIMITER ;;
/*!50003 CREATE*/ /*!50017 DEFINER=`shop`@`%`*/ /*!50003 TRIGGER t BEFORE INSERT ON a FOR EACH ROW
BEGIN
    UPDATE other.log SET n = n + 1;
    SET @a = 'CREATE DEFINER=`x`@`y` VIEW';
END */;;
DELIMITER ;
"""
ROUTINE = b"""\
DELIMITER ;;
CREATE DEFINER=`shop`@`localhost` PROCEDURE `p`()
BEGIN
    -- it's a comment with a quote
    DELETE FROM other.log;
END ;;
DELIMITER ;
"""
EVENT = b"/*!50106 CREATE*/ /*!50117 DEFINER=`a``b`@`%`*/ /*!50106 EVENT `e` DO SELECT 1 */ ;\n"
ROWS = b"""\
INSERT INTO `a` VALUES (1,'it\\'s -- no comment; USE other;\\n'),(2,'a''b /* '),(3,"#`");
INSERT INTO `a` (`b`, `c`) VALUES
(4,'
USE other;
CREATE DEFINER=`x`@`y` VIEW v AS SELECT 1;
'),
(5, 5--3);
"""


def fitted(dump: bytes, *, step: int = 0, name: str = "db") -> bytes:
    chunks = [dump[at : at + step] for at in range(0, len(dump), step)] if step else [dump]
    return b"".join(PlainMySql(name).fit(chunks))


@pytest.mark.parametrize("step", [1, 7, 100, 0])
def test_rows_strings_and_comments_go_through_untouched(step: int) -> None:
    long = b"INSERT INTO `a` VALUES (6,'%b');\n" % (b"x\\'" * LOOK_AHEAD)
    dump = HEADER + ROWS + b"/* USE other; it's */ # it's\n" + long + FOOTER
    assert fitted(dump, step=step) == dump


@pytest.mark.parametrize("step", [1, 0])
def test_whose_a_thing_is_is_left_out(step: int) -> None:
    fit = fitted(HEADER + VIEW + TRIGGER + ROUTINE + EVENT + ROWS + FOOTER, step=step)
    assert fit.count(b"DEFINER=") == 2  # in the trigger's and the row's text
    assert b"/*!50013 SQL SECURITY DEFINER */\n/*!50001 VIEW" in fit
    assert b"/*!50003 CREATE*/ /*!50017 */ /*!50003 TRIGGER" in fit
    assert b"CREATE PROCEDURE `p`()" in fit
    assert b"/*!50106 CREATE*/ /*!50117 */ /*!50106 EVENT" in fit


def test_a_delimiter_is_the_same_with_the_line_ends_of_windows() -> None:
    dump = (HEADER + ROUTINE + ROWS + FOOTER).replace(b"\n", b"\r\n")
    assert re.findall(rb"DELIMITER [^\n]+", fitted(dump)) == [b"DELIMITER ;;", b"DELIMITER ;"]


@pytest.mark.parametrize("step", [1, 0])
def test_a_dump_on_its_way_out_loses_only_that(step: int) -> None:
    dump = HEADER + b"USE `shop`;\n" + VIEW + ROWS + FOOTER
    text = DefinerFree()
    chunks = [dump[at : at + step] for at in range(0, len(dump), step)] if step else [dump]
    done = b"".join(map(text.feed, chunks)) + text.end()
    assert done == dump.replace(b"DEFINER=`shop`@`10.0.%` ", b"")


def test_a_dump_of_one_named_database_is_for_this_one() -> None:
    named = (
        b"/*!40000 DROP DATABASE IF EXISTS `shop`*/;\n"
        b"CREATE DATABASE /*!32312 IF NOT EXISTS*/ `shop` /*!40100 DEFAULT CHARACTER SET utf8 */"
        b" /*!80016 DEFAULT ENCRYPTION='N' */;\n\nUSE `shop`;\n"
    )
    assert fitted(HEADER + named + ROWS + FOOTER) == HEADER + b"\n" * 4 + ROWS + FOOTER
    one_line = b"create database shop; use shop; CREATE TABLE a (b int);"
    assert fitted(one_line).split() == b"CREATE TABLE a (b int);".split()
    again = named + b"CREATE TABLE a (b int);\nUSE `shop`;\n" + ROWS
    assert b"USE `shop`" not in fitted(again)


@pytest.mark.parametrize(
    "dump",
    [
        b"USE `a`;\nCREATE TABLE t (b int);\nUSE `b`;\n",
        b"USE `a`;\nUSE b\n",
        b"CREATE TABLE t (b int); use other; DROP TABLE t;",
        b"CREATE TABLE t (b int);\n\n-- x\nUSE other;\n",
        TRIGGER.replace(b";;", b"$$") + b"USE other;\nDROP TABLE t;\n",
        b"CREATE DATABASE mysql;\nUSE `mysql`;\n",
    ],
)
def test_a_dump_of_several_databases_is_told(dump: bytes) -> None:
    with pytest.raises(SeveralDatabasesError):
        fitted(dump)


@pytest.mark.parametrize(
    "statement",
    [
        b"INSERT INTO `other`.`a` VALUES (1);",
        b"insert ignore into other.a values (1);",
        b"CREATE TABLE IF NOT EXISTS other . a (b int);",
        b"/*!50001 DROP VIEW IF EXISTS `other`.`v`*/;",
        b"SELECT 1; DELETE FROM other.a;",
        b"UPDATE `other`.a SET b = 1;",
        b"LOCK TABLES `other`.`a` WRITE;",
    ],
)
def test_what_writes_into_another_database_is_told(statement: bytes) -> None:
    with pytest.raises(OtherDatabaseError, match="other"):
        fitted(statement)
    assert fitted(statement, name="other") == statement


@pytest.mark.parametrize(
    "statement",
    [
        b"INSERT INTO a VALUES (1)\nON DUPLICATE KEY\nUPDATE a.b = 2;",
        b"CREATE VIEW v AS SELECT b FROM a\nUSE INDEX (c);",
        b"CREATE TABLE a (b decimal(1.5));",
        b"UPDATE a SET a.b = 1.5;",
    ],
)
def test_a_name_of_a_column_is_no_database(statement: bytes) -> None:
    assert fitted(statement) == statement


def test_what_is_the_whole_servers_is_left_out() -> None:
    dump = (
        b"/*M!999999\\- enable the sandbox mode */ \n"
        b"SET @@GLOBAL.GTID_PURGED=/*!80000 '+'*/ '3E11FA47-71CA:1-5,\n4E11:1-3';\n"
        b"CHANGE MASTER TO MASTER_LOG_FILE='x', MASTER_LOG_POS=4;\n"
        b"ALTER DATABASE `shop` CHARACTER SET latin1 COLLATE latin1_swedish_ci ;\n"
        b"SET NAMES utf8mb4;\n"
    )
    # Line for line, so that the client counts as the file does.
    assert fitted(dump) == b"\n" * 5 + b"SET NAMES utf8mb4;\n"


@pytest.mark.parametrize(
    "dump", [HEADER + ROWS, ROWS[:40], b"INSERT INTO a VALUES (1, /* x", HEADER + ROWS[:40]]
)
def test_a_dump_that_was_cut_short_is_told(dump: bytes) -> None:
    with pytest.raises(CutShortError):
        fitted(dump)
    assert fitted(HEADER + ROWS + b"\n" + FOOTER)
