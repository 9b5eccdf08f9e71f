"""What a section of the settings consists of, read from its class: for the reader and for the generated file."""

import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any

import msgspec

from core.model.secret import Secret


class Shape(Enum):
    """How a setting is written: one value, one table, a list of tables, or tables by name."""

    VALUE = "value"
    TABLE = "table"
    TABLES = "tables"
    NAMED_TABLES = "named tables"


@dataclass(frozen=True, slots=True)
class Setting:
    """One key of a section.

    Attributes:
        key: as it is written in the file; ``name`` is the attribute, another word where the key is a Python keyword.
        annotation: its type with its limits, for conversion.
        section: the class of its table or tables; None for a value.
        required: it has no default.
        default: None also where it is required.
        example: what to show where there is no default worth showing.
    """

    key: str
    name: str
    annotation: Any
    shape: Shape
    section: type[msgspec.Struct] | None
    secret: bool
    sentence: str
    required: bool
    default: Any
    example: Any


def describe(section: type[msgspec.Struct]) -> Mapping[str, Setting]:
    """The settings of a section by key, in the order of its class."""
    return {info.encode_name: _describe_field(info) for info in msgspec.structs.fields(section)}


def _describe_field(info: msgspec.structs.FieldInfo) -> Setting:
    bare, metas = _strip(info.type)
    shape, section = _find_shape(bare)
    examples = [example for meta in metas for example in meta.examples or ()]
    return Setting(
        key=info.encode_name,
        name=info.name,
        annotation=info.type,
        shape=shape,
        section=section,
        secret=bare is Secret,
        sentence=" ".join(meta.description for meta in metas if meta.description),
        required=info.required,
        default=_find_default(info),
        example=examples[0] if examples else _make_example(bare, key=info.encode_name),
    )


def _strip(annotation: Any) -> tuple[Any, list[msgspec.Meta]]:
    """The type without ``Annotated`` and ``| None``, and the remarks that stood on it."""
    if typing.get_origin(annotation) is Annotated:
        inner, *remarks = typing.get_args(annotation)
        bare, metas = _strip(inner)
        return bare, [*(remark for remark in remarks if isinstance(remark, msgspec.Meta)), *metas]
    choices = [arg for arg in typing.get_args(annotation) if arg is not types.NoneType]
    if typing.get_origin(annotation) in {typing.Union, types.UnionType} and len(choices) == 1:
        return _strip(choices[0])
    return annotation, []


def _find_shape(bare: Any) -> tuple[Shape, type[msgspec.Struct] | None]:
    if _is_section(bare):
        return Shape.TABLE, bare
    arguments = [_strip(argument)[0] for argument in typing.get_args(bare)]
    origin = typing.get_origin(bare)
    if origin in {tuple, list, Sequence} and _is_section(arguments[0]):
        return Shape.TABLES, arguments[0]
    if origin in {dict, Mapping} and _is_section(arguments[1]):
        return Shape.NAMED_TABLES, arguments[1]
    return Shape.VALUE, None


def _is_section(bare: Any) -> bool:
    return isinstance(bare, type) and issubclass(bare, msgspec.Struct)


def _find_default(info: msgspec.structs.FieldInfo) -> Any:
    if info.default is not msgspec.NODEFAULT:
        return info.default
    return None if info.default_factory is msgspec.NODEFAULT else info.default_factory()


def _make_example(bare: Any, *, key: str) -> Any:
    """A value of the right type, for a setting that names no example of its own: for text its own name."""
    if typing.get_origin(bare) is typing.Literal:
        return typing.get_args(bare)[0]
    return {int: 0, float: 0.0, bool: False}.get(bare, [] if typing.get_origin(bare) else key)
