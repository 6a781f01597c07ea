"""Bodies of forms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterator, List, Mapping, Sequence, Tuple, Union

from ._values import text

#: What stands between the parts of a form; a number follows where a part has it in it.
BOUNDARY = "----strata-form-"

#: How the URL standard writes each byte in a form: letters, digits and `*-._` stand for themselves, a space is a plus.
WRITTEN = [chr(byte) if chr(byte).isascii() and chr(byte).isalnum() else f"%{byte:02X}" for byte in range(256)]
for _plain in "*-._":
    WRITTEN[ord(_plain)] = _plain
WRITTEN[ord(" ")] = "+"

#: Names and values; a list stands for each of its values.
Fields = Mapping[str, Union[str, float, Sequence[Union[str, float]]]]


@dataclass(frozen=True)
class File:
    """A file of a form: `File("a,b\\n", "users.csv", "text/csv")`."""

    content: Union[bytes, str]
    name: str = "file"
    kind: str = "application/octet-stream"


#: As `Fields`, with files among the values.
Parts = Mapping[str, Union[str, float, File, Sequence[Union[str, float, File]]]]


def urlencoded(fields: Fields) -> Tuple[str, bytes]:
    """The `content-type` and the body of `application/x-www-form-urlencoded`, as browsers write it."""
    pairs = [f"{_quoted(name)}={_quoted(_value(name, value))}" for name, value in _each(fields)]
    return "application/x-www-form-urlencoded", "&".join(pairs).encode()


def multipart(parts: Parts) -> Tuple[str, bytes]:
    """The `content-type` and the body of `multipart/form-data`. The boundary is one that no part has in it."""
    written = [_part(name, value) for name, value in _each(parts)]
    boundary, number = BOUNDARY, 0
    while any(boundary.encode() in content for _, content in written):
        number += 1
        boundary = f"{BOUNDARY}{number}-"
    pieces: List[bytes] = []
    for head, content in written:
        pieces += [f"--{boundary}\r\n{head}\r\n\r\n".encode(), content, b"\r\n"]
    pieces.append(f"--{boundary}--\r\n".encode())
    return f"multipart/form-data; boundary={boundary}", b"".join(pieces)


def _each(fields: Union[Fields, Parts]) -> Iterator[Tuple[str, object]]:
    if not isinstance(fields, Mapping):
        raise TypeError(f"the fields of a form are a mapping, not {type(fields).__name__}")
    for name, value in fields.items():
        text("the name of a field", name)
        if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
            for one in value:
                yield name, one
        else:
            yield name, value


def _value(name: str, value: object) -> str:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise TypeError(f"the field `{name}` is a text or a number, not {value!r} (hint: a file goes by `multipart`)")
    return text(f"the field `{name}`", value)


def _part(name: str, value: object) -> Tuple[str, bytes]:
    head = f'content-disposition: form-data; name="{_escaped(name)}"'
    if not isinstance(value, File):
        return head, _value(name, value).encode()
    content = value.content
    if not isinstance(content, (bytes, str)):
        raise TypeError(f"the file `{value.name}` is bytes or a text, not {type(content).__name__}")
    file_name, kind = _escaped(text("the name of a file", value.name)), _escaped(text("the type of a file", value.kind))
    head = f'{head}; filename="{file_name}"\r\ncontent-type: {kind}'
    return head, content if isinstance(content, bytes) else text(f"the file `{value.name}`", content).encode()


def _quoted(value: str) -> str:
    return "".join(WRITTEN[byte] for byte in value.encode())


def _escaped(name: str) -> str:
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
