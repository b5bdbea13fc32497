"""devkit.yaml: its model, its defaults, and what is detected where it says nothing."""
