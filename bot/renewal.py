"""The content in use follows what the desk approves, in every process, without a restart."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import replace

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from bot.opening import make_guide
from bot.settings import Settings
from conversations.forum import editing
from conversations.guide import Guide, InUse
from conversations.keys.sealing import SealError, Seals
from knowledge.amendments import NONE, Amendments, read_amendments, write_amendments
from knowledge.loader import ContentError

log = logging.getLogger(__name__)

EVERY_SECONDS = 15.0
"""How often a process asks whether something was approved elsewhere: with new phrases to read it is in use within a minute."""


class Renewal:
    """Keeps a guide in step with the database. A fault leaves the guide in use that is there."""

    def __init__(self, settings: Settings, engine: Engine, seals: Seals) -> None:
        """Make the first guide: of what the database holds, or where it cannot be read, of the file in the data folder.

        What was approved once and does not load any more, as after an upgrade, is left out: it stops no start.
        Raises ContentError, AmendmentsError.
        """
        self._settings, self._engine, self._seals = settings, engine, seals
        self._wanted, self._one_at_a_time = threading.Event(), threading.Lock()
        self._failed = False
        try:
            self._mark, self._used = self._approved(lambda: read_amendments(settings.amendments))
            self._keep(self._used)
        except SQLAlchemyError as error:
            log.error("what was approved at the desk cannot be read (%s): its last copy is used", type(error).__name__)
            self._mark, self._used = "", read_amendments(settings.amendments)
        self.in_use = InUse(self._first())

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
            mark, amendments = self._approved(lambda: self._used)
            self.in_use.put(make_guide(self._settings, amendments, self.in_use.guide))
            self._mark, self._used = mark, amendments
            self._keep(amendments)
            return True

    def _approved(self, last: Callable[[], Amendments]) -> tuple[str, Amendments]:
        """What the database holds, and its mark; what of it cannot be read as in its last copy."""
        try:
            return editing.amendments(self._engine, self._seals)
        except SealError:
            log.error("a change that was approved at the desk cannot be read: its last copy is used")
            return editing.amendments(self._engine, self._seals, last())

    def _first(self) -> Guide:
        """The guide of what was approved; entries that do not load with it are as they were shipped."""
        try:
            return make_guide(self._settings, self._used)
        except ContentError as error:
            if not self._used.entries:
                raise  # the folder itself is at fault
            faulty = {fault.entry for fault in error.faults}
        left = {name: fields for name, fields in self._used.entries.items() if name not in faulty}
        log.error("changes approved at the desk do not load any more and are left out (`signpost doctor` says why)")
        try:
            return make_guide(self._settings, replace(self._used, entries=left))
        except ContentError:
            return make_guide(self._settings, NONE)

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
