"""Columns that many tables share, made anew for each."""

from datetime import datetime

from sqlalchemy import Column, DateTime, Text, func

DEFAULT_TENANT = "default"


def zoned() -> DateTime:
    """Return the type of every point in time."""
    return DateTime(timezone=True)


def tenant() -> Column[str]:
    """Return the tenant column: there from the first day, one tenant until access comes."""
    return Column("tenant", Text, nullable=False, server_default=DEFAULT_TENANT)


def tenant_key() -> Column[str]:
    """Return the tenant column as the first part of a primary key."""
    return Column("tenant", Text, primary_key=True, server_default=DEFAULT_TENANT)


def moment(name: str) -> Column[datetime]:
    """Return a nullable column for a point in time, with its zone."""
    return Column(name, zoned())


def now(name: str) -> Column[datetime]:
    """Return a column for a point in time that the server fills in."""
    return Column(name, zoned(), nullable=False, server_default=func.now())
