"""What the deployment steps need from outside, as Protocols.

devkit.engine keeps these promises for real; tests/fakes has one fake for each.
"""

from devkit.ports.checkout import (
    Checkout,
    Finding,
    Severity,
)
from devkit.ports.gate import (
    Address,
    Answer,
    Clock,
    Failure,
    Liveness,
    Prober,
    Witness,
)
from devkit.ports.stage import (
    Background,
    Changes,
    Completed,
    Container,
    Data,
    Image,
    Stage,
    Stopped,
    Trouble,
)
from devkit.ports.switching import (
    Client,
    Load,
    Loss,
    Phase,
    Proxy,
    Sent,
)

__all__ = [
    "Address",
    "Answer",
    "Background",
    "Changes",
    "Checkout",
    "Client",
    "Clock",
    "Completed",
    "Container",
    "Data",
    "Failure",
    "Finding",
    "Image",
    "Liveness",
    "Load",
    "Loss",
    "Phase",
    "Prober",
    "Proxy",
    "Sent",
    "Severity",
    "Stage",
    "Stopped",
    "Trouble",
    "Witness",
]
