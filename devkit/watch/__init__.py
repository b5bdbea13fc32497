"""From changed files to what is to be done: pure, and printed by ``devkit watch --explain``."""
