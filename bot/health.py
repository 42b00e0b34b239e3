"""What is wrong in this process just now, for /readyz and the watchdog."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Health:
    """Troubles by the name of what has them; empty where all is well."""

    troubles: dict[str, str] = field(default_factory=dict)

    def tell(self, what: str, trouble: str | None) -> None:
        """Note what is wrong with something; None once nothing is."""
        if trouble is None:
            self.troubles.pop(what, None)
        else:
            self.troubles[what] = trouble
