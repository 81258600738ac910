"""The API's description as people read it: operations and shapes, gathered from the OpenAPI document for the page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any, NamedTuple

Document = Mapping[str, Any]
METHODS = ("get", "put", "post", "delete")
PROBLEM = "ProblemDetails"


class Kind(NamedTuple):
    """Of which kind a value is: in words, and a shape of the document's that they end with."""

    words: str
    shape: str | None = None


class Field(NamedTuple):
    """A parameter or a property."""

    name: str
    kind: Kind
    needed: bool
    meaning: str
    place: str = ""


class Outcome(NamedTuple):
    """What a status means, and what comes with it."""

    status: str
    meaning: str
    kinds: list[tuple[str, Kind]]


class Operation(NamedTuple):
    """One method of one address."""

    id: str
    method: str
    address: str
    meaning: str
    token: str
    parameters: list[Field]
    body: list[tuple[str, Kind]]
    outcomes: list[Outcome]
    refusals: list[str]


class Part(NamedTuple):
    """The operations of one blueprint."""

    name: str
    meaning: str
    operations: list[Operation]


class Shape(NamedTuple):
    """A schema."""

    name: str
    fields: list[Field]


def parts(document: Document) -> list[Part]:
    """Gather all operations, by the parts of the API."""
    operations = [*_operations(document, document["paths"]), *_operations(document, document.get("webhooks", {}))]
    return [
        Part(tag["name"], tag.get("description", ""), [one for name, one in operations if name == tag["name"]])
        for tag in document["tags"]
    ]


def shapes(document: Document) -> list[Shape]:
    """Gather the shapes of what is sent and answered, by name."""
    schemas: Mapping[str, Document] = document["components"]["schemas"]
    return [Shape(name, _properties(schemas[name])) for name in sorted(schemas) if schemas[name].get("properties")]


def _operations(document: Document, paths: Mapping[str, Document]) -> Iterator[tuple[str, Operation]]:
    for address, item in paths.items():
        for method in METHODS:
            if method in item:
                told = item[method]
                yield told.get("tags", ["webhook-key"])[0], _operation(document, method, address, item, told)


def _operation(document: Document, method: str, address: str, item: Document, told: Document) -> Operation:
    answers = {status: _resolved(document, answer) for status, answer in told["responses"].items()}
    refused = sorted(status for status in answers if status.isdigit() and int(status) >= HTTPStatus.BAD_REQUEST)
    return Operation(
        id=told["operationId"],
        method=method.upper(),
        address=address,
        meaning=" ".join(filter(None, (told.get("summary"), told.get("description")))),
        token={(): "", (True,): "Needs a token.", (False, True): "Needs no token."}.get(
            tuple(bool(one) for one in told.get("security", ())), ""
        ),
        parameters=[_parameter(one) for one in (*item.get("parameters", ()), *told.get("parameters", ()))],
        body=_content(_resolved(document, told.get("requestBody", {}))),
        outcomes=[
            Outcome(status, _meaning(answers[status]), _content(answers[status]))
            for status in sorted(answers)
            if status not in (*refused, "default")
        ],
        refusals=[f"{status} {HTTPStatus(int(status)).phrase}" for status in refused],
    )


def _resolved(document: Document, told: Document) -> Document:
    """Follow a reference within the document."""
    if "$ref" not in told:
        return told
    found: Any = document
    for name in told["$ref"].removeprefix("#/").split("/"):
        found = found[name]
    return found  # type: ignore[no-any-return]


def _meaning(answer: Document) -> str:
    heads = [f"{name}: {one.get('description', '')}" for name, one in answer.get("headers", {}).items()]
    return " ".join([f"{answer.get('description', '').rstrip('.')}.", *heads])


def _content(told: Document) -> list[tuple[str, Kind]]:
    return [(type_, _kind(content.get("schema", {}))) for type_, content in told.get("content", {}).items()]


def _parameter(told: Document) -> Field:
    return Field(
        told["name"],
        _kind(told.get("schema", {})),
        told.get("required", False),
        told.get("description", ""),
        told["in"],
    )


def _properties(schema: Document) -> list[Field]:
    needed = schema.get("required", ())
    return [
        Field(name, _kind(told), name in needed, told.get("description", ""))
        for name, told in schema["properties"].items()
    ]


def _kind(schema: Document) -> Kind:
    """Say in words of which kind a value is."""
    if "$ref" in schema:
        return Kind("", schema["$ref"].rpartition("/")[2])
    if several := schema.get("anyOf") or schema.get("allOf") or schema.get("oneOf"):
        kinds = [_kind(one) for one in several]
        shape = next((one.shape for one in kinds if one.shape), None)
        said = [one.words for one in kinds if one.words] + ([""] if shape else [])
        return Kind(" or ".join(said), shape)
    types = schema.get("type", "anything")
    words = " or ".join(types) if isinstance(types, list) else str(types)
    if "array" in words:
        items = _kind(schema.get("items", {}))
        return Kind(f"{words} of {items.words}", items.shape)
    more = [str(schema["format"])] if "format" in schema else []
    more += [f"one of {', '.join(map(str, schema['enum']))}"] if "enum" in schema else []
    more += [f"from {schema['minimum']}"] if "minimum" in schema else []
    more += [f"up to {schema['maximum']}"] if "maximum" in schema else []
    return Kind(f"{words} ({', '.join(more)})" if more else words)
