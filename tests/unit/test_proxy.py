"""The proxy's configuration and its Compose service."""

from __future__ import annotations

import json
import re

import pytest

from devkit.compose.proxy import (
    ANY_PORT,
    CONFIG_FILE,
    ProxySettings,
    proxy_config,
    proxy_service,
    with_proxy,
)
from devkit.ports import Address

NAMED = Address(host="b8fec51041f8", port=80)


def places(settings: ProxySettings) -> list[str]:
    lines = (line.strip() for line in proxy_config(settings).splitlines())
    return [line for line in lines if re.match("server(-template)? ", line)]


def test_it_starts_with_empty_places_only() -> None:
    assert places(ProxySettings()) == ["server-template slot 1-100 192.0.2.1:1 disabled"]


def test_it_starts_with_the_targets_that_it_is_given() -> None:
    targets = (NAMED, Address(host="172.18.0.3", port=8000), Address(host="fd00::3", port=80))
    assert places(ProxySettings(slots=2, targets=targets)) == [
        "server kept1 b8fec51041f8:80",
        "server kept2 172.18.0.3:8000",
        "server kept3 [fd00::3]:80",
        "server-template slot 1-2 192.0.2.1:1 disabled",
    ]


@pytest.mark.parametrize("host", ["", "a b", "a\n    bind *:1", "a;b", "a#b", "ä", "$HOME", '"'])
def test_a_host_cannot_be_configuration(host: str) -> None:
    with pytest.raises(ValueError, match="does not appear to be"):
        proxy_config(ProxySettings(targets=(Address(host=host, port=80),)))


def test_the_runtime_socket_is_on_loopback() -> None:
    text = proxy_config(ProxySettings())
    assert "stats socket ipv4@127.0.0.1:9999 level admin" in text
    assert text.count("bind ") == 1
    assert "bind *:8080" in text


def test_nothing_is_tried_twice_or_checked() -> None:
    words = proxy_config(ProxySettings())
    assert "\n    retries 0\n" in words
    assert not re.search(r"^\s*(option redispatch|option httpchk|.* check$)", words, re.MULTILINE)


def test_the_service_mounts_nothing_and_has_no_rights() -> None:
    service = proxy_service(ProxySettings(), labels={"run": "x"}, restart="unless-stopped")
    assert service == {
        "image": "haproxy:2.6-bookworm",
        "restart": "unless-stopped",
        "labels": {"run": "x"},
        "configs": [{"source": "proxy", "target": CONFIG_FILE}],
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
    }


@pytest.mark.parametrize(
    ("publish", "ports"), [(8001, ["127.0.0.1:8001:8080"]), (ANY_PORT, ["127.0.0.1::8080"])]
)
def test_it_is_published_for_this_machine_only(publish: int, ports: list[str]) -> None:
    assert proxy_service(ProxySettings(), labels={}, publish=publish)["ports"] == ports


def test_a_document_keeps_what_it_has() -> None:
    before = {"services": {"web": {"image": "x"}}, "configs": {"c": {"content": ""}}, "volumes": {}}
    copy = json.loads(json.dumps(before))
    after = with_proxy(before, ProxySettings(targets=(NAMED,)), labels={})
    assert before == copy
    assert list(after) == ["services", "configs", "volumes"]
    assert list(after["services"]) == ["web", "proxy"]
    content = after["configs"]["proxy"]["content"]
    assert content.replace("$$", "$") == proxy_config(ProxySettings(targets=(NAMED,)))
    assert json.loads(json.dumps(after)) == after
