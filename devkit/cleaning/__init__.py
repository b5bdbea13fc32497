"""What devkit has left behind: what of it goes, what stays, and why; pure."""
