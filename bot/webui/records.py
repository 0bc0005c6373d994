"""What all records of answers share: how much of each kind is taken, and what null means."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

__all__ = ["MAX_PICTURES", "Name", "Names", "Numbers", "Record", "Text", "Texts"]

MAX_PICTURES = 4_096
"""Entries of a list that has one entry per picture."""

Name = Annotated[str, Field(max_length=1_000)]
"""A name, path or address."""
Text = Annotated[str, Field(max_length=1_000_000)]
"""A prompt or infotext. Prompts of 100,000 characters were answered with 200 (NOTES 2.4)."""
Names = Annotated[tuple[Name, ...], Field(max_length=10_000)]
Texts = Annotated[tuple[Text, ...], Field(max_length=MAX_PICTURES)]
Numbers = Annotated[tuple[int, ...], Field(max_length=MAX_PICTURES)]


class Record(BaseModel):
    """A part of an answer. Null means "not said", so that the field's default stands."""

    model_config = ConfigDict(frozen=True, extra="ignore", protected_namespaces=(), allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _without_null(cls, value: object) -> object:
        if isinstance(value, dict):
            return {key: inner for key, inner in value.items() if inner is not None}
        return value
