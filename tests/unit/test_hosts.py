"""The files of the proxy for http://NAME.localhost, and the options that lead to it."""

from __future__ import annotations

import pytest

from devkit.cleaning.plan import NOTHING_BEHIND, Kind, Observed, SharedProxy, Thing, plan_cleaning
from devkit.cli.arguments import with_optional_value
from devkit.cli.hosts import wanted_host
from devkit.compose.hosts import Route, address, hosts_files
from devkit.errors import UsageError

HOSTILE = "/home/ada/<script>'\"\n\x1b[31m$HOME"


def route(host: str, folder: str = "/home/ada/shop") -> Route:
    return Route(host=host, project="shop", folder=folder, container=f"{host}-web-1", port=8000)


def test_each_host_leads_to_its_container() -> None:
    config = hosts_files([route("b"), route("a")], port=80)["haproxy.cfg"]
    assert "use_backend host1 if { var(txn.host) -m str a.localhost }" in config
    assert (
        "server web a-web-1:8000"
        in config.split("\nbackend host1\n")[1].split("\nbackend host2\n")[0]
    )
    assert "server web b-web-1:8000" in config.split("\nbackend host2\n")[1]


def test_without_a_project_there_is_a_page_still() -> None:
    files = hosts_files([], port=80)
    assert set(files) == {"haproxy.cfg", "unknown.html"}
    assert "None has one now" in files["unknown.html"]


@pytest.mark.parametrize(
    ("port", "link"), [(80, "http://a.localhost/"), (8080, "http://a.localhost:8080/")]
)
def test_the_page_links_to_the_known_ones(port: int, link: str) -> None:
    assert address("a", port) == link
    assert f'href="{link}"' in hosts_files([route("a")], port=port)["unknown.html"]


def test_a_folder_s_name_is_text_on_a_page_and_nothing_in_the_configuration() -> None:
    files = hosts_files([route("a", HOSTILE)], port=80)
    for page in (files["unknown.html"], files["down1.http"]):
        assert "<script>" not in page
        assert "\x1b" not in page
    assert "ada" not in files["haproxy.cfg"]


def test_the_answer_of_a_project_that_is_down_is_whole() -> None:
    head, _, page = hosts_files([route("a", "/home/ädä")], port=80)["down1.http"].partition(
        "\r\n\r\n"
    )
    assert head.startswith("HTTP/1.1 503 ")
    assert f"Content-Length: {len(page.encode())}" in head
    assert "<code>devkit up</code> in <code>/home/ädä</code>" in page


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["up", "--host"], ["up", "--host="]),
        (["up", "--host", "--build"], ["up", "--host=", "--build"]),
        (["up", "--build", "--host", "shop"], ["up", "--build", "--host", "shop"]),
        (["up", "--host=shop"], ["up", "--host=shop"]),
        (["run", "x", "--host"], ["run", "x", "--host"]),
        (["up"], ["up"]),
        ([], []),
    ],
)
def test_a_host_needs_no_name(words: list[str], expected: list[str]) -> None:
    assert with_optional_value(words) == expected


@pytest.mark.parametrize(
    ("host", "no_host", "wanted"),
    [(None, False, None), ("", False, "@"), ("shop", False, "shop"), (None, True, "")],
)
def test_what_the_options_ask_for(host: str | None, no_host: bool, wanted: str | None) -> None:
    assert wanted_host(host, no_host=no_host) == wanted


def test_both_options_at_once_are_refused() -> None:
    with pytest.raises(UsageError, match="do not go together"):
        wanted_host("", no_host=True)


def proxy(*projects: str, is_mine: bool = True) -> SharedProxy:
    things = (Thing(kind=Kind.CONTAINER, id="1", name="devkit-hosts-1"),
              Thing(kind=Kind.NETWORK, id="2", name="0-devkit-hosts-1"))  # fmt: skip
    return SharedProxy(things=things, is_mine=is_mine, projects=projects)


def test_a_proxy_goes_with_its_network_where_no_project_is_behind_it() -> None:
    plan = plan_cleaning(Observed(proxies=(proxy(),)))
    assert [each.thing.kind for each in plan.removals] == [Kind.CONTAINER, Kind.NETWORK]
    assert {each.why for each in plan.removals} == {NOTHING_BEHIND}
    assert plan.takes_proxy
    assert not plan_cleaning(Observed(proxies=(proxy(),)), named=["devkit-verify-1"]).takes_proxy


@pytest.mark.parametrize(
    ("found", "why"),
    [(proxy("shop"), "serves shop"), (proxy(is_mine=False), "another person's")],
)
def test_a_proxy_that_stays(found: SharedProxy, why: str) -> None:
    plan = plan_cleaning(Observed(proxies=(found,)))
    assert not plan.takes_proxy
    assert why in plan.stays[0].why
