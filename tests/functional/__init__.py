"""Real files, real git and real HTTP servers, in this process."""
