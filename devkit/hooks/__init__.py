"""The pre-push hook: what git hands it, receipts, and installing."""
