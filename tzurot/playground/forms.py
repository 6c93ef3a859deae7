"""Reading a request body field by field, with Discord's tree of errors when something is wrong."""

from __future__ import annotations

from .errors import DiscordError, Payload, Problem


def form_error(path: str, code: str, message: str) -> DiscordError:
    """Return Discord's "Invalid Form Body" for one field; `path` is dotted: `embeds.0.title`."""
    form = Form({})
    form.wrong(path, code, message)
    return form.error()


class Form:
    """A JSON object under examination; `check()` raises what was found wrong."""

    def __init__(self, body: object, prefix: str = "") -> None:
        self._errors: Payload = {}
        self._prefix = prefix
        self.body: Payload = {}
        if isinstance(body, dict):
            self.body = body
        else:
            self.wrong("", "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType")
            self.check()

    def __contains__(self, name: str) -> bool:
        """Say whether the field was sent at all."""
        return name in self.body

    def part(self, body: object, path: str) -> Form:
        """Return a form for an object inside this one, whose errors land here."""
        inner = Form.__new__(Form)
        inner._errors = self._errors  # noqa: SLF001 - a form of the same tree
        inner._prefix = f"{self._prefix}{path}."  # noqa: SLF001
        inner.body = body if isinstance(body, dict) else {}
        if not isinstance(body, dict):
            self.wrong(path, "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType")
        return inner

    def wrong(self, path: str, code: str, message: str) -> None:
        """Note that the field at `path` is wrong.

        A field has errors of its own or errors within, never both: the outer ones count.
        """
        node = self._errors
        for key in filter(None, f"{self._prefix}{path}".split(".")):
            if "_errors" in node:
                return
            node = node.setdefault(key, {})
        found = [*node.get("_errors", ()), {"code": code, "message": message}]
        node.clear()
        node["_errors"] = found

    def required(self, name: str) -> None:
        """Note an error when the field is absent or null."""
        if self.body.get(name) is None:
            self.wrong(name, "BASE_TYPE_REQUIRED", "This field is required")

    def text(self, name: str, longest: int, shortest: int = 0) -> str | None:
        """Return a string field, None when absent, null or wrong."""
        value = self.body.get(name)
        if value is None:
            return None
        if not isinstance(value, str):
            self.wrong(name, "STRING_TYPE_CONVERT", "Could not interpret value as string.")
            return None
        if len(value) > longest:
            self.wrong(name, "BASE_TYPE_MAX_LENGTH", f"Must be {longest} or fewer in length.")
        elif len(value) < shortest:
            self.wrong(
                name,
                "BASE_TYPE_BAD_LENGTH",
                f"Must be between {shortest} and {longest} in length.",
            )
        return value

    def whole(self, name: str, lowest: int = 0, highest: int = 2**53) -> int | None:
        """Return an integer field (digits in a string count), None when absent, null or wrong."""
        value = self.body.get(name)
        if value is None:
            return None
        if isinstance(value, str) and value.isdecimal() and len(value) <= len(str(2**64)):
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool):
            self.wrong(name, "NUMBER_TYPE_COERCE", f'Value "{value}" is not int.')
            return None
        if not lowest <= value <= highest:
            self.wrong(
                name,
                "NUMBER_TYPE_RANGE",
                f"int value should be between {lowest} and {highest}.",
            )
            return None
        return value

    def flag(self, name: str) -> bool:
        """Return a boolean field, False when absent or null."""
        value = self.body.get(name)
        if value is not None and not isinstance(value, bool):
            self.wrong(name, "BOOLEAN_TYPE_CONVERT", "Must be either true or false.")
        return value is True

    def items(self, name: str, most: int) -> list[object]:
        """Return a list field, empty when absent, null or wrong."""
        value = self.body.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            self.wrong(name, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
            return []
        if len(value) > most:
            self.wrong(name, "BASE_TYPE_MAX_LENGTH", f"Must be {most} or fewer in length.")
        return value

    def error(self) -> DiscordError:
        """Return the refusal with everything noted so far."""
        return DiscordError(Problem.INVALID_FORM, self._errors)

    def check(self) -> None:
        """Raise the refusal when anything was noted."""
        if self._errors:
            raise self.error()
