"""The content in use follows what the desk approves, in every process, without a restart."""

from __future__ import annotations

import logging
import threading

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from bot.opening import make_guide
from bot.settings import Settings
from conversations.forum import editing
from conversations.guide import InUse
from conversations.keys.sealing import SealError, Seals
from knowledge.amendments import NONE, Amendments, read_amendments, write_amendments

log = logging.getLogger(__name__)

EVERY_SECONDS = 15.0
"""How often a process asks whether something was approved elsewhere: with new phrases to read it is in use within a minute."""


class Renewal:
    """Keeps a guide in step with the database. A fault leaves the guide in use that is there."""

    def __init__(self, settings: Settings, engine: Engine, seals: Seals) -> None:
        """Make the first guide: of what the database holds, or where it cannot be read, of the file in the data folder.

        Raises ContentError, AmendmentsError.
        """
        self._settings, self._engine, self._seals = settings, engine, seals
        self._wanted, self._one_at_a_time = threading.Event(), threading.Lock()
        self._failed = False
        try:
            self._mark, amendments = editing.amendments(engine, seals)
            self._keep(amendments)
        except (SealError, SQLAlchemyError) as error:
            log.error("what was approved at the desk cannot be read (%s): its last copy is used", type(error).__name__)
            self._mark, amendments = "", read_amendments(settings.amendments)
        self.in_use = InUse(make_guide(settings, amendments))

    def begin(self) -> None:
        """Look from now on, in a thread of its own."""
        threading.Thread(target=self._watch, name="content", daemon=True).start()

    def wanted(self) -> None:
        """Look at once: something was approved or undone here."""
        self._wanted.set()

    def renew(self) -> bool:
        """Use what is approved now; False where that is in use already. Raises what went wrong."""
        with self._one_at_a_time:
            if editing.mark(self._engine) == self._mark:
                return False
            mark, amendments = editing.amendments(self._engine, self._seals)
            self.in_use.put(make_guide(self._settings, amendments, self.in_use.guide))
            self._mark = mark
            self._keep(amendments)
            return True

    def _watch(self) -> None:
        while True:
            self._wanted.wait(EVERY_SECONDS)
            self._wanted.clear()
            try:
                self.renew()
                self._failed = False
            except Exception as error:
                if not self._failed:  # once, not each time that it is tried
                    log.error("the content could not be renewed: %s; it stays as it is", type(error).__name__)
                self._failed = True

    def _keep(self, amendments: Amendments) -> None:
        """Copy what is in use into the data folder, for what runs without the database (S9)."""
        if amendments == NONE and not self._settings.amendments.exists():
            return
        try:
            write_amendments(amendments, self._settings.amendments)
        except OSError as error:
            log.error("what was approved cannot be copied into the data folder: %s", error.strerror)
