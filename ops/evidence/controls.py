"""The controls: what the law asks, and where the proof of each is looked for."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Final

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ..errors import OperatorError
from ..records import Kind

FILE: Final = Path(__file__).with_name("controls.yaml")

Text = Annotated[str, Field(min_length=1)]


class Model(BaseModel):
    """A model that takes no unknown key and does not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class RecordDemand(Model):
    """Records that must exist: for the evidence of a stack, those of the environments named beside it."""

    kind: Kind
    stacks: dict[str, tuple[str, ...]]
    every_days: Annotated[int, Field(ge=1)] | None = None
    """How old the last one may be; None: it may be of any age."""
    steps: tuple[Text, ...] = ()
    """Steps that every record of work that passed must show as passed, in this order."""
    required: bool = True
    """Whether it is a gap when there is none; one that ended badly always is."""


class Control(Model):
    """One thing that the law asks."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z-]*$")]
    title: Text
    provision: Text
    asks: Text
    reading: Text | None = None
    in_force: date
    requirements: tuple[str, ...]
    sections: tuple[str, ...] = ()
    records: tuple[RecordDemand, ...] = ()
    log_days: Annotated[int, Field(ge=1)] | None = None
    organisation: Text | None = None

    @model_validator(mode="after")
    def _is_provable(self) -> Control:
        if not self.requirements and self.organisation is None:
            raise ValueError("names neither requirement rows nor who else has to show it")
        return self


class _File(Model):
    controls: tuple[Control, ...]

    @model_validator(mode="after")
    def _ids_are_unique(self) -> _File:
        ids = [control.id for control in self.controls]
        if twice := sorted({each for each in ids if ids.count(each) > 1}):
            raise ValueError(f"{', '.join(twice)} stands twice")
        return self


@cache
def read_controls(path: Path = FILE) -> tuple[Control, ...]:
    """Read the file. Raises OperatorError with one line for each mistake."""
    try:
        return _File.model_validate(yaml.safe_load(path.read_text(encoding="utf-8"))).controls
    except ValidationError as error:
        raise OperatorError(
            "\n".join(
                f"{path.name}: {'.'.join(map(str, problem['loc']))}: {problem['msg']}"
                for problem in error.errors(include_url=False)
            )
        ) from None
