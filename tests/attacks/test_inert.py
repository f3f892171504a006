"""Whoever reads the result of an attack reads text: pages, terminals and tables act on nothing (P7)."""

from __future__ import annotations

import csv
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path

import inject
import pytest
from attack import Attack
from bleach._vendor import html5lib
from hostile_class import Attacked, attacks, new_course
from nbconvert.exporters import HTMLExporter
from rich.console import Console, RenderableType

from autograder.batch import Row, grade_class
from autograder.class_report import grade_table
from autograder.nbgrader import configure
from autograder.workers import Here, Workers
from course.feedback import as_text

ALL = [pytest.param(group, attack, id=attack.student(group)) for group, attack in attacks()]
INJECT = [param for param in ALL if param.values[0] == "inject"]
LOADS_OR_ACTS = set(
    "applet audio base button embed form frame iframe input link math meta noscript object picture plaintext portal "
    "script select source style svg template textarea title video xmp".split()
)
STYLE_ACTS = re.compile(r"url\(|expression|@import|binding|position|transform|z-index|display|\\")
NAMES = {f"comment-{exercise}-solution" for exercise in ("3-1", "3-2", "3-3", "3-4")}
"""What nbgrader calls the comments on a page, of which an honest one may have none."""
ADDRESS_ACTS = re.compile(r"(javascript|vbscript|data:(?!image/(png|jpeg|gif|webp);base64,))", re.I)


@dataclass(frozen=True)
class Element:
    """One element of a page, and the attributes that it has."""

    tag: str
    attributes: dict[str, str]

    def acts(self) -> list[str]:
        """Return what about it acts, loads something from elsewhere, or leaves its place on the page."""
        found = [self.tag] if self.tag in LOADS_OR_ACTS else []
        for name, value in self.attributes.items():
            text = re.sub(r"[\s\x00-\x20]", "", value)
            acts = name.startswith("on") or name in {
                "srcset",
                "srcdoc",
                "ping",
                "formaction",
                "http-equiv",
            }
            acts |= name == "style" and bool(STYLE_ACTS.search(text))
            acts |= ADDRESS_ACTS.match(text) is not None
            acts |= self.tag == "img" and name == "src" and "//" in value
            found += [f"{self.tag} {name}={text}"] if acts else []
        return found


class _Plain(HTMLParser):
    """Reads a page as Python does, which knows nothing of what a browser mends."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self.texts: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        if not self.elements or self.elements[-1].tag not in ("script", "style"):
            self.texts.append(data)


@dataclass(frozen=True)
class Page:
    """A page as elements and as the text that it shows."""

    elements: list[Element]
    text: str

    @classmethod
    def plainly(cls, page: str) -> Page:
        """Read a page as it stands."""
        plain = _Plain(page)
        return cls(plain.elements, "".join(plain.texts))

    @classmethod
    def as_in_a_browser(cls, page: str) -> Page:
        """Read a page by HTML's own rules, which move, close and invent elements."""
        root = html5lib.parse(page, namespaceHTMLElements=False)
        found = [element for element in root.iter() if isinstance(element.tag, str)]
        elements = [
            Element(
                re.sub("{.*}", "", e.tag).lower(), {str(k).lower(): v for k, v in e.attrib.items()}
            )
            for e in found
        ]
        texts = [
            text
            for e in found
            for text in ("" if e.tag in ("script", "style", "title") else e.text, e.tail)
            if text
        ]
        return cls(elements, "".join(texts))

    @property
    def active(self) -> Counter[str]:
        return Counter(what for element in self.elements for what in element.acts())

    @property
    def names(self) -> set[str]:
        return {
            e.attributes[key]
            for e in self.elements
            for key in ("id", "name")
            if key in e.attributes
        }

    @property
    def cards(self) -> int:
        """How many boxes there are that look like a verdict's."""
        return sum("border-left" in e.attributes.get("style", "") for e in self.elements)


READINGS = [Page.plainly, Page.as_in_a_browser]


def feedback(attacked: Attacked, student: str, lesson: str) -> str:
    """Return the page that the student receives."""
    return (attacked.course / "feedback" / student / lesson / f"{lesson}.html").read_text()


def page_for_graders(course: Path, student: str, lesson: str) -> str:
    """Return the page that formgrader shows a TA, as its server makes it."""
    import nbgrader.server_extensions.formgrader as formgrader
    from traitlets.config import Config

    config = Config()
    configure(config, course)
    config.HTMLExporter.template_name = "formgrade"
    config.HTMLExporter.extra_template_basedirs = [str(Path(formgrader.__path__[0], "templates"))]
    resources = {"assignment_id": lesson, "notebook_id": lesson, "submission_id": "0", "index": 0}
    resources |= {"total": 1, "base_url": "", "student": student, "notebook_path": "x"}
    path = course / "autograded" / student / lesson / f"{lesson}.ipynb"
    page: str = HTMLExporter(config=config).from_filename(str(path), resources)[0]
    return page


def honest_page(attacked: Attacked, attack: Attack) -> str:
    if attack.lesson != "lesson3":
        pytest.skip("no honest student handed in this lesson")
    return feedback(attacked, "alone.perfect", "lesson3")


@pytest.mark.parametrize(("group", "attack"), ALL)
def test_nothing_of_an_attack_acts_on_its_feedback_page(
    attacked: Attacked, group: str, attack: Attack
) -> None:
    student = attack.student(group)
    if attacked.rows[student].report is None:
        assert not (attacked.course / "feedback" / student).exists()
        return
    honest = Page.plainly(honest_page(attacked, attack))
    assert Page.plainly(feedback(attacked, student, attack.lesson)).active == honest.active


@pytest.mark.parametrize(("group", "attack"), INJECT)
def test_nothing_of_an_attack_acts_in_a_browser(
    attacked: Attacked, group: str, attack: Attack
) -> None:
    honest = Page.as_in_a_browser(honest_page(attacked, attack))
    page = Page.as_in_a_browser(feedback(attacked, attack.student(group), attack.lesson))
    assert page.active == honest.active
    # the names by which links and scripts find their place
    assert {
        name for name in page.names if not re.fullmatch(r"cell-id=cell-\d+", name)
    } <= honest.names | NAMES


@pytest.mark.parametrize("read", READINGS)
@pytest.mark.parametrize(("group", "attack"), INJECT)
def test_page_still_shows_words_and_points(
    attacked: Attacked, group: str, attack: Attack, read: Callable[[str], Page]
) -> None:
    shows = attack.first + "".join(attack.answers.values())
    text = read(feedback(attacked, attack.student(group), attack.lesson)).text
    # of what a function returned for hidden inputs nothing is promised to be shown
    if ("readable" in shows and "return" not in shows) or attack.lay is not None:
        assert inject.SHOWN in text
    for words in ("(Score: 0.0 / 13.0)", "0 of 2 points", "3-1 ", "3-2 ", "3-3 ", "3-4 "):
        assert words in text
    assert text.count("Grade cell:") == 4


@pytest.mark.parametrize("read", READINGS)
@pytest.mark.parametrize(("group", "attack"), INJECT)
def test_only_check_cells_hold_cards(
    attacked: Attacked, group: str, attack: Attack, read: Callable[[str], Page]
) -> None:
    student, name = attack.student(group), f"{attack.lesson}.ipynb"
    path = attacked.course / "autograded" / student / attack.lesson / name
    cells = json.loads(path.read_text())["cells"]
    checks = [c for c in cells if c["metadata"].get("nbgrader", {}).get("grade")]
    cards = [Page.plainly("".join(c["outputs"][0]["data"]["text/html"])).cards for c in checks]
    assert read(feedback(attacked, student, attack.lesson)).cards == sum(cards) > 0


@pytest.mark.parametrize("read", READINGS)
@pytest.mark.parametrize(("group", "attack"), INJECT)
def test_nothing_of_an_attack_acts_in_formgrader(
    attacked: Attacked, group: str, attack: Attack, read: Callable[[str], Page]
) -> None:
    page = read(page_for_graders(attacked.course, attack.student(group), attack.lesson))
    honest = read(page_for_graders(attacked.course, "alone.perfect", "lesson3"))
    assert page.active == honest.active
    assert "for graders only" in page.text


def test_formulas_are_laid_out_by_mathjax_in_its_safe_mode(attacked: Attacked) -> None:
    page = feedback(attacked, "alone.perfect", "lesson3")
    # without it `\href{javascript:…}` is a link that acts
    sources = [
        e.attributes.get("src", "") for e in Page.plainly(page).elements if e.tag == "script"
    ]
    assert [s for s in sources if "mathjax" in s] and all(
        s.endswith(",Safe") for s in sources if "mathjax" in s
    )


def in_a_terminal(shown: RenderableType) -> str:
    """Return what a terminal receives, without the colours that rich gives it."""
    file = StringIO()
    console = Console(
        file=file, force_terminal=True, color_system="truecolor", width=200, record=False
    )
    console.print(shown)
    return re.sub(r"\x1b\[[\d;]*m", "", file.getvalue())


def steering(text: str) -> set[str]:
    """Return every character that is no text: controls, escapes, marks of direction, parts of characters."""
    return {c for c in text if c != "\n" and unicodedata.category(c)[0] == "C"}


@pytest.mark.parametrize(("group", "attack"), ALL)
def test_table_and_report_are_text(attacked: Attacked, group: str, attack: Attack) -> None:
    row = attacked.rows[attack.student(group)]
    table = in_a_terminal(grade_table(attack.lesson, [attacked.alone["alone.perfect"], row]))
    assert not steering(table)
    assert (
        len(
            [
                line
                for line in table.splitlines()
                if line.strip().startswith(("alone.", f"{group}."))
            ]
        )
        == 2
    )
    if row.report is not None:
        assert not steering(in_a_terminal(as_text(row.report)))


@pytest.mark.parametrize(("group", "attack"), INJECT)
def test_page_quotes_no_hidden_input(attacked: Attacked, group: str, attack: Attack) -> None:
    page = Page.plainly(feedback(attacked, attack.student(group), attack.lesson))
    assert not re.findall(r"seen -?\d\S*", page.text)


RAISE = [
    param
    for param in INJECT
    for answer in param.values[1].answers.values()
    if "raise ValueError(" in answer and ("words" in answer or "<script>" in answer)
]


@pytest.mark.parametrize(("group", "attack"), RAISE)
def test_report_still_shows_what_an_exception_said(
    attacked: Attacked, group: str, attack: Attack
) -> None:
    row = attacked.rows[attack.student(group)]
    assert row.report is not None
    told = in_a_terminal(as_text(row.report))
    assert "raised ValueError: " in told
    assert inject.SHOWN in told or "<script>alert(1)</script>" in told


def cells_of(path: Path) -> list[str]:
    with path.open(newline="") as file:
        return [cell for line in csv.reader(file) for cell in line]


@pytest.mark.parametrize(("group", "attack"), ALL)
def test_grades_hold_no_formula_and_no_control(
    attacked: Attacked, group: str, attack: Attack
) -> None:
    cells = cells_of(attacked.course / "grades.csv")
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert not steering("".join(cells))
    # graded or not: who handed something in has a row, and no score without a grading
    assert attack.student(group) in cells
    graded = attacked.rows[attack.student(group)].report is not None
    with (attacked.course / "grades.csv").open(newline="", encoding="utf-8") as file:
        scores = {(r["student_id"], r["assignment"]): r["score"] for r in csv.DictReader(file)}
    assert (scores[attack.student(group), attack.lesson] != "") == graded


FORMULAS = ["+1+1", "-2+3", "@SUM.1"]
ODD = ["=1+1", "a\x1b]0;owned\x07b", "[link=x]a", "\u202eada", "a\n13 of 13", "ada*"]


@pytest.fixture(scope="module")
def oddly_named(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Row]]:
    """A class whose folders have names that act, graded and exported; its course and its rows."""
    pipeline = new_course(tmp_path_factory.mktemp("names") / "course", ["lesson3"])
    for name in FORMULAS + ODD:
        folder = pipeline.course / "submitted" / name / "lesson3"
        folder.mkdir(parents=True)
        (folder / "lesson3.ipynb").write_text("{")
    with Workers(Here(pipeline.course / "solutions")) as workers:
        rows = list(grade_class(pipeline, "lesson3", FORMULAS + ODD, workers))
    pipeline.export()
    return pipeline.course, rows


def test_name_of_a_student_is_no_formula(oddly_named: tuple[Path, list[Row]]) -> None:
    course, rows = oddly_named
    assert [row.student for row in rows if row.report] == FORMULAS
    cells = cells_of(course / "grades.csv")
    assert [cell for cell in cells if cell[1:] in FORMULAS] == [f"'{name}" for name in FORMULAS]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]


@pytest.mark.parametrize("name", ODD)
def test_name_of_a_folder_is_text_in_the_table(
    oddly_named: tuple[Path, list[Row]], name: str
) -> None:
    [row] = [row for row in oddly_named[1] if row.student == name]
    assert row.report is None and "rename it" in row.reason
    table = in_a_terminal(grade_table("lesson3", [row]))
    assert not steering(table)
    # what is no control is still there to be read
    assert "".join(c for c in name if not steering(c)).split("\n")[0][:5] in table.replace("�", "")
