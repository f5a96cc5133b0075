"""``lookout migrate``: bring the database's schema to the code's."""

import click

from orchestrator.cli.group import examples


@click.command("migrate", epilog=examples("lookout migrate", "lookout migrate --check"))
@click.option("--check", is_flag=True, help="Only say whether the schema is the code's; exit with 1 where it is not.")
def command(*, check: bool) -> int:
    """Bring the database's schema to this code's version, as the role that owns the tables.

    Several may run at once: one migrates, the others wait for it. LOOKOUT_OWNER_DATABASE_URL names the owning role's
    database where it is not that of DATABASE_URL.
    """
    from orchestrator.cli.exits import Exit  # noqa: PLC0415  --help needs none of it
    from orchestrator.cli.interrupting import undoing  # noqa: PLC0415  the same
    from orchestrator.cli.terminal import say, show  # noqa: PLC0415  the same
    from orchestrator.local.opening import check_schema, is_unused, migrate_home, reading  # noqa: PLC0415  the same
    from orchestrator.settings import get_settings  # noqa: PLC0415  the same

    settings = get_settings()
    if check and is_unused(settings):
        show(f"{settings.home} has no database yet: `lookout migrate` makes it")
        return Exit.FAILED
    with undoing(), reading(settings):
        if not check:
            show(migrate_home(settings))
        differences = check_schema(settings)
    for difference in differences:
        show(difference)
    if differences:
        say("the tables are not what this code wants: `lookout migrate` brings an older schema up to date")
    elif check:
        show("the schema is what this code wants")
    return Exit.FAILED if differences else Exit.OK
