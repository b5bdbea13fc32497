"""Django, and what is built on it: Wagtail, django CMS, aldryn-django."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devkit.config.detection.entry import can_reload
from devkit.config.detection.findings import Framework, Guess
from devkit.config.detection.image import path_in_image, program
from devkit.config.detection.ports import port_of

if TYPE_CHECKING:
    from devkit.config.detection.findings import Sources

_PACKAGES = ("wagtail", "django-cms", "aldryn-django", "django")


def find_django(sources: Sources) -> Framework | None:
    """Django, where manage.py is there and a dependency names it."""
    script = find_manage(sources)
    packages = sources.dependencies.python
    named = next((packages[name] for name in _PACKAGES if name in packages), None)
    if script is None or named is None:
        return None
    place = path_in_image(sources.dockerfile, script)
    return Framework(
        name="Django",
        evidence=f"{named.file} names {named.name}, and there is {script}",
        release=_release(sources, script, place),
        local=_local(sources, place),
    )


def find_manage(sources: Sources) -> str | None:
    """The manage.py that is nearest to the project's root."""
    scripts = [p for p in sources.files if p == "manage.py" or p.endswith("/manage.py")]
    return min(scripts, key=lambda path: (path.count("/"), path), default=None)


def _release(sources: Sources, script: str, place: str | None) -> Guess:
    python = program(sources.dockerfile, "python")
    command = f"{python} {place or script} migrate --noinput"
    if place is None:
        return Guess(
            command=command, reason=f"no COPY is seen to take {script} along", certain=False
        )
    return Guess(command=command, reason="it is a Django project")


def _local(sources: Sources, place: str | None) -> Guess | None:
    """Django's own server, which reloads; only where the sources are mounted for it to see."""
    if place is None or not can_reload(sources):
        return None
    python = program(sources.dockerfile, "python")
    return Guess(
        command=f"{python} {place} runserver 0.0.0.0:{port_of(sources)}",
        reason="it reloads the code that it serves",
    )
