"""The web pages of a graded notebook, for students and for TAs: inert, whatever a student's cells contain.

nbgrader shows them in Jupyter's own origin, where a script may do all that the TA may.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence
from typing import Any

from bleach.css_sanitizer import CSSSanitizer
from bleach.sanitizer import Cleaner
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbconvert.preprocessors import Preprocessor
from nbgrader.utils import is_grade
from traitlets import Bool

Resources = dict[str, Any]

MAX_MARKDOWN = 20_000
"""Characters of one text cell that are laid out; a longer one is shown as it was typed."""
MAX_MARKS = 500
"""How often one mark may stand in a text cell: parsers of markdown go back to each of them again and again."""
MAX_HTML = 5_000
MAX_DEPTH = 100
"""Marks of one cell's HTML, and how deep its elements may lie in one another, for the same reason."""
MAX_TAG = 2_000
"""Characters of one tag, but for what is quoted in it, for the same reason."""
MAX_PAGE = 50_000
"""Marks of all HTML in the outputs of one notebook."""

_TEXT = "a abbr b blockquote br caption code dd del details div dl dt em h1 h2 h3 h4 h5 h6 hr i img kbd li ol p pre s"
_MORE = "samp small span strong sub summary sup table tbody td tfoot th thead tr tt u ul var"
TAGS = [*_TEXT.split(), *_MORE.split()]
STYLES = ["text-align", "font-weight", "font-style", "font-family", "white-space"]
CARD_STYLES = [
    *STYLES,
    "color",
    "border-left",
    "float",
    "font-size",
    "line-height",
    "margin",
    "margin-left",
]
CARD_STYLES += ["margin-top", "opacity", "padding"]

_PLAIN_ATTRIBUTES = {
    "a": ["title"],
    "abbr": ["title"],
    "img": ["alt", "title", "width", "height"],
    "ol": ["start"],
    "td": ["colspan", "rowspan", "style"],
    "th": ["colspan", "rowspan", "style"],
    "div": ["style"],
    "span": ["style"],
}
# markdown is cleaned where it is laid out
_TEXTS = ("text/plain", "text/markdown")
_BASE64 = re.compile(r"[\w+/=\s]+", re.ASCII)
_MARKDOWN = r"\$[]()<>&~`*_!|"
_HTML = "<&=;(\"'"
_ELEMENT = re.compile(r"<(/?)([a-zA-Z]\w*)")
_TAG = re.compile(r"<[^<>]*")
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
_VOID = ("br", "hr", "img", "input", "wbr")
_LINK = re.compile(r"(https?://|mailto:)[^\s]+")
# no picture from elsewhere: it would tell its owner who looked at the page, and when
_PICTURE = re.compile(r"data:image/(png|jpeg|gif|webp);base64,[\w+/=\s]*|(?!.*\.\.)\w[\w .()+@/-]*")


def allowed(tag: str, name: str, value: str) -> bool:
    """Whether an attribute may stay: no handler, no script, no address but a plain link's or an own picture's."""
    if tag == "a" and name == "href":
        return bool(_LINK.fullmatch(value.strip()))
    if tag == "img" and name == "src":
        return bool(_PICTURE.fullmatch(value.strip()))
    return name in _PLAIN_ATTRIBUTES.get(tag, ())


def inert(text: str, styles: Sequence[str] = STYLES) -> str:
    """Return HTML without anything that acts, loads or covers something else."""
    cleaner = Cleaner(
        tags=TAGS,
        attributes=allowed,
        protocols=["http", "https", "mailto", "data"],
        css_sanitizer=CSSSanitizer(allowed_css_properties=styles),
    )
    cleaned: str = cleaner.clean(text)
    return cleaned


def inert_or_typed(text: str) -> str:
    """Return a student's HTML made inert, or as it was typed where that would take long."""
    costly = _marks(text) > MAX_HTML or _depth(text) > MAX_DEPTH or _longest_tag(text) > MAX_TAG
    return _as_typed(text) if costly else inert(text, STYLES)


def markdown(source: str) -> str:
    """Return markdown as inert HTML; in place of nbconvert's filter of that name.

    What is cleaned is the result: a link such as `[x](javascript:…)` is no HTML before.
    """
    if len(source) > MAX_MARKDOWN or any(source.count(m) > MAX_MARKS for m in _MARKDOWN):
        return _as_typed(source)
    renderer = IPythonRenderer(escape=False, exclude_anchor_links=True)
    try:
        rendered: str = MarkdownWithMath(renderer=renderer).render(source)
    # whatever a parser stumbles over in a student's text, the rest of the page is still to be shown
    except Exception:
        return _as_typed(source)
    return _in_its_place(inert_or_typed(rendered))


def _in_its_place(text: str) -> str:
    """Return HTML in a frame that nothing within is drawn out of: formulas can be raised, rules be huge."""
    return f'<div style="contain: paint; overflow: auto">{text}</div>'


def _marks(text: str) -> int:
    return sum(map(text.count, _HTML))


def _depth(text: str) -> int:
    """Return how deep elements lie in one another at most, if none ends unless it is said."""
    depth = most = 0
    for closing, name in _ELEMENT.findall(text):
        if name.lower() not in _VOID:
            depth += -1 if closing else 1
            most = max(most, depth)
    return most


def _longest_tag(text: str) -> int:
    return max((len(_QUOTED.sub("", tag)) for tag in _TAG.findall(text)), default=0)


def _as_typed(source: str) -> str:
    return f"<pre>{html.escape(source)}</pre>"


class PageStep(Preprocessor):
    """One step from an autograded notebook to a page."""

    enabled = Bool(True).tag(config=True)


class HideHiddenTests(PageStep):
    """Shows a check cell as students know it, without the region that guards it."""

    def preprocess_cell(self, cell: Any, resources: Resources, index: int) -> tuple[Any, Resources]:
        """Cut the hidden region off."""
        if cell.cell_type == "code" and is_grade(cell):
            cell.source = cell.source.partition("### BEGIN HIDDEN TESTS")[0].rstrip()
        return cell, resources


class ShowToGraders(PageStep):
    """Shows the TA in formgrader what the feedback keeps from the student: hidden inputs and answers."""

    def preprocess_cell(self, cell: Any, resources: Resources, index: int) -> tuple[Any, Resources]:
        """Put the graders' card in place of the student's, on formgrader's own pages only."""
        if cell.cell_type != "code" or not is_grade(cell) or "submission_id" not in resources:
            return cell, resources
        for output in cell.outputs:
            whole = output.get("metadata", {}).get("course", {}).get("for_graders")
            if whole:
                output.data["text/html"] = whole
        return cell, resources


class Sanitize(PageStep):
    """Leaves nothing in a cell's outputs that acts; our own cards, in check cells, may look like cards.

    Text cells are cleaned by `markdown`, after they were laid out.
    """

    def preprocess(self, nb: Any, resources: Resources) -> tuple[Any, Resources]:
        """Clean one notebook."""
        self._left = MAX_PAGE
        cleaned: tuple[Any, Resources] = super().preprocess(nb, resources)
        return cleaned

    def preprocess_cell(self, cell: Any, resources: Resources, index: int) -> tuple[Any, Resources]:
        """Clean one cell."""
        if cell.cell_type == "raw":
            cell.source = self._clean(cell.source)
        if cell.cell_type == "code":
            clean = _clean_card if is_grade(cell) else self._clean
            for output in cell.outputs:
                if "data" in output:
                    output.data = _clean_data(output.data, clean)
                    # nbconvert's templates write a picture's size into the page without quotes
                    output.metadata = {"alt": f"drawn by cell {cell.execution_count}"}
            cell.outputs = [output for output in cell.outputs if output.get("data", True)]
        return cell, resources

    def _clean(self, text: str) -> str:
        """Return HTML made inert, as long as the notebook's are not too much together."""
        self._left -= _marks(text)
        return _in_its_place(inert_or_typed(text) if self._left > 0 else _as_typed(text))


def _clean_card(text: str) -> str:
    # MathJax leaves it alone: what a student's exception says is no formula
    return f'<div class="tex2jax_ignore">{inert(text, CARD_STYLES)}</div>'


def _clean_data(data: Resources, clean_html: Callable[[str], str]) -> Resources:
    """Return the forms of an output that a page may show: text, pictures of pixels, and HTML made inert."""
    texts = {kind: text for kind, text in data.items() if isinstance(text, str)}
    clean: Resources = {kind: texts[kind] for kind in _TEXTS if kind in texts}
    for kind in ("image/png", "image/jpeg"):
        if _BASE64.fullmatch(texts.get(kind, "")):
            clean[kind] = texts[kind]
    if "text/html" in texts:
        clean["text/html"] = clean_html(texts["text/html"])
    elif "text/latex" in texts:
        clean["text/html"] = _in_its_place(html.escape(texts["text/latex"]))
    return clean
