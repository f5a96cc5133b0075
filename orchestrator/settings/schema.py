"""The settings as one frozen value, and the order in which its sources win."""

import os
from collections.abc import Mapping
from typing import Self

from pydantic import Field, ModelWrapValidatorHandler, ValidationError, model_validator
from pydantic_settings import BaseSettings, InitSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from orchestrator.errors import SettingsError
from orchestrator.settings.environment import environment_layer
from orchestrator.settings.explain import explain, is_secret
from orchestrator.settings.file import find_file, read_layer
from orchestrator.settings.groups import (
    Admission,
    Breakers,
    Database,
    Flower,
    Ledger,
    Logs,
    Oversight,
    Places,
    Response,
    Retention,
    Schedules,
    Sources,
    Workers,
)
from orchestrator.settings.layers import ORIGINS, Given, as_values
from orchestrator.settings.rules import broken

GROUPS = (
    Places,
    Logs,
    Ledger,
    Sources,
    Admission,
    Breakers,
    Oversight,
    Response,
    Retention,
    Workers,
    Schedules,
    Database,
    Flower,
)
FIELDS = {name: field for group in GROUPS for name, field in group.model_fields.items()}
SECRET = tuple(name for name, field in FIELDS.items() if is_secret(field))
PLAIN = tuple(name for name in FIELDS if name not in SECRET)


class _FileSource(InitSettingsSource):
    """The settings file; which one it is, the caller or the environment has said before."""

    def __call__(self) -> dict[str, object]:
        path = find_file(self.current_state.get("config"))
        if path is None:
            return {}
        known = [name for name in FIELDS if name != "config"]
        return as_values({"config": Given(path, "found"), **read_layer(path, known=known)})


class Settings(
    Places,
    Logs,
    Ledger,
    Sources,
    Admission,
    Breakers,
    Oversight,
    Response,
    Retention,
    Workers,
    Schedules,
    Database,
    Flower,
    BaseSettings,
):
    """Every limit and switch. What the caller gives wins over the environment, then the file, then the defaults.

    Raises ``SettingsError`` with a line for each setting that is wrong.
    """

    model_config = SettingsConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    origins: Mapping[str, str] = Field(default_factory=dict, exclude=True, repr=False)
    """Where each setting that is not a default was given."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - its signature
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the same
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the same
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return the layers, the strongest first."""
        caller = {name: Given(value, "the caller") for name, value in init_settings().items()}
        layers = caller, environment_layer(os.environ, plain=PLAIN, secret=SECRET)
        return *(InitSettingsSource(settings_cls, as_values(layer)) for layer in layers), _FileSource(settings_cls, {})

    @model_validator(mode="wrap")
    @classmethod
    def _in_words(cls, data: object, handler: ModelWrapValidatorHandler[Self]) -> Self:
        try:
            return handler(data)
        except ValidationError as error:
            origins = data.get(ORIGINS, {}) if isinstance(data, dict) else {}
            # Without the cause: it holds the values, and some of them are secret.
            raise SettingsError(*explain(error, origins=origins, fields=FIELDS)) from None

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        problems = tuple(broken({name: value for name, value in self if isinstance(value, int | float)}))
        if problems:
            raise SettingsError(*problems)
        return self
