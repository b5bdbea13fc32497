"""The settings. Everything that differs between environments comes from the environment."""

import os
import socket
from pathlib import Path

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent

STAGE = os.environ.get("STAGE", "local")  # local, test or live
DEBUG = os.environ.get("DEBUG") == "True"

# The image is built without any environment, and collectstatic loads the
# settings. It signs nothing, so a key that everybody knows will do for it. The
# live site refuses it: who knows the key can forge what the site has signed.
SECRET_KEY = os.environ.get("SECRET_KEY")
if not SECRET_KEY:
    if STAGE == "live":
        raise ImproperlyConfigured("SECRET_KEY must be set on the live site.")
    SECRET_KEY = "insecure: for collectstatic and for local use only"


# Hosts


def own_addresses():
    """The addresses of this container, by which the platform looks whether it answers."""
    try:
        return socket.gethostbyname_ex(socket.gethostname())[2]
    except OSError:
        return []


DOMAINS = [
    domain.strip()
    for name in ("DOMAIN", "DOMAIN_ALIASES")
    for domain in os.environ.get(name, "").split(",")
    if domain.strip()
]
ALLOWED_HOSTS = [
    *DOMAINS,
    "localhost",
    ".localhost",
    "127.0.0.1",
    "[::1]",
    *own_addresses(),
]
if DEBUG:
    ALLOWED_HOSTS = ["*"]

# The platform's router speaks HTTPS with the browser and plain HTTP with us.
CSRF_TRUSTED_ORIGINS = [f"https://{domain}" for domain in DOMAINS]


# The application

INSTALLED_APPS = [
    "django.contrib.staticfiles",
    "notes",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TIME_ZONE = "UTC"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
    },
]


# Database and cache

# A build has no database and needs none: the fallback is an empty one in memory.
DATABASES = {
    "default": dj_database_url.config(
        default="sqlite://:memory:",
        conn_max_age=60,
        conn_health_checks=True,
    ),
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# In the database, because every container has to see the same cache.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "django_cache",
    },
}

# What `start migrate` runs with each deployment: in this order, up to the first that fails.
MIGRATION_COMMANDS = [
    "python manage.py migrate --noinput",
    "python manage.py createcachetable",
]


# Static and uploaded files

STATIC_URL = "/static/"
# Beside the code and not in it: locally the working directory is mounted over
# /app, and would hide what was collected in the image.
STATIC_ROOT = os.environ.get("STATIC_ROOT", BASE_DIR.parent / "static")

DEFAULT_STORAGE_DSN = os.environ.get(
    "DEFAULT_STORAGE_DSN", f"file://{BASE_DIR}/data/media/?url=%2Fmedia%2F"
)

STORAGES = {
    "default": {
        "BACKEND": "django_storage_url.get_storage",
        "OPTIONS": {"dsn": DEFAULT_STORAGE_DSN},
    },
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage",
    },
}


# Logging: everything to stderr, where `docker logs` finds it. Django's own
# default shows the traceback of a 500 only with DEBUG.

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {"format": "{levelname} {name}: {message}", "style": "{"},
    },
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "plain"},
    },
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
    },
}
