"""The person's browser."""

from __future__ import annotations

import webbrowser


def open_in_browser(address: str) -> bool:
    """Open an address; whether there is a browser that took it."""
    try:
        return webbrowser.open(address)
    except webbrowser.Error:
        return False
