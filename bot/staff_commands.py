"""The desk's subcommands: `serve`, `staff`, `feedback export` and `report`."""

from __future__ import annotations

import ipaddress
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.settings import LONDON, Settings, SettingsError, make_data_folder
from conversations.roles import ROLES
from conversations.sealing import Seals

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from conversations.guide import Guide
    from conversations.keys import Secrets

BY = "command line"

Common = Callable[[Callable[..., Any]], Callable[..., Any]]
Opened = Callable[[Settings], "tuple[Engine, Secrets]"]


def add_commands(main: click.Group, common: Common, open_kept: Opened, make_guide: Callable[[Settings], Any]) -> None:
    """Hang the desk's subcommands under `signpost`."""

    def opened(settings: Settings) -> tuple[Engine, Seals]:
        make_data_folder(settings)
        engine, _ = open_kept(settings)
        return engine, Seals.load(settings.keys)

    _staff(main, common, opened)
    _export(main, common, opened)
    _report(main, common, opened)
    _serve(main, common, opened, make_guide)


def _staff(main: click.Group, common: Common, opened: Callable[[Settings], tuple[Engine, Seals]]) -> None:
    @main.group()
    def staff() -> None:
        """Add, disable, reset and list the people who may open the forum desk."""

    @staff.command()
    @click.argument("name")
    @click.option(
        "--area", "areas", multiple=True, required=True, help="The id of an area; may be given more than once."
    )
    @click.option("--role", "roles", multiple=True, required=True, type=click.Choice(ROLES), help="May be repeated.")
    @common
    def add(settings: Settings, name: str, areas: tuple[str, ...], roles: tuple[str, ...]) -> None:
        """Add somebody; prints the one-time secret with which they set up a password."""
        from conversations import accounts

        known_areas(settings, areas)
        with _accounts(opened(settings)[0]) as connection:
            code = accounts.add(connection, name, areas, roles, settings.clock(), BY)
        _tell(accounts.plain_name(name), code)

    @staff.command()
    @click.argument("name")
    @common
    def reset(settings: Settings, name: str) -> None:
        """Take an account's password, codes and sessions away, and print a new set-up secret."""
        from conversations import accounts

        with _accounts(opened(settings)[0]) as connection:
            code = accounts.reset(connection, name, settings.clock(), BY)
        _tell(accounts.plain_name(name), code)

    @staff.command()
    @click.argument("name")
    @common
    def disable(settings: Settings, name: str) -> None:
        """Close an account; its sessions end at once."""
        from conversations import accounts

        with _accounts(opened(settings)[0]) as connection:
            accounts.disable(connection, name, settings.clock(), BY)
        click.echo(f"{accounts.plain_name(name)} can no longer sign in")

    @staff.command(name="list")
    @common
    def list_(settings: Settings) -> None:
        """Who there is."""
        from conversations.records import staff as records

        engine, _ = opened(settings)
        with engine.connect() as connection:
            for one in records.everybody(connection):
                state = "closed" if one.disabled else "active" if one.ready else "not set up"
                click.echo(f"{one.name}\t{','.join(one.areas)}\t{','.join(one.roles)}\t{state}")


@contextmanager
def _accounts(engine: Engine) -> Iterator[Connection]:
    """One transaction on the accounts; what is wrong with one is said in one plain line. Raises SettingsError."""
    from conversations.accounts import AccountError

    try:
        with engine.begin() as connection:
            yield connection
    except AccountError as error:
        raise SettingsError(str(error)) from None


def _tell(name: str, code: str) -> None:
    click.echo(f"one-time set-up secret for {name}: {code}")
    click.echo("good for three days, on the desk's page /desk/set-up; pass it on by phone or in person", err=True)


def known_areas(settings: Settings, areas: tuple[str, ...]) -> None:
    """Raise SettingsError where an area is not covered."""
    from knowledge.loader import load

    known = load(settings.knowledge).area_by_id
    for area in areas:
        if area not in known:
            raise SettingsError(f"--area {area!r} is not covered; the areas are: {', '.join(known) or 'none'}")


def _export(main: click.Group, common: Common, opened: Callable[[Settings], tuple[Engine, Seals]]) -> None:
    @main.group()
    def feedback() -> None:
        """What families said."""

    @feedback.command()
    @click.option("--area", required=True, help="The id of an area.")
    @click.option("--format", "kind", type=click.Choice(("csv", "xlsx", "jsonl")), help="Default: by --out, else csv.")
    @click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="The first day.")
    @click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="The last day.")
    @click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="The file; default standard output.")
    @common
    def export(
        settings: Settings,
        area: str,
        kind: str | None,
        since: datetime | None,
        until: datetime | None,
        out: Path | None,
    ) -> None:
        """Feedback of one area as CSV, XLSX or JSON Lines; never what is under safeguarding."""
        from bot import exports
        from conversations.records import staff as people
        from conversations.records.desk import Filters

        known_areas(settings, (area,))
        kind = kind or _kind_of(out, exports.FORMATS, "csv")
        engine, seals = opened(settings)
        filters = Filters((area,), since=_start(since), until=_start(until + timedelta(days=1) if until else None))
        with engine.begin() as connection:
            table = exports.rows(connection, filters, seals)
            moment = int(settings.clock().timestamp())
            people.note(connection, BY, "exported", moment, area, f"{len(table)} as {kind}")
        write_out(exports.write(kind, table), out)


def _start(day: datetime | None) -> int | None:
    return int(day.replace(tzinfo=LONDON).timestamp()) if day else None


def _kind_of(out: Path | None, kinds: tuple[str, ...], otherwise: str) -> str:
    ending = out.suffix.lstrip(".").lower() if out else ""
    return ending if ending in kinds else otherwise


def write_out(body: bytes, out: Path | None) -> None:
    """Write a file that only its owner reads, or standard output. Raises SettingsError."""
    if out is None:
        sys.stdout.buffer.write(body)
        sys.stdout.buffer.flush()
        return
    try:
        out.touch(mode=0o600)
        out.write_bytes(body)
    except OSError as error:
        raise SettingsError(f"--out {str(out)!r} cannot be written ({error.strerror})") from None


def _report(
    main: click.Group,
    common: Common,
    opened: Callable[[Settings], tuple[Engine, Seals]],
) -> None:
    @main.command()
    @click.option("--area", required=True, help="The id of an area.")
    @click.option("--year", type=click.IntRange(2020, 2199), help="Default: this year.")
    @click.option("--format", "kind", type=click.Choice(("html", "pdf", "csv")), help="Default: by --out, else html.")
    @click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="The file; default standard output.")
    @common
    def report(settings: Settings, area: str, year: int | None, kind: str | None, out: Path | None) -> None:
        """Write the year's comments report for one area: HTML, PDF or CSV."""
        from bot import report_files
        from bot.web.visit import make_desk
        from conversations import reports
        from conversations.records import staff as people
        from conversations.wording import load_wording

        known_areas(settings, (area,))
        kind = kind or _kind_of(out, report_files.FORMATS, "html")
        engine, seals = opened(settings)
        now, wording, guide = settings.clock(), load_wording("desk", settings.knowledge), _reading_guide(settings)
        desk = make_desk(engine, seals, guide, wording, settings.clock, secure=True)
        with engine.begin() as connection:
            whole = reports.report(connection, area, year or now.year, seals, guide, wording, now)
            people.note(connection, BY, "exported", int(now.timestamp()), area, f"report {whole.year} as {kind}")
        write_out(report_files.write(kind, whole, desk.pages, wording), out)


def _reading_guide(settings: Settings) -> Guide:
    """A guide for a report, which asks no questions: its matcher learns one entry, where learning all takes seconds."""
    from conversations.guide import Guide
    from conversations.wording import load_wording
    from knowledge.loader import load
    from knowledge.matcher import Matcher

    library = load(settings.knowledge)
    matcher = Matcher(replace(library, entries=library.entries[:1]))
    return Guide(library, matcher, load_wording("en", settings.knowledge))


def _serve(
    main: click.Group,
    common: Common,
    opened: Callable[[Settings], tuple[Engine, Seals]],
    make_guide: Callable[[Settings], Any],
) -> None:
    @main.command()
    @click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
    @click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="0: any free one.")
    @click.option("--address", envvar="SIGNPOST_ADDRESS", help="What people type: https://desk.example.org.")
    @click.option("--certificate", envvar="SIGNPOST_CERTIFICATE", help="A TLS certificate, where no proxy brings TLS.")
    @click.option("--certificate-key", envvar="SIGNPOST_CERTIFICATE_KEY", help="Its key.")
    @click.option("--insecure-loopback", is_flag=True, help="Plain http on this machine alone, to try things out.")
    @common
    def serve(
        settings: Settings, host: str, port: int, address: str | None, certificate: str | None,
        certificate_key: str | None, insecure_loopback: bool,
    ) -> None:  # fmt: skip
        """Run the web server: the forum desk and the health pages."""
        from bot.web.serving import run
        from bot.web.visit import make_desk
        from conversations.wording import load_wording

        hosts = hosts_for(host, address, certificate, insecure_loopback)
        engine, seals = opened(settings)
        guide, wording = make_guide(settings), load_wording("desk", settings.knowledge)
        desk = make_desk(engine, seals, guide, wording, settings.clock, secure=not insecure_loopback)
        run(desk, hosts, host, port, certificate, certificate_key)


def hosts_for(host: str, address: str | None, certificate: str | None, insecure_loopback: bool) -> tuple[str, ...]:
    """The host names to answer to. Raises SettingsError where sessions could not be kept safe.

    A `__Host-` cookie is kept by browsers over TLS alone, so that without it nobody could sign in (RFC 6265bis, 4.1.3).
    """
    loopback = ("localhost", "127.0.0.1", "::1")
    if insecure_loopback:
        if not is_loopback(host):
            raise SettingsError(f"--insecure-loopback is for this machine alone, and --host {host!r} is not: bring TLS")
        return loopback
    found = re.fullmatch(r"https://([A-Za-z0-9.-]+)(:\d+)?/?", address or "")
    if address and not found:
        raise SettingsError(
            f"SIGNPOST_ADDRESS {address!r} should be like https://desk.example.org: the cookies need TLS"
        )
    if not found and not certificate:
        raise SettingsError(
            "TLS is missing: name the https address that people type with --address (a proxy before this server brings "
            "TLS), or a --certificate; to try things out on this machine use --insecure-loopback"
        )
    return (*loopback, found[1].lower()) if found else ("*",)


def is_loopback(host: str) -> bool:
    """Whether an address is this machine's own."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
