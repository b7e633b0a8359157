"""Shared by all tables: metadata, constraint names and column types."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

metadata = sa.MetaData(
    naming_convention={
        "ix": "%(table_name)s_%(column_0_N_name)s_idx",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "ck": "%(table_name)s_%(constraint_name)s_check",
        "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
        "pk": "%(table_name)s_pkey",
    }
)

Moment = sa.DateTime(timezone=True)


class Amount(sa.TypeDecorator[Decimal]):
    """Keeps the decimals it is given. `has_decimals_of_currency` requires those of the currency beside it."""

    impl = sa.Numeric
    cache_ok = True

    def process_result_value(self, value: Decimal | None, dialect: sa.Dialect) -> Decimal | None:
        """Return 10000 JPY as `10000`: the driver reads it as `1E+4`, which is the same number and another text."""
        return None if value is None else value + Decimal(0)


TextList = postgresql.ARRAY(sa.Text, as_tuple=True)


def has_decimals_of_currency(amount: str) -> sa.CheckConstraint:
    """Return the check that the column `amount` has exactly the decimals of the column `currency`."""
    return sa.CheckConstraint(f"scale({amount}) = currency_decimals(currency)", name=f"{amount}_decimals")


def one_of(names: type[StrEnum], name: str) -> sa.Enum:
    """Return a text type with a check constraint for the values of an enumeration."""
    return sa.Enum(
        names,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=20,
        values_callable=lambda kind: [member.value for member in kind],
    )
