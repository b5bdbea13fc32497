"""The console script's entry."""

from __future__ import annotations

import gc
import sys


def main() -> None:
    """Run devkit on the process's arguments and exit with its code."""
    arguments = sys.argv[1:]
    if arguments in (["--version"], ["-V"]):
        from devkit import __version__  # noqa: PLC0415 - nothing else is needed to say it

        sys.stdout.write(f"devkit {__version__}\n")
        sys.exit(0)
    try:
        from devkit.cli.boundary import run_app  # noqa: PLC0415

        code = run_app(arguments)
        # Nothing of ours is finalised by the collector: its last search takes 0.1 s.
        gc.freeze()
        sys.exit(code)
    except KeyboardInterrupt:  # while Python still loads us: nothing has been started
        sys.exit(130)


if __name__ == "__main__":
    main()
