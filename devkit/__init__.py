"""devkit rehearses the deployment of a Dockerised web application."""

__version__ = "0.1.0"
