"""How the lines of a Dockerfile make instructions."""

from __future__ import annotations

from textwrap import dedent

from devkit.dockerfile import Dockerfile, parse


def facts(text: str) -> Dockerfile:
    return parse(dedent(text))


def test_heredocs_are_not_instructions() -> None:
    found = facts("""\
        FROM python
        RUN <<EOF
        EXPOSE 1
        EOF
        RUN cat <<-'END' > /x && cat <<"TWO"
        EXPOSE 2
        \tEND
        EXPOSE 3
        TWO
        RUN echo "a <<EOF b" 'c <<EOF' $((1 << 3)) <<<EOF
        EXPOSE 4
        COPY <<one <<two /etc/
        EXPOSE 5
        one
        EXPOSE 6
        two
        EXPOSE 80
    """)
    assert found.ports == (4, 80)


def test_a_heredoc_that_is_never_closed_ends_with_the_file() -> None:
    assert facts("FROM python\nEXPOSE 80\nRUN <<EOF\nEXPOSE 1\n").ports == (80,)


def test_the_escape_directive_changes_the_continuation_character() -> None:
    found = facts("""\
        # syntax=docker/dockerfile:1
        # escape=`
        FROM windows
        EXPOSE 80 `
          443
        WORKDIR C:\\
        CMD x
    """)
    assert found.ports == (80, 443)
    assert found.has_command


def test_a_directive_after_an_instruction_is_a_comment() -> None:
    assert facts("""\
        # a comment
        # escape=`
        FROM python
        EXPOSE 80 `
    """).ports == (80,)


def test_a_doubled_backslash_at_the_end_of_a_line_continues_nothing() -> None:
    assert facts("FROM python\nRUN echo \\\\\nEXPOSE 80\n").ports == (80,)


def test_windows_line_ends_and_a_byte_order_mark() -> None:
    assert parse("\ufeffFROM python\r\nEXPOSE 80 \\\r\n  443\r\n").ports == (80, 443)
