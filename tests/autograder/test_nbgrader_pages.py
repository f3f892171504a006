"""The pages that students and TAs read: our cards as cards, hidden things hidden, nothing that acts."""

from __future__ import annotations

import re
import socket
import subprocess
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from html.parser import HTMLParser

import pytest
from classroom import EXPECTED, INPUT, PROGRAMS, SECRETS, Classroom, Notebook, cell_of

ALERT = "alert(document.domain)"
TEXTS = [
    f"[a link](javascript:{ALERT})",
    f"[a link](java&#115;cript:{ALERT}) and <javascript:{ALERT}>",
    f"[a link][x]\n\n[x]: javascript:{ALERT}",
    f"![picture](javascript:{ALERT}) [data](data:text/html,<script>{ALERT}</script>)",
    f"<script>{ALERT}</script><img src=x onerror={ALERT}><b onclick={ALERT}>bold</b>",
    f"<iframe src='javascript:{ALERT}'></iframe><form action='/api'><input name=a></form>",
    f"<svg onload={ALERT}><style>body {{display: none}}</style><base href='//x'><meta http-equiv=refresh>",
    "<div style='position: fixed; top: 0; background: url(http://192.0.2.1/x)'>over all</div>",
    "![seen](http://192.0.2.1/pixel.png) <img src='//192.0.2.1/pixel.png'>",
    "![gone](attachment:gone.png)",
    f'```"><script>{ALERT}</script>\ncode\n```',
    "> " * 3000 + "deep",
    f"$<script>{ALERT}</script>$ and $\\href{{javascript:{ALERT}}}{{x}}$",
]
SHOWS = f"""
from IPython.display import HTML, Image, Javascript, Latex, Markdown, SVG, display

bad = "{ALERT}"
display(HTML(f"<script>{{bad}}</script><img src=x onerror={{bad}}><a href='javascript:{{bad}}'>a</a>"))
display(Javascript(bad), SVG(f"<svg xmlns='http://www.w3.org/2000/svg' onload='{{bad}}'></svg>"))
display(Markdown(f"[a](javascript:{{bad}}) <b onclick={{bad}}>b</b>"), Latex(f"$<script>{{bad}}</script>$"))
display({{"image/png": 'x" onerror="' + bad, "text/plain": "p"}}, raw=True)
display({{"image/png": "aaaa"}}, metadata={{"image/png": {{"width": "1 onload=" + bad}}}}, raw=True)
display({{"text/html": "<b>b</b>"}}, metadata={{"text/html": {{"isolated": True}}}}, raw=True)
display({{"application/vnd.jupyter.widget-view+json": {{"model_id": "</script><script>" + bad}}}}, raw=True)
display(HTML("<table><tr><td style='text-align: right'>a table stays</td></tr></table>"))
print(f"<script>{{bad}}</script>\\x1b[31m red \\x1b]8;;javascript:{{bad}}\\x07link")
"""
TELLS = """
def double(x):
    print("told", x)
    raise type("Told{}".format(x), (ValueError,), {})(f"I was asked for {x}")
"""


class Page(HTMLParser):
    """What of a page acts, loads or frames, and what text it shows."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.active: Counter[str] = Counter()
        self.images: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {
            "script",
            "style",
            "iframe",
            "object",
            "embed",
            "form",
            "link",
            "base",
            "meta",
            "svg",
        }:
            self.active[tag] += 1
        for name, value in attrs:
            text = re.sub(r"[\s\x00-\x1f]", "", (value or "").lower())
            if name.startswith("on") or text.startswith(("javascript:", "vbscript:", "data:text")):
                self.active[f"{tag} {name}={text}"] += 1
            if name == "style" and ("url(" in text or "position" in text):
                self.active[f"{tag} {text}"] += 1
            if tag == "img" and name == "src":
                self.images.append(value or "")

    def handle_data(self, data: str) -> None:
        self.text += data


def hostile(notebook: Notebook) -> Notebook:
    """Return a notebook whose every text, output and file name tries to act."""
    new = [{"cell_type": "markdown", "metadata": {}, "source": text} for text in TEXTS]
    new += [
        {"cell_type": "raw", "metadata": {"raw_mimetype": "text/html"}, "source": text}
        for text in TEXTS
    ]
    new += [
        {
            "cell_type": "code",
            "metadata": {},
            "source": SHOWS,
            "outputs": [],
            "execution_count": None,
        }
    ]
    notebook["cells"] += [cell | {"id": f"hostile-{i}"} for i, cell in enumerate(new)]
    notebook["metadata"]["title"] = f"</title><script>{ALERT}</script>"
    notebook["metadata"]["widgets"] = {
        "application/vnd.jupyter.widget-state+json": {"a": f"</script><script>{ALERT}"}
    }
    return notebook


@pytest.fixture(scope="session")
def shown(new_classroom: Callable[..., Classroom]) -> Classroom:
    """A class whose feedback was generated."""
    room = new_classroom()
    room.hand_in("right", room.filled())
    room.hand_in("wrong", room.filled(double="def double(x):\n    return x"))
    room.hand_in("tells", room.filled(double=TELLS))
    room.hand_in("hostile", hostile(room.filled()))
    room.hand_in("untouched", room.released())
    room.hand_in("unreadable", "{")
    room.hand_in("prints", room.filled(halve="for i in range(100_000):\n    print('line', i)"))
    room.hand_in("prints-wide", room.filled(halve="print('w' * 3_000_000)"))
    room.hand_in("warns", room.filled(halve="import sys\nprint('to stderr', file=sys.stderr)"))
    room.grade(*sorted(path.name for path in (room.folder / "submitted").iterdir()))
    room.pipeline.feedback(room.lesson)
    return room


STUDENTS = ["right", "wrong", "tells", "untouched", "unreadable", "prints", "prints-wide", "warns"]


@pytest.mark.parametrize("student", [*STUDENTS, "hostile"])
def test_everybody_has_a_page(shown: Classroom, student: str) -> None:
    assert "lesson90 (Score:" in shown.feedback(student)


def test_nothing_on_a_page_acts(shown: Classroom) -> None:
    plain, hostile = Page(shown.feedback("right")), Page(shown.feedback("hostile"))
    # nbgrader's template brings what it needs itself: styles and formulas
    assert hostile.active == plain.active
    assert set(plain.active) <= {"script", "style", "meta"}


def test_no_picture_is_fetched_from_elsewhere(shown: Classroom) -> None:
    images = Page(shown.feedback("hostile")).images
    assert images and not [src for src in images if "//" in src or "192.0.2" in src]


def test_harmless_html_stays(shown: Classroom) -> None:
    assert re.search(r"<td[^>]*>a table stays</td>", shown.feedback("hostile"))


def test_lesson_text_is_shown_as_written(shown: Classroom) -> None:
    text = Page(shown.feedback("right")).text
    assert "The smallest $x < y$ there is, in a < b." in text


def test_cards_are_laid_out(shown: Classroom) -> None:
    page = shown.feedback("wrong")
    assert "&lt;div" not in page and "&lt;span" not in page
    assert 'style="border-left: 4px solid' in page
    assert (
        "0 of 2 points" in Page(page).text
        and "double returns twice its argument" in Page(page).text
    )


@pytest.mark.parametrize("student", STUDENTS)
def test_page_keeps_every_secret(shown: Classroom, student: str) -> None:
    page = shown.feedback(student) + Page(shown.feedback(student)).text
    assert not [secret for secret in SECRETS if secret in page]


@pytest.mark.parametrize("student", STUDENTS)
def test_feedback_folder_holds_the_page_and_the_students_files_only(
    shown: Classroom, student: str
) -> None:
    folder = shown.folder / "feedback" / student / shown.lesson
    assert {path.name for path in folder.iterdir()} == {
        "lesson90.html",
        "public_test.py",
        "data.csv",
    }


def test_assignment_keeps_every_secret(shown: Classroom) -> None:
    for path in (shown.folder / "assignments").rglob("*"):
        if path.is_file():
            assert not [secret for secret in SECRETS if secret in path.read_text()], path


def test_students_own_exception_is_named_without_his_words(shown: Classroom) -> None:
    text = Page(shown.feedback("tells")).text
    assert "double raised an exception of its own (cell" in text


def test_cells_shown_to_students_hold_their_code_alone(shown: Classroom) -> None:
    for student in STUDENTS:
        for cell in shown.autograded(student)["cells"]:
            source = "".join(cell["source"])
            assert not [s for s in (*SECRETS[:4], "verdicts", "sort_came_back") if s in source]


def test_unreadable_notebook_says_so_first(shown: Classroom) -> None:
    text = Page(shown.feedback("unreadable")).text
    assert text.index("could not be read") < text.index("90-1 Doubling")


@pytest.mark.parametrize("student", ["prints", "prints-wide"])
def test_long_output_is_cut(shown: Classroom, student: str) -> None:
    assert len(shown.feedback(student)) < len(shown.feedback("right")) + 60_000
    assert shown.scores(student)["90-1"] == 2.0


def test_stderr_of_an_answer_is_shown(shown: Classroom) -> None:
    assert "to stderr" in Page(shown.feedback("warns")).text


@pytest.fixture(scope="module")
def formgrader(shown: Classroom, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Jupyter server with nbgrader's formgrader on the course; its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    home = tmp_path_factory.mktemp("home")
    (home / "jupyter_server_config.py").write_text(
        "c.ServerApp.jpserver_extensions = {'nbgrader.server_extensions.formgrader': True}\n"
        "c.IdentityProvider.token = ''\n"
    )
    command = ["jupyter-server", "--ip=127.0.0.1", f"--port={port}", "--allow-root", "--no-browser"]
    environment = {
        "PATH": f"{PROGRAMS}:/usr/bin:/bin",
        "HOME": str(home),
        "JUPYTER_CONFIG_DIR": str(home),
    }
    log = (home / "log.txt").open("w")
    server = subprocess.Popen(
        [PROGRAMS / command[0], *command[1:]],
        cwd=shown.folder,
        env=environment,
        stdout=log,
        stderr=log,
    )
    address = f"http://127.0.0.1:{port}/formgrader"
    try:
        _wait_for(f"{address}/gradebook", server)
        yield address
    finally:
        server.terminate()
        server.wait(20)
        log.close()


def _wait_for(address: str, server: subprocess.Popen[bytes]) -> None:
    ends = time.monotonic() + 60
    while time.monotonic() < ends and server.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except OSError:
            time.sleep(0.2)
    pytest.fail("the server did not start")


def page_for_graders(room: Classroom, address: str, student: str) -> str:
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{room.folder}/gradebook.db") as gradebook:
        identity = gradebook.find_submission_notebook(room.lesson, room.lesson, student).id
    with urllib.request.urlopen(f"{address}/submissions/{identity}/", timeout=30) as answer:
        page: str = answer.read().decode()
    return page


def test_graders_see_what_students_do_not(shown: Classroom, formgrader: str) -> None:
    text = Page(page_for_graders(shown, formgrader, "wrong")).text
    assert "for graders only" in text and EXPECTED in text


def test_graders_see_a_students_own_words(shown: Classroom, formgrader: str) -> None:
    assert f"I was asked for {INPUT}" in Page(page_for_graders(shown, formgrader, "tells")).text


def test_nothing_of_a_students_acts_in_formgrader(shown: Classroom, formgrader: str) -> None:
    plain = Page(page_for_graders(shown, formgrader, "right"))
    assert Page(page_for_graders(shown, formgrader, "hostile")).active == plain.active


def test_score_stands_in_the_check_cell_of_the_autograded_notebook(shown: Classroom) -> None:
    cell = cell_of(shown.autograded("wrong"), "90-1")
    assert cell["outputs"][0]["data"]["text/plain"] == ["0.0"]
