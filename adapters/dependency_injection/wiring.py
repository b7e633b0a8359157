"""Providers of use cases, made from the type hints of their fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from dependency_injector import providers

T = TypeVar("T")


class WiringError(Exception):
    """A use case can't be wired. The message names the use case and the field."""


class Wiring:
    """Makes the provider of a dataclass from those of its fields.

    A field whose type is among `ports` gets that provider's object. A field of type `Callable[[], X]` gets the provider
    of X itself, so that each call makes a new X. A field whose type is a dataclass that is no port is wired in the same
    way. Plain values come from `values`, by class and field name; a field with a default may do without.
    """

    def __init__(
        self,
        ports: Mapping[Any, providers.Provider[Any]],
        values: Mapping[tuple[type, str], Any],
    ) -> None:
        self._ports = ports
        self._values = values
        self._unused = set(values)
        self._made: dict[type, providers.Factory[Any]] = {}

    def provide(self, wanted: type[T]) -> providers.Factory[T]:
        """Return the provider of a use case, or of a group of use cases. Raises WiringError."""
        if wanted not in self._made:
            hints = get_type_hints(wanted)
            found = {each.name: self._field(wanted, each, hints[each.name]) for each in fields(wanted)}  # type: ignore[arg-type]
            self._made[wanted] = providers.Factory(
                wanted, **{name: value for name, value in found.items() if value is not MISSING}
            )
        return self._made[wanted]

    def check_values_used(self) -> None:
        """Raise WiringError if a value belongs to no field of what has been provided."""
        if self._unused:
            names = ", ".join(sorted(f"{owner.__name__}.{name}" for owner, name in self._unused))
            raise WiringError(f"These values are used by no use case: {names}.")

    def _field(self, owner: type, field: Field[Any], hint: Any) -> Any:
        key = (owner, field.name)
        if key in self._values:
            self._unused.discard(key)
            return self._values[key]
        if hint in self._ports:
            return self._ports[hint]
        made = _made_by_call(hint)
        if made in self._ports:
            return self._ports[made].provider
        if isinstance(hint, type) and is_dataclass(hint):
            return self.provide(hint)
        if field.default is not MISSING or field.default_factory is not MISSING:
            return MISSING
        raise WiringError(
            f"{owner.__name__}.{field.name} is a {getattr(hint, '__name__', None) or hint}, for which there is neither "
            "a port nor a value: declare one in container.py."
        )


def _made_by_call(hint: Any) -> Any:
    """The X of `Callable[[], X]`; None for any other type."""
    if get_origin(hint) is not get_origin(Callable[[], None]):
        return None
    parameters, made = get_args(hint)
    return made if parameters == [] else None
