"""``lookout migrate``: bring the database's schema to the code's."""

import click


@click.command("migrate")
@click.option("--check", is_flag=True, help="Only say whether the schema is the code's; exit with 1 where it is not.")
def command(*, check: bool) -> int:
    """Bring the database's schema to this code's version, as the role that owns the tables."""
    from orchestrator.cli.exits import Exit  # noqa: PLC0415  --help needs none of it
    from orchestrator.cli.terminal import show  # noqa: PLC0415  the same
    from orchestrator.local.opening import check_schema, migrate_home, serving  # noqa: PLC0415  the same
    from orchestrator.settings import get_settings  # noqa: PLC0415  the same

    settings = get_settings()
    with serving(settings):
        if not check:
            show(migrate_home(settings))
        differences = check_schema(settings)
    for difference in differences:
        show(difference)
    return Exit.FAILED if differences else Exit.OK
