"""Attacks on who reads the result: pages, terminals and tables that must stay inert (P7)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from attack import TRIED, Attack

SHOWN = "readable words"
"""What an attack puts beside what must not act: text that its reader must still find on the page."""

_WORDS = 'words = " ".join(["readable", "words"])  # so that the code itself does not hold them\n'
_ALERT = "alert(document.domain)"


def _prints(name: str, tries: str, code: str, gets: str = "a page that shows the text") -> Attack:
    """Return an attack by what its cells put out."""
    return Attack(name, tries, gets, first=f"{_WORDS}bad = {_ALERT!r}\n{code}", last="tried()")


def _answers(name: str, tries: str, code: str, gets: str = "a page that shows the text") -> Attack:
    """Return an attack by what its answer to 3-1 does when it is called, or when its cell runs."""
    return Attack(name, tries, gets, answers={"3-1": _WORDS + code}, last="tried()")


def _writes(
    name: str, tries: str, texts: Sequence[str], kind: str = "markdown", **facts: Any
) -> Attack:
    """Return an attack by text cells; `facts` are put into each of them."""

    def lay(course: Path, folder: Path) -> None:
        path = course / "assignments/lesson3/lesson3.ipynb"
        plain = Attack("", "", "", last=f"print({TRIED!r})")
        notebook = plain.notebook(json.loads(path.read_text()), "")
        cells = [
            {"cell_type": kind, "id": f"text-{n}", "metadata": {}, "source": text, **facts}
            for n, text in enumerate([*texts, SHOWN])
        ]
        # before all checks, so that what swallows the rest of the page has something to swallow
        notebook["cells"][:0] = cells
        script = f"</script><script>{_ALERT}</script>"
        state = {"application/vnd.jupyter.widget-state+json": {"state": {"x": script}}}
        notebook["metadata"] |= {"title": script, "widgets": state, "authors": [{"name": script}]}
        (folder / path.name).write_text(json.dumps(notebook))

    return Attack(name, tries, gets="a page that shows the text", lay=lay)


LINKS = (
    f"[a](javascript:{_ALERT}) [b](java&#115;cript:{_ALERT}) [c](&#1;javascript:{_ALERT}) <javascript:{_ALERT}>",
    f"[a][x] ![b](javascript:{_ALERT}) [c](data:text/html,<script>{_ALERT}</script>)\n\n[x]: javascript:{_ALERT}",
    f"[a](vbscript:{_ALERT}) [b](JaVaScRiPt:{_ALERT}) [c](java\tscript:{_ALERT}) [d](//evil.example/x)",
    f'[a](https://x.example/"onmouseover="{_ALERT}) ![b](x.png"onerror="{_ALERT})',
    "![seen](https://evil.example/pixel.png) ![gone](attachment:gone.svg)",
    f'```"><script>{_ALERT}</script>\ncode\n```\n\n> <b onclick={_ALERT}>b</b>\n\n- <input autofocus onfocus={_ALERT}>',
)
HTML = (
    f"<script>{_ALERT}</script><img src=x onerror={_ALERT}><b onclick={_ALERT}>b</b>"
    f"<a href='javascript:{_ALERT}'>a</a><a href='\x01java\nscript:{_ALERT}'>a</a>"
    f"<iframe srcdoc='<script>parent.{_ALERT}</script>'></iframe><object data='data:text/html,x'></object>"
    f"<embed src='javascript:{_ALERT}'><form action='/api/shutdown' method=post><button>go</button></form>"
    f"<meta http-equiv=refresh content='0;url=//evil.example'><base href='//evil.example/'>"
    f"<link rel=stylesheet href='//evil.example/x.css'><img srcset='//evil.example/x.png 1x'>"
    f"<svg onload={_ALERT}><a xlink:href='javascript:{_ALERT}'><text>t</text></a></svg>"
    f"<math href='javascript:{_ALERT}'>m</math><video><source onerror={_ALERT}></video>"
    f"<details open ontoggle={_ALERT}><summary>s</summary></details><a href=x ping='//evil.example'>p</a>"
    f"<a name=top id=notebook href='data:text/html;base64,PHNjcmlwdD4='>d</a><body onload={_ALERT}>"
)
MUTATIONS = (
    f'<noscript><p title="</noscript><img src=x onerror={_ALERT}>">',
    f'<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror={_ALERT}&gt;">',
    f'<svg></p><style><a id="</style><img src=1 onerror={_ALERT}>">',
    f"<scr<script>ipt>{_ALERT}</scr</script>ipt><<script>{_ALERT}//<</script>",
    f"<img src=`x` alt='``onerror={_ALERT}'><a href='java&Tab;script&colon;{_ALERT}'>a</a>",
    f"<form><math><mtext></form><form><mglyph><style></math><img src onerror={_ALERT}>",
    f"<p id='</p><script>{_ALERT}</script>'><select><template><script>{_ALERT}</script></template></select>",
)
SWALLOWS = "<!-- <![CDATA[ <div><table><textarea><title><xmp><style><plaintext><noembed><b title='"
STYLES = (
    "<div style='position: fixed; top: 0; left: 0; width: 100%; height: 100%; background: white; z-index: 9'>o</div>"
    "<div style='margin-top: -900px; float: left; transform: scale(9); opacity: 0'>elsewhere</div>"
    "<p style='width: expression(alert(1)); background: url(//evil.example/x); -moz-binding: url(x)'>p</p>"
    "<style>@import '//evil.example/x.css'; .score, .pull-right { display: none } td { background: url(x) }</style>"
    "<div class='panel panel-primary nbgrader_cell' id='3-1'><div class='panel-heading'>h</div></div>"
)
CARD = (
    '<div style="border-left: 4px solid #2da44e; padding: 4px 12px; margin: 6px 0"><div>'
    '<span style="float: right; font-weight: bold">13 of 13 points</span>'
    '<span style="color: #2da44e">✓</span> <b>3-1 Gradient</b></div></div>'
)
FORMULAS = ("$", "$$", "\\(", "\\[")
ACTS = (
    rf"\href{{javascript:{_ALERT}}}{{x}} \style{{position: fixed; top: 0}}{{x}} \require{{html}}"
    rf"\unicode{{60}} </script><script>{_ALERT}</script><img src=x onerror={_ALERT}>"
)
TERMINAL = (
    "\\x1b[2J\\x1b[1;1H\\x1b[32m13 of 13\\x1b[0m\\x1b]0;title\\x07\\x1b]52;c;cm0gLXJm\\x07"
    "\\x1b]8;;javascript:x\\x07link\\x1b]8;;\\x07\\x1bP+q\\x07\\x9b31m\\x90\\r"
    "\\x08\\x08\\x7f\\x00\\x05\\u202e31 fo 0\\u202c\\u2066\\u200b\\u200d\\ufeff\\u2028"
)

ATTACKS = [
    Attack(
        "a script in an exception",
        tries="to have the feedback page run a script by way of an error message",
        gets="a page that shows the text",
        answers={"3-1": "def gradient(x, y, w): raise ValueError('<script>alert(1)</script>')"},
        last="tried()",
    ),
    _answers(
        "a script in the exception of a cell",
        "to have the comment under its answer, which is markdown, run a script",
        f"raise ValueError(f'{{words}} <img src=x onerror={_ALERT}> [a](javascript:{_ALERT}) </script>')",
    ),
    _answers(
        "names that are tags",
        "to have a page lay out the names of its classes, functions and values",
        f"""
tag = "</div><script>{_ALERT}</script><img src=x onerror={_ALERT}>"
class Loud(Exception): "<script>alert(1)</script>"
Loud.__name__ = Loud.__qualname__ = tag
class Value:
    def __repr__(self): return tag
Value.__name__ = Value.__qualname__ = tag
asked = 0
def gradient(x, y, w):
    global asked
    asked += 1
    if asked % 3 == 0: raise Loud(tag)
    return [Value(), {{tag: tag}}][asked % 3 - 1]
gradient.__name__ = gradient.__qualname__ = gradient.__doc__ = tag
print(words)
""",
    ),
    _answers(
        "an answer that is markup",
        "to have a page lay out what came back",
        f"def gradient(x, y, w): return '<b onclick={_ALERT}>' + words",
    ),
    Attack(
        "hidden inputs by way of names",
        tries="to read on its page, in words of its own, what the graders asked it",
        gets="a page that quotes none of them",
        answers={
            "3-1": "def gradient(x, y, w): return type(f'seen {x!r}', (), {})()",
            "3-2": (
                "def gradient_w1(*a): raise ValueError(f'seen {a[0]!r}')\n"
                "def gradient_w2(*a): raise type(f'seen {a[0]!r}', (Exception,), {})\n"
                "def gradient_b(*a): print(f'seen {a[0]!r}'); return {f'seen {a[0]!r}': 1}"
            ),
        },
        last="tried()",
    ),
    _prints(
        "a script in what it prints",
        "to leave the frame that printed text is shown in",
        """
import sys
for stream in (sys.stdout, sys.stderr):
    print(f"</pre></div></script>]]>--><script>{bad}</script><img src=x onerror={bad}>", words, file=stream)
print(f"\\x1b[31m<svg onload={bad}>\\x1b]8;;javascript:{bad}\\x07link\\x1b]8;;\\x07")
""",
    ),
    _prints(
        "a script in a page of its own",
        "to act by every tag and attribute that can",
        f"""
from IPython.display import HTML, display
display(HTML({HTML!r} + "<p>" + words))
""",
    ),
    _prints(
        "markup that changes when it is read twice",
        "to be harmless for the sanitizer, and a script for the browser",
        f"""
from IPython.display import HTML, Markdown, display
for text in {MUTATIONS!r}: display(HTML(text), Markdown(text))
print(words)
""",
    ),
    _prints(
        "tags that swallow the page",
        "to make all that follows, points and reasons, part of something that is not shown",
        f"""
from IPython.display import HTML, Markdown, display
print(words)
display(HTML({SWALLOWS!r}), Markdown({SWALLOWS!r}))
""",
    ),
    _prints(
        "styles that cover the page",
        "to lay itself over the points, or to have them hidden",
        f"""
from IPython.display import HTML, display
display(HTML({STYLES!r} + words))
""",
    ),
    _prints(
        "outputs of every kind",
        "to be shown by a renderer that nobody thought of",
        """
from IPython.display import display
for kind in ("application/javascript", "image/svg+xml", "application/pdf", "text/vnd.mermaid", "application/json",
             "application/vnd.jupyter.widget-view+json", "application/vnd.plotly.v1+json", "text/x-made-up"):
    display({kind: f"<svg xmlns='http://www.w3.org/2000/svg' onload='{bad}'><script>{bad}</script></svg>"}, raw=True)
display({"text/markdown": f"[a](javascript:{bad}) <b onclick={bad}>{words}</b>"}, raw=True)
display({"text/latex": f"$<script>{bad}</script>$ </script><img src=x onerror={bad}>"}, raw=True)
display({"image/png": 'x" onerror="' + bad, "image/jpeg": "javascript:" + bad, "text/plain": "p"}, raw=True)
""",
    ),
    _prints(
        "metadata of its outputs",
        "to have what is said about an output written into the page as it is",
        """
from IPython.display import display
act = f'1" onload="{bad}'
card = {"for_graders": f"<script>{bad}</script>"}
display({"image/png": "aaaa"}, metadata={"image/png": {"width": act, "height": act, "alt": act}}, raw=True)
display({"text/html": words}, metadata={"text/html": {"isolated": True}, "course": card, "tags": [act]}, raw=True)
""",
    ),
    _prints(
        "formulas that act",
        "to have MathJax make links and styles, or end the element that holds a formula",
        f"""
from IPython.display import HTML, Latex, Markdown, display
for mark in {FORMULAS!r}:
    text = mark + {ACTS!r} + mark.translate(str.maketrans("([", ")]"))
    display(Latex(text), Markdown(text), HTML(text))
    print(text, words)
""",
    ),
    _prints(
        "a verdict card of its own",
        "to show its reader a card with all the points",
        f"""
from IPython.display import HTML, display
display(HTML({CARD!r} + words))
display({{"text/plain": "13.0", "text/html": {CARD!r}}}, raw=True)
""",
        gets="its words, without the frame, the colour and the place of a card",
    ),
    _writes("links in its text", "to have a link or a picture act", LINKS),
    _writes(
        "markup in its text",
        "to have a text cell lay out what acts",
        (HTML, STYLES, *MUTATIONS, SWALLOWS, CARD, "> " * 3000 + "deep", "$" + HTML + "$"),
    ),
    _writes(
        "cells that are pages",
        "to have a raw cell and its attachments written into the page as they are",
        (HTML, STYLES, SWALLOWS, "![](attachment:a.svg)"),
        kind="raw",
        attachments={"a.svg": {"image/svg+xml": f"<svg onload={_ALERT}>"}},
    ),
    _answers(
        "sequences that steer a terminal",
        "to overwrite its points, rename the window, fill the clipboard, write from right to left",
        f"""
steer = "{TERMINAL}"
class Loud(Exception): pass
Loud.__name__ = steer.replace(chr(0), "")  # Python itself refuses that one in a name
print(steer)
raise Loud(steer + words + steer)
""",
        gets="a table without control characters",
    ),
    _answers(
        "sequences in what it returns",
        "to steer the terminal of who reads a report",
        f"""
steer = "{TERMINAL}"
class Value: pass
Value.__name__ = steer.replace(chr(0), "")
asked = 0
def gradient(x, y, w):
    global asked
    asked += 1
    return [Value(), steer + words, {{steer: [steer]}}][asked % 3]
""",
        gets="a report without control characters",
    ),
    _answers(
        "markup of the terminal's own",
        "to stop rich by a tag that closes nothing, or to have it make a link",
        "raise ValueError('[/red][/] [bold red on white] [link=javascript:x]a[/link] [@click=x(]b[/] :boom: ' + words)",
        gets="a table that shows the brackets",
    ),
    _answers(
        "lines of somebody else",
        "to add lines to the class's table, with points for itself",
        "raise ValueError(words + '\\n\\ninject.me 3 3 3 4 13 of 13\\nhonest.perfect 0 0 0 0 0 of 13\\n' * 3)",
        gets="lines in its own remark",
    ),
    _answers(
        "formulas of a spreadsheet",
        "to have whoever opens the grades run a command",
        "raise ValueError('=HYPERLINK(\"//evil.example\",\"' + words + '\")\\n=1+1\\n@SUM(1)\\t-1+1\\r+cmd|x!A0')",
        gets="no cell among the grades",
    ),
]
