"""For all tests: the documents that they make, and signals as a person's shell has them.

A shell that runs the tests in the background has SIGINT ignored, which every child would
inherit; devkit rightly leaves a signal alone that it finds ignored. Notes and permissions go to a
state folder of the test run's own, and never to that of whoever runs it.
"""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import tempfile
from functools import partial
from typing import TYPE_CHECKING

import pytest
from xdist.scheduler import LoadScopeScheduling

from tests import docs

if TYPE_CHECKING:
    from xdist.remote import Producer

    from tests.docs import KeepDocument

signal.signal(signal.SIGINT, signal.default_int_handler)
for _number in (signal.SIGHUP, signal.SIGTERM):
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, signal.SIG_DFL)

DEPLOYING = frozenset(
    {"test_deploy.py", "test_hostile_commands.py", "test_interrupt_matrix.py", "test_ports.py"}
)

_STATE = tempfile.mkdtemp(prefix="devkit-state-")
os.environ["XDG_STATE_HOME"] = _STATE
atexit.register(shutil.rmtree, _STATE, ignore_errors=True)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(docs.OPTION, action="store_true", help="write docs/ instead of comparing")


class ByFile(LoadScopeScheduling):  # type: ignore[misc] # xdist has no types
    """Where tests run side by side, a file's stay together, and so do those that deploy.

    An environment that begins takes the next free port, and two test runs do not know of each
    other's.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return "deploy" if file.rpartition("/")[2] in DEPLOYING else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFile:
    """Hand the tests out by file."""
    return ByFile(config, log)


@pytest.fixture
def keep_document(request: pytest.FixtureRequest) -> KeepDocument:
    """Compare a document with its text, or write it."""
    return partial(docs.keep, write=bool(request.config.getoption(docs.OPTION)))
