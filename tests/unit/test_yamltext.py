"""YAML text to values and lines, and a sentence for whatever is wrong with it."""

from __future__ import annotations

import pytest

from devkit.config.yamltext import Document, parse_document
from devkit.errors import ConfigurationError


def parse(text: str) -> Document:
    return parse_document(text, file="devkit.yaml")


def refused(text: str) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as caught:
        parse(text)
    return caught.value


def test_values_lines_and_how_they_are_written() -> None:
    document = parse("a: 1\nb:\n  - x\n  - c: 0x10\n")
    assert document.value == {"a": 1, "b": ["x", {"c": 16}]}
    assert document.lines == {("a",): 1, ("b",): 2, ("b", 0): 3, ("b", 1): 4, ("b", 1, "c"): 4}
    assert document.sources["b", 1, "c"] == "0x10"


def test_a_key_that_is_not_there_has_the_line_of_the_nearest_one_above() -> None:
    document = parse("a: 1\nb:\n  c: 2\n")
    assert document.line(("b", "nothing", "deeper")) == 2
    assert document.line(("nothing",)) == 1


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n", "---\n", "null\n"])
def test_an_empty_text_is_none(text: str) -> None:
    assert parse(text).value is None


def test_keys_are_text_even_where_yaml_sees_booleans_and_numbers() -> None:
    assert parse("ON: a\nno: b\n1: c\nnull: d\n").value == {
        "ON": "a",
        "no": "b",
        "1": "c",
        "null": "d",
    }


def test_anchors_and_merge_keys() -> None:
    document = parse(
        "base: &base {x: 1, y: 1}\nother: &other {y: 2, z: 2}\n"
        "one:\n  <<: *base\n  y: 3\ntwo:\n  <<: [*base, *other]\n  w: 4\n"
    )
    assert isinstance(document.value, dict)
    assert document.value["one"] == {"x": 1, "y": 3}
    assert document.value["two"] == {"x": 1, "y": 1, "z": 2, "w": 4}


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        (
            "a:\n\tb: 1\n",
            (
                "devkit.yaml:2:1: this is not YAML: while scanning for the next token,"
                " found character that cannot start any token."
            ),
            "The line is indented with a tab; YAML wants spaces.",
        ),
        (
            "a: b: c\n",
            "devkit.yaml:1:5: this is not YAML: mapping values are not allowed in this context.",
            'Put quotes round a value with `: ` in it or a special character in front: "...".',
        ),
        (
            "a: @b\n",
            (
                "devkit.yaml:1:4: this is not YAML: while scanning for the next token,"
                " found character that cannot start any token."
            ),
            'Put quotes round a value with `: ` in it or a special character in front: "...".',
        ),
        (
            "a: 'b\n",
            (
                "devkit.yaml:2:1: this is not YAML: while scanning a quoted scalar,"
                " found unexpected end of stream."
            ),
            "",
        ),
        ("a: *b\n", "devkit.yaml:1:4: this is not YAML: found undefined alias.", ""),
        (
            "a: 1\n---\nb: 1\n",
            (
                "devkit.yaml:2:1: this is not YAML: expected a single document in the stream,"
                " but found another document."
            ),
            "",
        ),
        ("a: 1\nb: 2\na: 3\n", "devkit.yaml:3: the key `a` is there twice, on lines 1 and 3.", ""),
        (
            "w:\n  on: 1\n  x: 2\n  'on': 3\n",
            "devkit.yaml:4: the key `on` is there twice, on lines 2 and 4.",
            "",
        ),
        ("? [a]\n: 1\n", "devkit.yaml:1: a key has to be plain text.", ""),
        ("a: !x b\n", "devkit.yaml:1: devkit does not know the YAML tag `!x`.", ""),
        ("a: !x {b: c}\n", "devkit.yaml:1: devkit does not know the YAML tag `!x`.", ""),
        (
            "a: !!python/object:os.system x\n",
            (
                "devkit.yaml:1: devkit does not know the YAML tag"
                " `tag:yaml.org,2002:python/object:os.system`."
            ),
            "",
        ),
        (
            "\na: 2024-13-45\n",
            "devkit.yaml:2: `2024-13-45` looks like a timestamp and is none; quote it.",
            "",
        ),
        ('a: "x\\0y"\n', "devkit.yaml:1: a NUL character cannot stand in any value.", ""),
        ("a:\n  <<: text\n", "devkit.yaml:2: `<<` takes in mappings only.", ""),
        ("a: " + "[" * 21, "devkit.yaml:1: it is nested deeper than 20 levels.", ""),
        (
            "a: &a\n  b: *a\n",
            "devkit.yaml:1: anchors and aliases make more than 10,000 values of it.",
            "",
        ),
    ],
)
def test_what_is_wrong_is_one_sentence(text: str, message: str, hint: str) -> None:
    error = refused(text)
    assert error.message == message
    assert error.hint == hint


def test_a_character_that_yaml_does_not_allow() -> None:
    message = refused("a: \x01\n").message
    assert message.startswith("devkit.yaml: this is not YAML: ")
    assert "\n" not in message


def test_aliases_that_multiply_are_refused_at_once() -> None:
    levels = [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]" for n in range(1, 10)]
    text = "\n".join(["l0: &l0 [x, x, x, x, x, x, x, x, x, x]", *levels])
    assert "anchors and aliases make more than 10,000 values" in refused(text).message


def test_merges_that_multiply_are_refused_at_once() -> None:
    levels = [f"l{n}: &l{n}\n  <<: [{', '.join([f'*l{n - 1}'] * 10)}]" for n in range(1, 10)]
    text = "\n".join(["l0: &l0 {x: 1}", *levels])
    assert "`<<` is there more than 20 times" in refused(text).message


def test_a_megabyte_of_brackets_is_refused_at_once() -> None:
    assert "nested deeper" in refused("[" * 1_000_000).message
