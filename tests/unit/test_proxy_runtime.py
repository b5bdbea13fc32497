"""What is said to HAProxy; the answers are those of a real one, version 2.6."""

from __future__ import annotations

import pytest

from devkit.compose.proxy_runtime import (
    NoPlaceError,
    Place,
    PlaceState,
    complaints,
    dialogue,
    plan_switch,
    read_places,
    without_address,
)
from devkit.ports import Address

OPEN, DRAINING, CLOSED = PlaceState.OPEN, PlaceState.DRAINING, PlaceState.CLOSED
OLD = Address(host="172.18.0.2", port=80)
NEW = Address(host="172.18.0.3", port=8000)
NAMED = Address(host="b8fec51041f8", port=80)

STATES = """\
> 1
# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_fqdn srv_port srvrecord
3 web 1 kept1 172.18.0.2 2 64 b8fec51041f8 80 -
3 web 2 slot1 172.18.0.3 2 12 - 80 -
3 web 3 slot2 192.0.2.1 0 5 - 1 -
3 web 4 slot3 172.18.0.9 0 32 aaaaaaaaaaaa 80 -

> # pxname,svname,qcur,qmax,scur,smax,status,
web,kept1,1,1,2,3,no check,
web,slot1,0,0,4,4,DRAIN,
web,slot2,0,0,0,0,MAINT,
web,slot3,0,0,0,0,MAINT (resolution),

> """
SAID = """\

> IP changed from '192.0.2.1' to '10.0.0.7', port changed from '1' to '80' by 'stats socket command'

> no need to change the addr, no need to change the port by 'stats socket command'

> web/slot8 changed its FQDN from (null) to abc by 'stats socket command'

> no need to change the FDQN by 'stats socket command'

>
>
"""


def place(name: str, target: Address | None = None, state: PlaceState = CLOSED) -> Place:
    host, port = (target.host, target.port) if target else ("192.0.2.1", 1)
    return Place(name=name, host=host, port=port, dns_name="", state=state, requests=0)


def test_places_are_read() -> None:
    found = [(p.name, p.host, p.port, p.dns_name, p.state, p.requests) for p in read_places(STATES)]
    assert found == [
        ("kept1", "172.18.0.2", 80, "b8fec51041f8", OPEN, 3),
        ("slot1", "172.18.0.3", 80, "", DRAINING, 4),
        ("slot2", "192.0.2.1", 1, "", CLOSED, 0),
        ("slot3", "172.18.0.9", 80, "aaaaaaaaaaaa", CLOSED, 0),
    ]


@pytest.mark.parametrize("answer", ["", "> ", "Permission denied\n", "No such backend.\n"])
def test_no_places_in_another_answer(answer: str) -> None:
    assert read_places(answer) == ()


def test_success_is_no_complaint() -> None:
    assert complaints(SAID + STATES) == ()


@pytest.mark.parametrize(
    "words",
    [
        "No such server.",
        "Unknown command, but maybe one of the following ones is a better match:",
        "Permission denied",
        "set server <b>/<s> fqdn failed because no resolution is configured.",
    ],
)
def test_anything_else_is_one(words: str) -> None:
    assert complaints(f"{SAID}> {words}\n\n{STATES}") == (words,)


def test_the_new_is_open_before_the_old_is_drained() -> None:
    switch = plan_switch([place("slot1", OLD, OPEN), place("slot2"), place("slot3")], [NEW])
    assert switch.prepare == ("set server web/slot2 addr 172.18.0.3 port 8000",)
    assert switch.turn == (
        "set server web/slot2 state ready",
        "set server web/slot1 state drain",
    )
    assert switch.places == {NEW: "slot2"}


def test_back_to_one_that_is_drained() -> None:
    switch = plan_switch([place("slot1", OLD, DRAINING), place("slot2", NEW, OPEN)], [OLD, OLD])
    assert switch.prepare == ()
    assert switch.turn == ("set server web/slot1 state ready", "set server web/slot2 state drain")


def test_what_is_routed_already_stays() -> None:
    switch = plan_switch([place("slot1", OLD, OPEN), place("slot2")], [OLD, NEW])
    assert switch.places == {OLD: "slot1", NEW: "slot2"}
    assert "drain" not in " ".join(switch.turn)


def test_another_port_is_another_container() -> None:
    other = Address(host=OLD.host, port=81)
    switch = plan_switch([place("slot1", OLD, OPEN), place("slot2")], [other])
    assert switch.places == {other: "slot2"}


def test_a_name_leads_nowhere_at_first_and_is_waited_for() -> None:
    switch = plan_switch([place("slot1", OLD, OPEN), place("slot2", NEW, DRAINING)], [NAMED])
    assert switch.prepare == (
        "set server web/slot2 fqdn b8fec51041f8",
        "set server web/slot2 addr 192.0.2.1 port 80",
    )
    waiting = Place(
        name="slot2", host="192.0.2.1", port=80, dns_name=NAMED.host, state=CLOSED, requests=0
    )
    assert without_address([waiting], switch.places.values()) == (NAMED.host,)
    assert without_address([waiting], ["slot1"]) == ()


def test_an_address_never_gets_a_place_that_follows_a_name() -> None:
    named = Place(name="kept1", host=OLD.host, port=80, dns_name="gone", state=DRAINING, requests=0)
    with pytest.raises(NoPlaceError):
        plan_switch([named], [OLD])
    assert plan_switch([named], [NAMED]).places == {NAMED: "kept1"}
    assert plan_switch([named, place("slot1")], [NAMED]).places == {NAMED: "slot1"}


def test_a_place_with_requests_is_not_free() -> None:
    at_work = Place(name="slot1", host=OLD.host, port=80, dns_name="", state=DRAINING, requests=1)
    with pytest.raises(NoPlaceError):
        plan_switch([at_work], [NEW])


def test_requests_are_found_by_address_and_by_name() -> None:
    kept = read_places(STATES)[0]
    assert kept.leads_to(OLD)
    assert kept.leads_to(NAMED)
    assert not kept.leads_to(NEW)


def test_commands_are_lines() -> None:
    assert dialogue(("a", "b")) == "prompt\na\nb\nquit"
