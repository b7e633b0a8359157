"""Shared by all tables: metadata, constraint names and column types."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.sql.operators import OperatorType

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


def as_literal(name: str) -> sa.ColumnElement[Any]:
    """Return one of our own names, such as a status, as part of the statement rather than as a parameter.

    PostgreSQL may plan a statement once for all values of its parameters. Such a plan can't use an index that only has
    the rows with one of these names.
    """
    return sa.literal_column(f"'{name}'", sa.Text)


class _Names(sa.Enum):
    """A text type for the values of an enumeration, which are literals where a column is compared with them."""

    class Comparator(sa.Enum.Comparator):
        def operate(self, op: OperatorType, *other: Any, **more: Any) -> sa.ColumnElement[Any]:
            return super().operate(op, *map(_with_literals, other), **more)

    comparator_factory = Comparator


def _with_literals(compared: Any) -> Any:
    if isinstance(compared, list):
        return [_with_literals(each) for each in compared]
    return as_literal(compared) if isinstance(compared, StrEnum) else compared


def one_of(names: type[StrEnum], name: str) -> sa.Enum:
    """Return a text type with a check constraint for the values of an enumeration."""
    return _Names(
        names,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=20,
        values_callable=lambda kind: [member.value for member in kind],
    )
