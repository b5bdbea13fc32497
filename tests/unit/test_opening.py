"""What `devkit open` takes for a path."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest

from devkit.cli.opening import page_address
from devkit.errors import UsageError

if TYPE_CHECKING:
    from devkit.engine.local_found import FoundStack


@pytest.mark.parametrize("path", ["http://evil", "https://example.com/x", "file:///etc"])
def test_a_whole_address_is_no_path(path: str) -> None:
    with pytest.raises(UsageError, match="whole address"):
        page_address(cast("FoundStack", None), path)
