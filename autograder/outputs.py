"""What a submission's cells put out, as far as it is kept: well-formed, and short enough to be shown."""

from __future__ import annotations

import json
from typing import Any

import nbformat

MAX_OUTPUTS = 50
MAX_TEXT = 20_000
MAX_DATA = 2 * 2**20
"""How much of what a cell puts out is kept: so many outputs, characters of a text, bytes of a picture."""


def kept(outputs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return a cell's outputs as far as they are well-formed; the sandbox's word is not taken for it."""
    found = [node for node in map(_output, outputs[:MAX_OUTPUTS]) if node is not None]
    more = len(outputs) - MAX_OUTPUTS
    if more > 0:
        text = f"... {more} more outputs are not kept ...\n"
        found.append(nbformat.v4.new_output("stream", name="stdout", text=text))
    return found


def _output(output: dict[str, Any]) -> Any:
    try:
        node = nbformat.from_dict(output)
        nbformat.validate(node, ref="output", version=4)
        node = _shortened(node)
        # a lone surrogate, or bytes among JSON, could not be written
        json.dumps(node, ensure_ascii=False).encode()
    except (nbformat.ValidationError, AttributeError, KeyError, TypeError, ValueError):
        return None
    return node


def _shortened(node: Any) -> Any:
    if node.output_type == "stream":
        node.text = _cut(node.text)
    elif node.output_type == "error":
        node.evalue = _cut(node.evalue)
        # nbconvert ends each line itself
        node.traceback = [_cut(line.rstrip("\n")) for line in node.traceback]
    else:
        node.data = {kind: _cut_data(kind, data) for kind, data in node.data.items()}
        node.metadata = {}
    return node


def _cut(text: str) -> str:
    return (
        text
        if len(text) <= MAX_TEXT
        else f"{text[:MAX_TEXT]}\n... {len(text) - MAX_TEXT} more characters ...\n"
    )


def _cut_data(kind: str, data: Any) -> Any:
    """Return one form of an output, short enough to be shown; what cannot be cut is left out in words."""
    limit = MAX_DATA if kind.startswith("image/") else MAX_TEXT * 10
    if kind == "text/plain" and isinstance(data, str):
        return _cut(data)
    return data if len(json.dumps(data)) <= limit else "... too large to be kept ..."
