"""Commands for real: their output, their time limit, and their end with us."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from devkit.engine.commands import ask, foreground
from devkit.engine.process import run
from devkit.errors import CouldNotFindOutError

PRINT = "import sys; print('out', flush=True); print('err', file=sys.stderr, flush=True)"


def python(script: str) -> list[str]:
    return [sys.executable, "-c", script]


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    try:
        return Path(f"/proc/{pid}/stat").read_text().split(") ")[1][0] != "Z"
    except OSError:  # it has gone since
        return False


def ends(pid: int) -> bool:
    """Whether a process that got its signal is gone soon; a busy machine takes its time."""
    deadline = time.monotonic() + 5
    while alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)  # noqa: TID251 - nothing tells of another's child
    return not alive(pid)


def test_output_comes_line_by_line_and_merged() -> None:
    lines: list[str] = []
    done = asyncio.run(run(python(PRINT), on_line=lines.append))
    assert (done.returncode, done.output, lines) == (0, "out\nerr", ["out", "err"])


def test_an_exit_code_is_kept() -> None:
    assert asyncio.run(run(python("raise SystemExit(7)"))).returncode == 7


def test_a_very_long_line_breaks_nothing() -> None:
    done = asyncio.run(run(python("print('x' * 3_000_000)")))
    assert done.output.replace("\n", "") == "x" * 3_000_000


def test_a_command_that_takes_too_long_is_ended_with_its_children(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    script = f"sleep 60 & echo $! > {pid_file}; wait"
    began = time.monotonic()

    done = asyncio.run(run(["sh", "-c", script], timeout=2.0))

    assert done.timed_out
    assert not done.ok
    assert time.monotonic() - began < 10
    assert ends(int(pid_file.read_text()))


def test_cancelling_ends_the_command(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"

    async def cancelled() -> None:
        task = asyncio.create_task(run(["sh", "-c", f"echo $$ > {pid_file}; sleep 60"]))
        while not pid_file.exists() or not pid_file.read_text():  # noqa: ASYNC110 - another's file
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancelled())
    assert not alive(int(pid_file.read_text()))


def test_the_environment_is_all_that_is_given() -> None:
    script = "import os; print(sorted(n for n in os.environ if n != 'LC_CTYPE'))"
    done = asyncio.run(run(python(script), env={"ONE": "1"}))
    assert done.output == "['ONE']"


def test_a_question_is_in_a_session_of_its_own_where_no_ctrl_c_reaches_it(tmp_path: Path) -> None:
    script = "import os; print(os.getsid(0) == os.getpid())"
    assert ask(python(script), cwd=tmp_path).output == "True\n"


def test_a_question_that_takes_too_long_is_told(tmp_path: Path) -> None:
    with pytest.raises(CouldNotFindOutError, match="gave no answer within 0 s"):
        ask(["sleep", "60"], cwd=tmp_path, timeout=0.2)


def test_a_missing_folder_is_not_taken_for_a_missing_program(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        ask(["true"], cwd=tmp_path / "nowhere")
    with pytest.raises(CouldNotFindOutError, match="`no-such-tool` command is not on the PATH"):
        foreground(["no-such-tool"], cwd=tmp_path)


def test_a_short_question(tmp_path: Path) -> None:
    assert ask(python(PRINT), cwd=tmp_path).output == "out\n"
    failed = ask(python(f"{PRINT}; raise SystemExit(3)"), cwd=tmp_path)
    assert (failed.returncode, failed.output) == (3, "out\nerr\n")


@pytest.mark.parametrize(
    ("script", "code"),
    [("raise SystemExit(3)", 3), ("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", 143)],
)
def test_a_command_in_the_foreground(script: str, code: int, tmp_path: Path) -> None:
    assert foreground(python(script), cwd=tmp_path) == code


CLEARS = """\
import sys
for line in ("one", "", "\\x1b[1mtwo\\x1b[0m \\x1b[2K kept"):
    print(f"\\x1b[2K{line}", flush=True)
sys.stdout.write("\\x1b[2Kthe end")
raise SystemExit(3)
"""


def test_lines_lose_what_clears_a_terminal_s(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert foreground(python(CLEARS), cwd=tmp_path, plain=True) == 3
    assert capfd.readouterr().out == "one\n\n\x1b[1mtwo\x1b[0m \x1b[2K kept\nthe end"


FOLLOWS = """\
import sys
from pathlib import Path
from devkit.engine.commands import foreground
from devkit.errors import InterruptedByUserError
words = [sys.executable, "-uc", {inner!r}]
try:
    code = foreground(words, cwd=Path("/"), plain=True)
except InterruptedByUserError as stopped:
    code = 100 + stopped.signal_number
raise SystemExit(code)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_lines_are_handed_on_as_they_come_until_a_signal(number: int) -> None:
    inner = "import time; print('\\x1b[2Kfirst'); time.sleep(60)"
    words = [sys.executable, "-c", FOLLOWS.format(inner=inner)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, start_new_session=True) as following:
        assert following.stdout is not None
        assert following.stdout.readline() == b"first\n"
        os.killpg(following.pid, number)  # as a terminal does
        assert following.wait(timeout=20) == 100 + number


def test_a_reader_that_goes_away_ends_the_writer() -> None:
    inner = (
        "import signal\nsignal.signal(signal.SIGPIPE, signal.SIG_DFL)\nwhile True: print('line')"
    )
    words = [sys.executable, "-c", FOLLOWS.format(inner=inner)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as following:
        assert following.stdout is not None
        assert following.stdout.readline() == b"line\n"
        following.stdout.close()
        assert following.wait(timeout=20) == 128 + signal.SIGPIPE
        assert following.stderr is not None
        assert following.stderr.read() == b""
