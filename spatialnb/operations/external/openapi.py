"""An OpenAPI document (Swagger 2.0, OpenAPI 3.0 and 3.1) read into a `Pack`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from spatialnb.errors import SpatialError, Unsupported
from spatialnb.operations.external import naming
from spatialnb.operations.external.document import Document
from spatialnb.operations.external.endpoint import Answers, Body, Endpoint, Pack, Parameter, Part, Scheme
from spatialnb.operations.external.places import base_of, scheme_of, server_of
from spatialnb.operations.external.schema import Schemas, properties_of
from spatialnb.operations.external.shapes import examples_of, few_values, is_binary, listed, shape_of

METHODS = ("get", "head", "options", "trace", "post", "put", "patch", "delete")
READS = frozenset({"get", "head", "options", "trace"})
JSON_MEDIA = re.compile(r"application/(?:.*\+)?json\b|\*/\*|application/\*")
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
_OUR_OWN = frozenset(
    {"accept", "content-type", "authorization", "host", "content-length", "transfer-encoding", "connection", "cookie"}
) | {"upgrade", "te", "trailer"}
"""Headers that are never an argument: they belong to the connection, or say who calls."""
_SWAGGER_KEYS = frozenset(
    [
        "type",
        "format",
        "items",
        "enum",
        "default",
        "maximum",
        "minimum",
        "exclusiveMaximum",
        "exclusiveMinimum",
        "maxLength",
        "minLength",
        "pattern",
        "maxItems",
        "minItems",
        "uniqueItems",
        "multipleOf",
        "description",
        "example",
        "x-nullable",
        "x-example",
    ]
)


def read(document: Document, source: str, base: str | None = None) -> Pack:
    """Every operation of the document, named for `source`.

    `base`: where the API is, if that is not what the document says; one without a path keeps the document's own. An
    operation that cannot be read is left out and told in `problems`; the rest is kept. Raises `Unsupported` for what
    is no such document and `Invalid` when nothing says where the API is.
    """
    data = document.data
    if not isinstance(data.get("paths"), Mapping) and not isinstance(data.get("webhooks"), Mapping):
        raise Unsupported("This is no OpenAPI document: it has no paths.")
    old = str(data.get("swagger", "")).startswith("2")
    if not old and not re.match(r"3\.\d", str(data.get("openapi", ""))):
        raise Unsupported("OpenAPI 3.0, 3.1 and Swagger 2.0 can be read; this document says it is something else.")
    return _Reader(document, source, base, old).pack()


class _Reader:
    def __init__(self, document: Document, source: str, base: str | None, old: bool) -> None:
        self.document, self.source, self.old = document, source, old
        self.data: Mapping[str, Any] = document.data
        self.schemas = Schemas(document)
        self.given = base is not None
        self.base = base_of(self.data, document.location, base, old)
        self.problems: list[str] = []

    def pack(self) -> Pack:
        info = self.data.get("info")
        info = info if isinstance(info, Mapping) else {}
        found: dict[str, Endpoint] = {}
        for method, path, operation, shared in self._operations():
            try:
                endpoint = self._endpoint(method, path, operation, shared, found)
            except SpatialError as error:
                self.problems.append(f"{method.upper()} {path} is left out: {error}")
                continue
            found[endpoint.name] = endpoint
        return Pack(
            kind="openapi",
            title=str(info.get("title") or self.source),
            version=str(info.get("version", "")),
            base=self.base,
            location=self.document.location,
            document=self.document.hash,
            schemes=self._schemes(),
            definitions=self.schemas.definitions,
            endpoints=tuple(found.values()),
            problems=tuple(dict.fromkeys((*self.problems, *self.schemas.problems))),
        )

    def _operations(self) -> Iterable[tuple[str, str, Mapping[str, Any], Mapping[str, Any]]]:
        for path, given in (self.data.get("paths") or {}).items():
            if not path.startswith("/"):
                continue
            try:
                item = self.schemas.resolved(given)
            except SpatialError as error:
                self.problems.append(f"{path} is left out: {error}")
                continue
            for method in METHODS:
                if isinstance(item, Mapping) and isinstance(item.get(method), Mapping):
                    yield method, path, item[method], item

    # -- one operation ------------------------------------------------------------------------------------------------
    def _endpoint(
        self,
        method: str,
        path: str,
        operation: Mapping[str, Any],
        shared: Mapping[str, Any],
        taken: Mapping[str, Endpoint],
    ) -> Endpoint:
        name = naming.operation_name(self.source, str(operation.get("operationId") or ""), method, path)
        name = naming.unique(name, f"{method} {path}", taken)
        arguments: dict[str, Any] = {}
        required: list[str] = []
        parameters: list[Parameter] = []
        given = self._parameters(operation, shared)
        for one in given:
            if one["in"] in ("body", "formData") or not self._is_sent(one):
                continue
            parameter, schema = self._parameter(one, arguments)
            parameters.append(parameter)
            arguments[parameter.argument] = schema
            if parameter.required:
                required.append(parameter.argument)
        for missing in re.findall(r"{([^{}]+)}", path):
            if not any(p.where == "path" and p.name == missing for p in parameters):
                argument = naming.argument_name(missing, arguments)
                parameters.append(
                    Parameter(argument=argument, name=missing, where="path", required=True, style="simple")
                )
                arguments[argument] = {"type": "string"}
                required.append(argument)
        body = self._old_body(given, operation) if self.old else self._body(operation)
        if body is not None:
            body = self._spread(body, arguments, required) if _says_something(body, self.schemas) else None
        answers = self._answers(operation)
        where = ""
        if method == "get" and answers.rows:
            where = naming.argument_name("where", arguments)
            arguments[where] = WHERE
        summary, description = _words(operation, shared, method, path)
        return Endpoint(
            name=name,
            method=method.upper(),
            path=path,
            base=self._own_base(operation, shared),
            summary=summary,
            description=description,
            tags=tuple(str(tag) for tag in listed(operation.get("tags"))),
            parameters=tuple(parameters),
            body=body,
            arguments=arguments,
            required=tuple(required),
            security=self._security(operation),
            answers=answers,
            approval="" if method in READS else "deletes" if method == "delete" else "publishes",
            safe=method in READS,
            deprecated=operation.get("deprecated") is True,
            where=where,
        )

    def _parameters(self, operation: Mapping[str, Any], shared: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """Those of the path and of the operation; the operation's own stand in place of the path's."""
        found: dict[tuple[str, str], Mapping[str, Any]] = {}
        for value in (*listed(shared.get("parameters")), *listed(operation.get("parameters"))):
            one = self.schemas.resolved(value)
            if isinstance(one, Mapping) and isinstance(one.get("name"), str) and isinstance(one.get("in"), str):
                found[one["name"], one["in"]] = one
        return list(found.values())

    def _is_sent(self, one: Mapping[str, Any]) -> bool:
        if one["in"] not in ("path", "query", "header", "cookie"):
            return False
        return not (one["in"] == "header" and one["name"].lower() in _OUR_OWN)

    def _parameter(self, one: Mapping[str, Any], taken: Mapping[str, Any]) -> tuple[Parameter, dict[str, Any]]:
        where, as_json = one["in"], False
        given: Any = {k: v for k, v in one.items() if k in _SWAGGER_KEYS} if self.old else one.get("schema")
        if not self.old and given is None and isinstance(one.get("content"), Mapping) and one["content"]:
            media, content = next(iter(one["content"].items()))
            given, as_json = content.get("schema"), bool(JSON_MEDIA.match(media))
        schema = self.schemas.convert(given)
        if text := str(one.get("description") or "").strip():
            schema["description"] = text
        if examples := examples_of(self.schemas, one):
            schema["examples"] = [*examples, *schema.get("examples", ())]
        style, explode = _collection(one) if self.old else _style(one)
        return (
            Parameter(
                argument=naming.argument_name(one["name"], taken),
                name=one["name"],
                where=where,
                required=one.get("required") is True or where == "path",
                style=style,
                explode=explode,
                reserved=one.get("allowReserved") is True,
                json_=as_json,
            ),
            schema,
        )

    # -- bodies -------------------------------------------------------------------------------------------------------
    def _body(self, operation: Mapping[str, Any]) -> Body | None:
        given = self.schemas.resolved(operation.get("requestBody"))
        if not isinstance(given, Mapping) or not isinstance(given.get("content"), Mapping) or not given["content"]:
            return None
        key = _best_media(given["content"])
        media = _concrete(key)
        content = self.schemas.resolved(given["content"][key])
        content = content if isinstance(content, Mapping) else {}
        schema = self.schemas.convert(content.get("schema"))
        if examples := examples_of(self.schemas, content):
            schema["examples"] = [*examples, *schema.get("examples", ())]
        if (text := str(given.get("description") or "").strip()) and "description" not in schema:
            schema["description"] = text
        parts: dict[str, Part] = {}
        for field, one in (content.get("encoding") or {}).items() if media in (FORM, MULTIPART) else ():
            if isinstance(one, Mapping):
                style, explode = _style({"in": "query", **one})
                kind = str(one.get("contentType", "")).split(",")[0].strip()
                parts[field] = Part(style=style, explode=explode, content=kind)
        return Body(media=media, required=given.get("required") is True, parts=parts, schema_=schema)

    def _old_body(self, given: Iterable[Mapping[str, Any]], operation: Mapping[str, Any]) -> Body | None:
        consumes = [str(media) for media in listed(operation.get("consumes", self.data.get("consumes")))]
        for one in given:
            if one["in"] == "body":
                schema = self.schemas.convert(one.get("schema"))
                if text := str(one.get("description") or "").strip():
                    schema.setdefault("description", text)
                media = _concrete(_best_media(dict.fromkeys(consumes or ["application/json"])))
                return Body(media=media, required=one.get("required") is True, schema_=schema)
        fields = [one for one in given if one["in"] == "formData"]
        if not fields:
            return None
        files = any(one.get("type") == "file" for one in fields)
        properties: dict[str, Any] = {}
        parts: dict[str, Part] = {}
        for one in fields:
            properties[one["name"]] = self.schemas.convert({k: v for k, v in one.items() if k in _SWAGGER_KEYS})
            style, explode = _collection(one)
            parts[one["name"]] = Part(style=style, explode=explode, binary=one.get("type") == "file")
        asked = [one["name"] for one in fields if one.get("required") is True]
        schema: dict[str, Any] = {"type": "object", "properties": properties}
        if asked:
            schema["required"] = asked
        media = MULTIPART if files or (MULTIPART in consumes and FORM not in consumes) else FORM
        return Body(media=media, required=bool(asked), parts=parts, schema_=schema)

    def _spread(self, body: Body, arguments: dict[str, Any], required: list[str]) -> Body:
        """Each field of an object as an argument of its own; any other body as one argument."""
        schema, definitions = body.schema_, self.schemas.definitions
        fields, asked = properties_of(schema, definitions)
        target = schema
        while "$ref" in target and "properties" not in target:
            target = definitions.get(str(target["$ref"]).removeprefix("#/$defs/"), {})
        kind = target.get("type", "object")
        open_ended = target.get("additionalProperties") not in (None, False)
        plain = not {"anyOf", "oneOf", "not", "if", "patternProperties"} & set(target)
        if fields and kind in ("object", ["object", "null"]) and plain and not open_ended:
            names: dict[str, str] = {}
            for field, inner in fields.items():
                argument = naming.argument_name(field, arguments)
                arguments[argument], names[argument] = inner, field
                if field in asked and body.required:
                    required.append(argument)
            parts = {
                name: body.parts.get(name) or Part(binary=True)
                for name, inner in fields.items()
                if name in body.parts or is_binary(inner, definitions)
            }
            parts = {
                name: part.model_copy(update={"binary": part.binary or is_binary(fields[name], definitions)})
                for name, part in parts.items()
            }
            return body.model_copy(update={"fields": names, "parts": parts if body.media in (FORM, MULTIPART) else {}})
        argument = naming.argument_name("body", arguments)
        arguments[argument] = schema
        if body.required:
            required.append(argument)
        return body.model_copy(update={"argument": argument})

    # -- answers ------------------------------------------------------------------------------------------------------
    def _answers(self, operation: Mapping[str, Any]) -> Answers:
        media: dict[str, Any] = {}
        for status, value in (operation.get("responses") or {}).items():
            if not (str(status).startswith("2") or status == "default") or media:
                continue
            try:
                response = self.schemas.resolved(value)
            except SpatialError:
                continue
            if not isinstance(response, Mapping):
                continue
            if self.old and "schema" in response:
                kinds = listed(operation.get("produces", self.data.get("produces"))) or ["application/json"]
                media = {str(kind): response["schema"] for kind in kinds}
            elif isinstance(response.get("content"), Mapping):
                media = {
                    str(kind): content.get("schema")
                    for kind, content in response["content"].items()
                    if isinstance(content, Mapping)
                }
        schema = next((each for kind, each in media.items() if JSON_MEDIA.match(kind)), None)
        rows, fields = shape_of(self.schemas, schema)
        values = {name: kept for name, one in fields.items() if (kept := few_values(self.schemas, one))}
        return Answers(media=tuple(media)[:6], rows=rows, values=values, fields=tuple(fields)[:60])

    # -- who calls, and where -----------------------------------------------------------------------------------------
    def _security(self, operation: Mapping[str, Any]) -> tuple[tuple[str, ...], ...]:
        given = operation.get("security", self.data.get("security"))
        return tuple(tuple(str(name) for name in one) for one in listed(given) if isinstance(one, Mapping))

    def _schemes(self) -> dict[str, Scheme]:
        components = self.data.get("components")
        given = self.data.get("securityDefinitions") if self.old else None
        if isinstance(components, Mapping):
            given = components.get("securitySchemes")
        found: dict[str, Scheme] = {}
        for name, value in (given or {}).items():
            try:
                one = self.schemas.resolved(value)
            except SpatialError as error:
                self.problems.append(str(error))
                continue
            if isinstance(one, Mapping):
                found[name] = scheme_of(name, one)
        return found

    def _own_base(self, operation: Mapping[str, Any], shared: Mapping[str, Any]) -> str:
        """Where this operation is, if the document gives it a place of its own."""
        servers = listed(operation.get("servers")) or listed(shared.get("servers"))
        if not servers or self.given or self.old:
            return ""
        base = server_of(servers[0], self.document.location)
        return "" if base == self.base else base


def _says_something(body: Body, schemas: Schemas) -> bool:
    """Whether there is anything to be sent: some documents give every reading operation an empty form."""
    fields, _ = properties_of(body.schema_, schemas.definitions)
    return body.required or bool(fields) or body.schema_.get("additionalProperties", True) is not False


WHERE: dict[str, Any] = {
    "type": "object",
    "description": "Only rows of the answer whose fields have these values, such as {'type': 'folder'}. Not sent.",
    "additionalProperties": {"type": ["string", "number", "boolean", "null"]},
}


def _words(operation: Mapping[str, Any], shared: Mapping[str, Any], method: str, path: str) -> tuple[str, str]:
    """A short summary in one line, and the description."""
    summary = " ".join(str(operation.get("summary") or shared.get("summary") or "").split())
    text = str(operation.get("description") or shared.get("description") or "").strip()
    if not summary:
        first = re.split(r"(?<=[.!?])\s|\n", re.sub(r"<[^>]+>", "", text).strip(), maxsplit=1)[0].strip()
        summary = " ".join(first.split()) or f"{method.upper()} {path}"
    if len(summary) > 120:
        summary = f"{summary[:117].rsplit(' ', 1)[0]} …"
    return summary, text


def _style(one: Mapping[str, Any]) -> tuple[Any, bool]:
    defaults = {"path": "simple", "header": "simple", "query": "form", "cookie": "form"}
    style = str(one.get("style") or defaults[one["in"]])
    known = ("simple", "label", "matrix", "form", "spaceDelimited", "pipeDelimited", "deepObject")
    style = style if style in known else defaults[one["in"]]
    explode = one.get("explode")
    return style, explode if isinstance(explode, bool) else style in ("form", "deepObject")


def _collection(one: Mapping[str, Any]) -> tuple[Any, bool]:
    """Swagger's `collectionFormat` as a style."""
    kind = str(one.get("collectionFormat") or "csv")
    plain = "simple" if one["in"] in ("path", "header") else "form"
    styles = {"ssv": "spaceDelimited", "tsv": "tabDelimited", "pipes": "pipeDelimited"}
    return styles.get(kind, plain), kind == "multi"


def _best_media(content: Mapping[str, Any]) -> str:
    for wanted in (lambda m: m.split(";")[0] == "application/json", JSON_MEDIA.match, lambda m: FORM in m):
        if (found := next((str(media) for media in content if wanted(str(media))), None)) is not None:
            return found
    multipart = next((str(media) for media in content if str(media).startswith("multipart/")), None)
    return multipart or str(next(iter(content)))


def _concrete(media: str) -> str:
    """A media type to send where a document names a range of them."""
    if "*" not in media:
        return media
    kind = media.partition("/")[0]
    return {
        "*": "application/json",
        "application": "application/json",
        "multipart": MULTIPART,
        "text": "text/plain",
    }.get(kind, "application/octet-stream")
