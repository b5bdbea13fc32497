"""Ruby on Rails."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devkit.config.detection.entry import can_reload
from devkit.config.detection.findings import Framework, Guess
from devkit.config.detection.image import is_in_place
from devkit.config.detection.ports import port_of

if TYPE_CHECKING:
    from devkit.config.detection.findings import Sources

_KEY_NOTE = (
    "SECRET_KEY_BASE: Rails does not start in production without it; the value in devkit.yaml is"
    " for rehearsals, so set a real one in the cloud."
)
# Not a secret: it stands for one in rehearsals, and is the same with devkit.yaml and without.
_STAND_IN = "only-for-local-work-and-rehearsals-" + "0" * 64

# Not tmp/pids/server.pid: a second container that has the sources mounted would find the first
# one's there. /dev/shm is each container's own, and empty after a restart, as /tmp is not.
_PID_FILE = "/dev/shm/rails.pid"  # noqa: S108 - in a container, where nobody else writes


def find_rails(sources: Sources) -> Framework | None:
    """Rails, where the Gemfile names it."""
    if "rails" not in sources.dependencies.ruby:
        return None
    env = sources.dockerfile.environment
    is_production = "production" in {env.get("RAILS_ENV"), env.get("RACK_ENV")}
    needs_key = is_production and not {"SECRET_KEY_BASE", "SECRET_KEY_BASE_DUMMY"} & set(env)
    return Framework(
        name="Rails",
        evidence="Gemfile names it",
        release=_release(sources),
        local=None if is_production else _local(sources),
        env={"SECRET_KEY_BASE": _STAND_IN} if needs_key else {},
        notes=(_KEY_NOTE,) if needs_key else (),
    )


def _release(sources: Sources) -> Guess | None:
    migrations = sources.below("db/migrate/")
    if migrations is None:
        return None
    command = "bin/rails db:migrate"
    if "bin/rails" not in sources.files:
        return Guess(
            command="bundle exec rails db:migrate", reason="there is no bin/rails", certain=False
        )
    if not is_in_place(sources.dockerfile, "bin/rails"):
        reason = "no COPY is seen to take bin/rails into the working directory"
        return Guess(command=command, reason=reason, certain=False)
    return Guess(command=command, reason="there are bin/rails and db/migrate/")


def _local(sources: Sources) -> Guess | None:
    if "bin/rails" not in sources.files or not can_reload(sources):
        return None
    return Guess(
        command=f"bin/rails server -b 0.0.0.0 -p {port_of(sources)} -P {_PID_FILE}",
        reason="it reloads the code that it serves",
    )
