"""What is wrong in this process just now, for /readyz and the watchdog."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.limits import FairLane


@dataclass
class Health:
    """Troubles by the name of what has them; empty where all is well."""

    troubles: dict[str, str] = field(default_factory=dict)
    lanes: list[FairLane] = field(default_factory=list)
    """What must do something when it is asked to, or the process is of no use."""

    def tell(self, what: str, trouble: str | None) -> None:
        """Note what is wrong with something; None once nothing is."""
        if trouble is None:
            self.troubles.pop(what, None)
        else:
            self.troubles[what] = trouble
