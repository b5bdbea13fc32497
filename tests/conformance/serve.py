"""In a container: be one of the servers of the conformance table, on port 80."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, cast

from tests.conformance.behaviours import STANDS

if TYPE_CHECKING:
    from collections.abc import Coroutine


def main() -> None:
    stand = STANDS[sys.argv[1]]("0.0.0.0", 80)
    asyncio.run(cast("Coroutine[None, None, None]", stand))


if __name__ == "__main__":
    main()
