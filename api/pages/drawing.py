"""A form drawn from its JSON Schema (api/form_schema.py), whatever its kind: what stands on the page, and
what was typed put together again.

Names of inputs are dotted paths: `why.left_on`, `things.0.name`. Of variants the chosen one is drawn; lists
have as many rows as were filled in: one at least, and one more when it is asked for.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from api.pages.forms import money_of

Typed = Mapping[str, Sequence[str]]
"""What was typed: every value of every input by its name."""
Node = Mapping[str, Any]
MOST_ROWS = 50
_PICKED = frozenset({"meter", "supplier-account", "own-supplier-account", "charge", "payment", "account"})
_PICKED_MANY = frozenset({"charges", "meters", "delivery-points"})


class Option(msgspec.Struct, frozen=True):
    """`group`: what several of them stand under in a select."""

    value: str
    title: str
    group: str = ""


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One input, or a group of them. `rows` are those of a list, each with its own inputs. `is_required`: it
    must be filled in to send the page; `is_optional`: it may be left out; `needed_when`: when it may not;
    `has_default`: of a choice, one is chosen already."""

    name: str
    widget: str
    title: str
    hint: str = ""
    is_required: bool = False
    is_optional: bool = False
    has_default: bool = False
    needed_when: str = ""
    values: Sequence[str] = ()
    options: Sequence[Option] = ()
    most_characters: int = 4000
    children: Sequence["Field"] = ()
    rows: Sequence[Sequence["Field"]] = ()

    @property
    def value(self) -> str:
        return self.values[0] if self.values else ""


class Drawing(msgspec.Struct, frozen=True):
    """`options` of the widgets that pick something of the account: meters, lines of bills, suppliers.
    `for_whom`: the kind of account that a choice must be meant for; None: any."""

    schema: Node
    options: Mapping[str, Sequence[Option]]
    zone: ZoneInfo
    for_whom: str | None = None

    def fields(self, typed: Typed) -> list[Field]:
        return list(self._fields(self._defined(self.schema), typed, ""))

    def filled(self, typed: Typed) -> dict[str, Any]:
        """As the form's JSON; what is empty is left out. AmountUnreadable."""
        return self._filled(self._defined(self.schema), typed, "")

    def _defined(self, node: Node) -> Node:
        """What the reference leads to; of something optional, the something."""
        if "$ref" in node:
            found: Node = self.schema["$defs"][node["$ref"].rpartition("/")[2]]
            return found
        some = [one for one in node.get("anyOf", ()) if one.get("type") != "null"]
        return self._defined(some[0]) if len(some) == 1 else node

    def _fields(self, group: Node, typed: Typed, prefix: str, *, asks: bool = True) -> Iterator[Field]:
        """With `asks` off nothing has to be filled in: the whole group may be left out."""
        required = group.get("required", ())
        for name, node in self._in_order(group):
            is_asked = "x-not-asked" not in node or _rows(f"{prefix}{name}", typed)
            if node["x-widget"] == "hidden" or not is_asked:
                continue
            field = self._field(f"{prefix}{name}", node, typed, is_required=asks and name in required)
            is_optional = name not in required and not _default(node)
            yield msgspec.structs.replace(field, is_optional=is_optional)

    def _in_order(self, group: Node) -> list[tuple[str, Node]]:
        return sorted(group["properties"].items(), key=lambda item: item[1]["x-order"])

    def _field(self, name: str, node: Node, typed: Typed, *, is_required: bool) -> Field:
        widget, inner = node["x-widget"], self._defined(node)
        values = typed.get(name) or _default(node)
        field = Field(
            name=name,
            widget=widget,
            title=node.get("title", ""),
            hint=node.get("description", ""),
            is_required=is_required,
            needed_when=node.get("x-needed-when", ""),
            values=values,
            most_characters=inner.get("maxLength", 4000),
        )
        replace = msgspec.structs.replace
        match widget:
            case "group":
                # A group that may be left out asks for nothing until something is typed into it.
                children = self._fields(inner, typed, f"{name}.", asks=is_required)
                return replace(field, children=tuple(children))
            case "variants":
                return self._variants(field, node, typed)
            case "list":
                return self._list(field, inner, typed)
            case "choice":
                default = _default(node)
                # What is taken when nothing is chosen stands there openly.
                values = [one for one in values if one] or default
                options = _choices(inner, self.for_whom, values)
                return replace(field, values=values, options=options, has_default=bool(default))
            case _ if widget in _PICKED | _PICKED_MANY:
                return replace(field, options=self.options.get(widget, ()))
        return field

    def _variants(self, field: Field, node: Node, typed: Typed) -> Field:
        tag, mapping = node["discriminator"]["propertyName"], node["discriminator"]["mapping"]
        name = f"{field.name}.{tag}"
        options = tuple(
            Option(word, self._defined({"$ref": place})["title"]) for word, place in mapping.items()
        )
        chosen = next((word for word in typed.get(name, ()) if word in mapping), None)
        children: Iterator[Field] = iter(())
        if chosen is not None:
            children = self._fields(self._defined({"$ref": mapping[chosen]}), typed, f"{field.name}.")
        return msgspec.structs.replace(
            field,
            name=name,
            options=options,
            values=(chosen,) if chosen else (),
            children=tuple(children),
        )

    def _list(self, field: Field, node: Node, typed: Typed) -> Field:
        wanted = max(_rows(field.name, typed), default=-1) + 1 + ("more" in typed.get("action", ()))
        count = min(MOST_ROWS, node.get("maxItems", MOST_ROWS), wanted)
        rows = (self._row(f"{field.name}.{place}", node["items"], typed) for place in range(max(1, count)))
        return msgspec.structs.replace(field, rows=tuple(rows))

    def _row(self, name: str, items: Node, typed: Typed) -> Sequence[Field]:
        inner = self._defined(items)
        if "properties" in inner:
            return tuple(self._fields(inner, typed, f"{name}.", asks=False))  # an empty row is no row
        widget = "date" if inner.get("format") == "date" else "text"
        return (Field(name=name, widget=widget, title="", values=typed.get(name, ())),)

    def _filled(self, group: Node, typed: Typed, prefix: str) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, node in self._in_order(group):
            value = self._value(f"{prefix}{name}", node, typed)
            if value is not None:
                found[name] = value
        return found

    def _value(self, name: str, node: Node, typed: Typed) -> Any:
        inner = self._defined(node)
        match node["x-widget"]:
            case "hidden":
                return node["const"]
            case "group":
                return self._group(name, node, inner, typed)
            case "variants":
                return self._variant(name, node, typed)
            case "list":
                return self._items(name, inner, typed)
            case "checkbox":
                return bool(typed.get(name))
            case widget if widget in _PICKED_MANY:
                return [value for value in typed.get(name, ()) if value] or None
        text = next(iter(typed.get(name, ())), "").strip()
        return self._single(name, node["x-widget"], text) if text else None

    def _single(self, name: str, widget: str, text: str) -> Any:
        if widget == "money":
            return {"kopecks": money_of(text, name).kopecks}
        if widget == "number":
            return text.replace("\u00a0", "").replace(" ", "").replace(",", ".")
        if widget == "date-time":
            try:
                return datetime.fromisoformat(text).replace(tzinfo=self.zone).isoformat()
            except ValueError:
                return text  # refused with the field's name when the form is put together
        return text

    def _group(self, name: str, node: Node, inner: Node, typed: Typed) -> dict[str, Any] | None:
        """A group that may be left out is left out when nothing was typed into it."""
        is_touched = any(
            value.strip() for key, values in typed.items() if key.startswith(f"{name}.") for value in values
        )
        is_optional = "anyOf" in node or "default" in node
        return None if is_optional and not is_touched else self._filled(inner, typed, f"{name}.")

    def _variant(self, name: str, node: Node, typed: Typed) -> dict[str, Any] | None:
        tag, mapping = node["discriminator"]["propertyName"], node["discriminator"]["mapping"]
        chosen = next((word for word in typed.get(f"{name}.{tag}", ()) if word in mapping), None)
        if chosen is None:
            return None
        return self._filled(self._defined({"$ref": mapping[chosen]}), typed, f"{name}.")

    def _items(self, name: str, node: Node, typed: Typed) -> list[Any] | None:
        inner = self._defined(node["items"])
        items: list[Any] = []
        for place in _rows(name, typed):
            row = f"{name}.{place}"
            if "properties" in inner:
                items.append(self._filled(inner, typed, f"{row}."))
            else:
                items.append(typed[row][0].strip())
        return items or None


def _rows(name: str, typed: Typed) -> list[int]:
    """The places of the rows into which something was typed."""
    places = {
        int(place)
        for key, values in typed.items()
        if key.startswith(f"{name}.")
        and any(value.strip() for value in values)
        and (place := key.removeprefix(f"{name}.").partition(".")[0]).isdecimal()
    }
    return sorted(place for place in places if place < MOST_ROWS)


def _default(node: Node) -> tuple[str, ...]:
    default = node.get("default")
    if isinstance(default, bool):
        return ("yes",) if default else ()
    return (str(default),) if isinstance(default, (str, int)) and default != "" else ()


def _choices(node: Node, for_whom: str | None, chosen: Sequence[str]) -> tuple[Option, ...]:
    """What is not meant for this kind of account is left out, unless it was chosen before."""
    titled = node.get("oneOf") or [{"const": value, "title": value} for value in node.get("enum", ())]
    return tuple(
        Option(str(one["const"]), one["title"])
        for one in titled
        if for_whom is None or for_whom in one.get("x-for-whom", (for_whom,)) or one["const"] in chosen
    )
