"""The only side effects: docker, git, HTTP, files, processes, locks and the clock."""
