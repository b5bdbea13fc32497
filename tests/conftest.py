"""For all tests: signals as a person's shell has them.

A shell that runs the tests in the background has SIGINT ignored, which every child would
inherit; devkit rightly leaves a signal alone that it finds ignored.
"""

from __future__ import annotations

import signal

signal.signal(signal.SIGINT, signal.default_int_handler)
for _number in (signal.SIGHUP, signal.SIGTERM):
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, signal.SIG_DFL)
