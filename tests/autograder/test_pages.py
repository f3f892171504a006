"""What a student's cells put on a page is made inert where that is quick, and shown as it was typed where it is not."""

from __future__ import annotations

from copy import deepcopy

import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from autograder.pages import MAX_HTML, MAX_MARKS, MAX_PAGE, Sanitize, inert_or_typed, markdown

FRAME = '<div style="contain: paint; overflow: auto">'


@pytest.mark.parametrize("mark", ["\\\\(", "$", "[", "`a` ", "&", "~~a", "|a"])
def test_text_of_too_many_marks_is_not_laid_out(mark: str) -> None:
    assert markdown(mark * (MAX_MARKS + 1)).startswith("<pre>")
    assert not markdown(mark * 20).startswith("<pre>")


@pytest.mark.parametrize(
    ("usual", "costly"),
    [
        ("<b>x</b>" * 50, "<b>x</b>" * MAX_HTML),
        ("<ul><li>" * 20, "<ul><li>" * 200),
        ('<p title="x" style="text-align: left">x</p>', f"<p {'a ' * 30_000}>x</p>"),
        (f'<img src="data:image/png;base64,{"A" * 90_000}">', f"<p {'a/' * 30_000}>x</p>"),
    ],
)
def test_html_that_is_long_to_clean_is_shown_as_typed(usual: str, costly: str) -> None:
    assert not inert_or_typed(usual).startswith("<pre>")
    assert inert_or_typed(costly).startswith("<pre>&lt;")


def test_all_html_of_a_notebook_together_is_bounded() -> None:
    text = "<b>x</b>" * (MAX_HTML // 4)
    many = 2 * MAX_PAGE // MAX_HTML + 5
    outputs = [new_output("display_data", {"text/html": text}) for _ in range(many)]
    notebook = new_notebook(cells=[new_code_cell("", outputs=outputs)])
    sanitize = Sanitize()
    for _ in range(2):  # the next notebook has all of its own
        cleaned, _ = sanitize.preprocess(deepcopy(notebook), {})
        shown = [output.data["text/html"] for output in cleaned.cells[0].outputs]
        assert shown[0].startswith(f"{FRAME}<b>") and shown[-1].startswith(f"{FRAME}<pre>")


COVER = r"$\smash{\raise{40em}{\rule{60em}{40em}}}$"


@pytest.mark.parametrize("before", ["", "</div></div>", "<div><div>", "</p></div><p>"])
def test_text_is_drawn_in_its_own_place(before: str) -> None:
    page = markdown(f"{before}{COVER}")
    assert page.startswith(FRAME) and page.endswith("</div>") and "raise" in page
    inside = page.removeprefix(FRAME).removesuffix("</div>")
    assert inside.count("<div") == inside.count("</div>")


@pytest.mark.parametrize("kind", ["text/html", "text/latex"])
def test_output_is_drawn_in_its_own_place(kind: str) -> None:
    outputs = [new_output("display_data", {kind: f"{COVER}<b>"})]
    cleaned, _ = Sanitize().preprocess(new_notebook(cells=[new_code_cell("", outputs=outputs)]), {})
    (output,) = cleaned.cells[0].outputs
    assert output.data.keys() == {"text/html"} and output.data["text/html"].startswith(FRAME)


def test_card_holds_no_formula() -> None:
    flags = {"grade": True, "grade_id": "1-1", "points": 1, "cell_type": "code"}
    cell = new_code_cell(
        "",
        outputs=[new_output("execute_result", {"text/html": COVER})],
        metadata={"nbgrader": flags},
    )
    cleaned, _ = Sanitize().preprocess(new_notebook(cells=[cell]), {})
    assert cleaned.cells[0].outputs[0].data["text/html"].startswith('<div class="tex2jax_ignore">')
