"""PHP: Laravel, Symfony, and any other with a web server in its image."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from devkit.config.detection.findings import Framework, Guess
from devkit.config.detection.image import is_in_place

if TYPE_CHECKING:
    from devkit.config.detection.findings import Sources

_FPM = re.compile(r"(?:^|/)php:[\w.-]*fpm")
_OTHER_SERVER = re.compile(r"\b(?:nginx|caddy|apache2|httpd|lighttpd)\b")
_KEY_NOTE = (
    "APP_KEY: Laravel answers errors without it; the value in devkit.yaml is for rehearsals, so set"
    " a real one in the cloud."
)
# Not a secret: 32 bytes that stand for one in rehearsals.
_STAND_IN = "base64:ZGV2a2l0LXJlaGVhcnNhbC1vbmx5LW5vdC1zZWNyZXQ="


def find_php(sources: Sources) -> Framework | None:
    """A PHP project, where composer.json is there."""
    packages = sources.dependencies.php
    if "laravel/framework" in packages:
        return _laravel(sources)
    if "composer.json" not in sources.files and "php" not in (sources.dockerfile.base or ""):
        return None
    name = "Symfony" if "symfony/framework-bundle" in packages else "PHP"
    return Framework(
        name=name,
        evidence="composer.json names it" if packages else "the image is PHP's",
        release=_doctrine(sources),
        notes=_notes(sources),
    )


def _laravel(sources: Sources) -> Framework:
    needs_key = "APP_KEY" not in sources.dockerfile.environment
    return Framework(
        name="Laravel",
        evidence="composer.json names it",
        release=_artisan(sources),
        env={"APP_KEY": _STAND_IN} if needs_key else {},
        notes=(*[_KEY_NOTE] * needs_key, *_notes(sources)),
    )


def _artisan(sources: Sources) -> Guess | None:
    if sources.below("database/migrations/") is None:
        return None
    command = "php artisan migrate --force"
    if "artisan" not in sources.files or not is_in_place(sources.dockerfile, "artisan"):
        reason = "no COPY is seen to take artisan into the working directory"
        return Guess(command=command, reason=reason, certain=False)
    # Without a database of its own Laravel has the file of SQLite, which the image may lack.
    if "DATABASE_URL" not in sources.files.get("config/database.php", ""):
        reason = "see that config/database.php reads DATABASE_URL, which the cloud gives"
        return Guess(command=command, reason=reason, certain=False)
    return Guess(command=command, reason="there are artisan and database/migrations/")


def _doctrine(sources: Sources) -> Guess | None:
    bundle = sources.dependencies.php.get("doctrine/doctrine-migrations-bundle")
    if bundle is None:
        return None
    command = "php bin/console doctrine:migrations:migrate --no-interaction"
    if sources.below("migrations/Version") is None:
        return Guess(command=command, reason="there are no migrations yet", certain=False)
    if "bin/console" not in sources.files or not is_in_place(sources.dockerfile, "bin/console"):
        reason = "no COPY is seen to take bin/console into the working directory"
        return Guess(command=command, reason=reason, certain=False)
    return Guess(
        command=f"{command} --allow-no-migration", reason="there are bin/console and migrations/"
    )


def _notes(sources: Sources) -> tuple[str, ...]:
    is_alone = not _OTHER_SERVER.search(sources.dockerfile_text)
    if not (_FPM.search(sources.dockerfile.base or "") and is_alone):
        return ()
    said = f"{sources.dockerfile.base} speaks FastCGI and not HTTP"
    return (f"{said}: the image needs a web server, too (an -apache image has one).",)
