"""Feedback is complete, and inert whatever a student's text contains."""

import io
from html.parser import HTMLParser

from rich.console import Console

from course.feedback import as_html, as_text, printable, summary
from course.judge.failure import Finding
from course.lesson import Exercise
from course.verdict import Report, Status, Verdict, report_of

NASTY = "\x1b[31m<script>alert(1)</script>[/red]\u202e\x07 &amp;"


def report(*verdicts: Verdict) -> Report:
    return report_of("lesson1", [Exercise("1-1", "Doubling", 2.0)], verdicts)


def failed(**parts: str) -> Verdict:
    return Verdict(
        "1-1", "doubles two", Status.FAILED, 1.0, Finding(**{"claim": "double(2) is 4", **parts})
    )


def shown(what: object) -> str:
    console = Console(width=100, record=True, file=io.StringIO())
    console.print(what)
    return console.export_text()


def test_failure_tells_its_five_parts() -> None:
    verdict = failed(called="double(x=2)", came_back="2", expected="4", hint="look")
    text = shown(as_text(report(verdict)))
    for part in ("double(2) is 4", "double(x=2)", "came back: 2", "expected: 4", "look"):
        assert part in text


def test_known_mistake_takes_the_place_of_a_guess() -> None:
    told = {"called": "double(x=2)", "came_back": "2", "expected": "4", "explanation": "no factor"}
    text = shown(as_text(report(failed(**told, hint="look"))))
    for part in ("double(2) is 4", "double(x=2)", "came back: 2", "expected: 4", "why: no factor"):
        assert part in text
    assert "look" not in text


def test_passed_exercise_takes_one_line() -> None:
    text = shown(as_text(report(Verdict("1-1", "doubles two", Status.PASSED))))
    assert text.strip() == "✓ 1-1  Doubling"


def test_all_passed_promises_no_more_than_was_checked() -> None:
    text = shown(summary(report(Verdict("1-1", "doubles two", Status.PASSED))))
    assert "1 of 1 exercise passes" in text and "Hidden graders" in text


def test_terminal_text_holds_no_control_character() -> None:
    text = shown(as_text(report(failed(came_back=NASTY)), title=NASTY))
    assert "[/red]" in text
    assert not any(c in text for c in "\x1b\x07\u202e")


class Tags(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]


def test_card_holds_text_and_nothing_active() -> None:
    result = report(failed(came_back=NASTY, explanation=NASTY)).results[0]
    page = Tags(as_html(result, notes=[NASTY]))
    assert set(page.tags) <= {
        "div",
        "b",
        "span",
        "code",
        "ul",
        "li",
        "p",
        "strong",
        "table",
        "tr",
        "td",
        "th",
    }
    assert set(page.attributes) <= {"style", "class"}


def test_graded_card_tells_how_its_points_are_made_up() -> None:
    right = Verdict("1-1", "doubles one", Status.PASSED, 3.0)
    result = report(right, failed()).results[0]
    card = as_html(result)
    for told in ("1.5 of 2 points", "1.5 of 1.5<", "0 of 0.5<"):
        assert told in card
    assert " of 1.5" not in as_html(result, caveat="A self-check.")


def test_printable_keeps_words_in_any_script() -> None:
    assert printable("naïve 学习 2·x\nnext") == "naïve 学习 2·x\nnext"


def test_unfinished_exercise_takes_one_line() -> None:
    stub = failed(came_back="double is not written yet", diagnosis="unwritten")
    assert shown(as_text(report(stub))).strip() == "✗ 1-1  Doubling – still to be written: double"
