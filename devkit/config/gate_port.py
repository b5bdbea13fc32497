"""Which port the gate asks: EXPOSE of the image, and ``web.port`` where that does not decide."""

from __future__ import annotations

from devkit.config.defaults import DEFAULT_PORT


def gate_port(configured: int | None, exposed: tuple[int, ...]) -> tuple[int, str]:
    """The port of the gate, and why it may be wrong.

    Args:
        configured: ``web.port`` of devkit.yaml; None where it does not say.
        exposed: The TCP ports of EXPOSE: the Dockerfile's, or better those of the built image.
    """
    if len(exposed) == 1:
        (port,) = exposed
        if configured in (None, port):
            return port, ""
        said = f"`web.port` is {configured}, but the image exposes {port}"
        return port, f"{said}, and that is the port that the gate tests."
    port = configured or DEFAULT_PORT
    used = f"{'`web.port`' if configured else 'the default'}, port {port}, is used"
    if exposed:
        ports = ", ".join(str(number) for number in exposed[:5])
        return port, f"The image exposes several ports ({ports}); {used}."
    return port, f"The image has no EXPOSE; {used}."
