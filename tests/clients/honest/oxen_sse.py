"""Server-sent events as WHATWG HTML 9.2.6 reads them, whatever the chunks that they come in."""

from __future__ import annotations

import codecs
import re
from collections.abc import AsyncIterable, AsyncIterator

LINE_END = re.compile(r"\r\n|\r|\n")


async def lines(chunks: AsyncIterable[bytes]) -> AsyncIterator[str]:
    """The lines of a stream, each as soon as its end is there, be that CR, LF or both."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
    text, halfway = "", False
    async for chunk in chunks:
        if more := decoder.decode(chunk):
            text += more[1:] if halfway and more[0] == "\n" else more
            halfway = more[-1] == "\r"
            *whole, text = LINE_END.split(text)
            for line in whole:
                yield line


async def events(chunks: AsyncIterable[bytes]) -> AsyncIterator[tuple[str, str]]:
    """The events of a stream, each as its name and its data."""
    name, data = "", []
    async for line in lines(chunks):
        field, _, value = line.partition(":")
        if not line:
            if data:
                yield name, "\n".join(data)
            name, data = "", []
        elif field == "event":
            name = value.removeprefix(" ")
        elif field == "data":
            data.append(value.removeprefix(" "))
