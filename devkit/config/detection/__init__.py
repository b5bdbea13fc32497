"""What a project needs, told from a few of its files: one module for each framework, all pure."""
