"""What all tables share: their metadata, how constraints are named, and the types of columns."""

from __future__ import annotations

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
Amount = sa.Numeric(12, 2)
TextList = postgresql.ARRAY(sa.Text, as_tuple=True)


def one_of(names: type[StrEnum], name: str) -> sa.Enum:
    """A text column that holds one of the values of an enumeration, and a constraint that says so."""
    return sa.Enum(
        names,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=20,
        values_callable=lambda kind: [member.value for member in kind],
    )
