"""The last event of a run, made from how it ended."""

from __future__ import annotations

from devkit.deployment.events import RunFinished, Step
from devkit.errors import (
    SIGNAL_BASE,
    BuildError,
    CheckoutError,
    DevkitError,
    ExitCode,
    GateError,
    IncompatibleError,
    InterruptedByUserError,
    ReleaseCommandError,
    ServicesError,
    StepFailedError,
    SwitchError,
)

STEP_OF_ERROR: dict[type[DevkitError], Step] = {
    ServicesError: Step.SERVICES,
    CheckoutError: Step.CHECKOUT,
    BuildError: Step.BUILD,
    ReleaseCommandError: Step.RELEASE,
    GateError: Step.GATE,
    SwitchError: Step.SWITCH,
    IncompatibleError: Step.COMPATIBILITY,
}


def passed(
    *,
    commit: str,
    seconds: float,
    receipt: bool,
    reused: bool = False,
    message: str = "",
    address: str = "",
) -> RunFinished:
    """The verdict of a run that passed, or of a receipt that stands for one.

    Args:
        commit: The commit; empty where the command is about none.
        seconds: How long it took.
        receipt: Whether a push of the commit is let through from now on.
        reused: Whether an earlier receipt answered.
        message: Why there is no receipt.
        address: Where what was deployed is served.
    """
    return RunFinished(
        verdict="passed",
        code=ExitCode.OK,
        seconds=seconds,
        commit=commit,
        receipt=receipt,
        reused=reused,
        message=message,
        address=address,
    )


def finished(
    failure: DevkitError,
    *,
    commit: str,
    seconds: float,
    kept: str = "",
    look: tuple[str, ...] = (),
) -> RunFinished:
    """The verdict of a run that ended with an error.

    Args:
        failure: The error.
        commit: The commit; empty where the command is about none.
        seconds: How long it took.
        kept: The run, where it was left standing.
        look: Commands that look into it.
    """
    return RunFinished(
        verdict=_verdict(failure),
        code=exit_code(failure),
        seconds=seconds,
        commit=commit,
        step=STEP_OF_ERROR.get(type(failure)),
        message=failure.message,
        hint=failure.hint,
        details=failure.details,
        cause=failure.cause,
        kept=kept,
        look=look,
    )


def exit_code(failure: DevkitError) -> int:
    """The process's exit code for an error; for a signal 128 and its number, as in shells."""
    if isinstance(failure, InterruptedByUserError):
        return SIGNAL_BASE + failure.signal_number
    return failure.code


def _verdict(failure: DevkitError) -> str:
    if isinstance(failure, InterruptedByUserError):
        return "interrupted"
    return "failed" if isinstance(failure, StepFailedError) else "unknown"
