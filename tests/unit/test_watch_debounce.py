"""A batch is whole after some rest, and in any case after a while."""

from __future__ import annotations

from devkit.watch.debounce import Debounce


def test_a_batch_is_whole_after_its_rest() -> None:
    debounce = Debounce(rest=0.1, most=1.0)
    assert debounce.due is None
    debounce.add("a", now=5.0)
    debounce.add("b", now=5.05)
    debounce.add("a", now=5.08)
    assert debounce.due == 5.18
    assert debounce.take() == ("a", "b")
    assert debounce.due is None


def test_a_constant_writer_is_heard_each_second() -> None:
    debounce, batches, now = Debounce(rest=0.1, most=1.0), [], 0.0
    for step in range(500):
        now = step * 0.01
        if debounce.due is not None and now >= debounce.due:
            batches.append((now, len(debounce.take())))
        debounce.add(f"f{step}", now=now)
    assert [round(when, 2) for when, _ in batches] == [1.0, 2.0, 3.0, 4.0]
    assert sum(size for _, size in batches) == 400


def test_a_writer_with_pauses_is_heard_after_each() -> None:
    debounce = Debounce(rest=0.1, most=1.0)
    debounce.add("a", now=0.0)
    assert debounce.due == 0.1
    debounce.take()
    debounce.add("a", now=0.2)
    assert debounce.due is not None
    assert round(debounce.due, 6) == 0.3
