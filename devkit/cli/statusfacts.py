"""What ``devkit status`` knows beside docker's own: addresses, the image, what was verified."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from devkit.errors import DevkitError

if TYPE_CHECKING:
    from devkit.cli.session import Session
    from devkit.engine.image_inputs import ImageState
    from devkit.engine.local_found import FoundStack


@dataclass(frozen=True, kw_only=True)
class Head:
    """The commit that is checked out.

    Attributes:
        commit: Its full object name.
        subject: The first line of its message.
        verified: When it, or a commit with the same files, passed a rehearsal that counts still.
    """

    commit: str
    subject: str
    verified: datetime | None

    @property
    def line(self) -> str:
        """One line on it."""
        name = f"HEAD {self.commit[:12]} “{self.subject}”"
        if self.verified is None:
            return f"{name}: not verified; `devkit verify` rehearses its deployment"
        return f"{name}: verified {self.verified.astimezone():%Y-%m-%d %H:%M}"

    @property
    def fields(self) -> dict[str, Any]:
        """The same for a program."""
        when = self.verified.isoformat() if self.verified else None
        return {"commit": self.commit, "subject": self.subject, "verified": when}


def head_of(session: Session) -> Head | None:
    """The commit that is checked out; None where there is none, or git does not tell."""
    from devkit.cli.receipts import find_receipt  # noqa: PLC0415 - `--help` imports this module
    from devkit.cli.verifying import commit_folder  # noqa: PLC0415 - the same
    from devkit.engine.commit_project import read_commit_config  # noqa: PLC0415 - the same

    try:
        folder = commit_folder(session, "HEAD")
        receipt = find_receipt(folder, read_commit_config(folder))
    except (DevkitError, ValueError):  # a folder that is not the repository's
        return None
    commit = folder.commit
    verified = receipt.passed_at if receipt else None
    return Head(commit=commit.sha, subject=commit.subject, verified=verified)


def image_of(session: Session, stack: FoundStack) -> ImageState | None:
    """How the image of web stands to the working tree; None where that cannot be told."""
    from devkit.engine.image_inputs import image_state  # noqa: PLC0415 - `--help` imports this
    from devkit.engine.project_cache import load_project_cached  # noqa: PLC0415 - the same

    if stack.document is not None:  # which may build another image than the Dockerfile's
        return None
    try:
        project = load_project_cached(stack.root)
    except DevkitError:  # what runs is shown, whatever has become of its configuration
        return None
    web = stack.find_web()
    image = next((each.image for each in stack.containers if each.service == web), "")
    return image_state(project, image, environment=session.environment) if image else None


def image_fields(state: ImageState | None) -> dict[str, Any] | None:
    """The image for a program."""
    if state is None:
        return None
    built = datetime.fromtimestamp(state.built, UTC).isoformat(timespec="seconds")
    return {"built": built, "changed": list(state.changed)}


def address_of(stack: FoundStack) -> str:
    """Where the project answers, at its own host where it has one.

    Empty where it does not run, or publishes no port.
    """
    web = stack.find_web()
    up = [each for each in stack.containers if each.service == web and each.active and each.ports]
    if not up:
        return ""
    from devkit.engine.local_files import host_address  # noqa: PLC0415 - `--help` imports none

    port = stack.published_port(up[0])
    return host_address(stack.root, name=stack.name) or f"http://127.0.0.1:{port}/"
