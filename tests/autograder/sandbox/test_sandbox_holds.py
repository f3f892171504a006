"""Whether a sandbox is real: what its canary finds, and what is said where none can be had (P9,
P10)."""

from __future__ import annotations

import tempfile
from contextlib import closing
from pathlib import Path

import pytest

from autograder.doctor import findings
from autograder.sandbox import (
    ChildDied,
    ChildMisbehaved,
    ChildTimedOut,
    Level,
    Limits,
    Sandbox,
    SandboxUnavailable,
    best_sandbox,
    canary,
    jail,
    self_test,
)
from autograder.sandbox.filter import compiled_filter
from autograder.sandbox.inside.settings import Layers, Settings
from autograder.sandbox.reasons import why_not_started
from autograder.sandbox.sandbox import _start

CHECKOUT = Path(__file__).parents[3]


def test_canary_finds_no_way_out(sandbox: Sandbox):
    assert self_test(sandbox) == []


def test_full_level_is_what_there_is(sandbox: Sandbox):
    with closing(best_sandbox()) as best:
        assert best.level == Level.FULL


def test_canary_notices_missing_layers(sandbox: Sandbox):
    layers = Layers(undumpable=False, limits=False, system_calls=False)
    with Sandbox(Limits(processes=20), layers=layers, torch=False) as weak:
        found = self_test(weak)
    assert "read the overseer's memory" in found
    assert "fork without end" in found
    assert "run without a filter" in found


def test_settings_survive_the_way_in():
    settings = Settings(Limits(memory=5), Layers(seeds=False), b"\x00\xff")
    assert Settings.from_json(settings.to_json()) == settings


def test_filter_is_a_program_of_the_kernel(sandbox: Sandbox):
    program = compiled_filter()
    assert len(program) > 8 * 60
    assert len(program) % 8 == 0


def test_checkout_is_never_bound(sandbox: Sandbox):
    ours = {path for path in jail.binds().values() if path.is_relative_to(CHECKOUT)}
    folders = {path.relative_to(CHECKOUT).parts[0] for path in ours} - {".venv"}
    assert folders <= {"autograder", "course"}
    inside = CHECKOUT / "autograder" / "sandbox" / "inside"
    assert {path for path in ours if path.is_relative_to(CHECKOUT / "autograder")} == {
        inside,
        inside / "__main__.py",
    }


def test_missing_program_is_named_with_its_remedy(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(
        SandboxUnavailable, match="bwrap is missing: sudo apt-get install bubblewrap"
    ):
        Sandbox()


def test_doctor_says_what_it_does_and_what_is_missing(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", "/nowhere")
    (mark, busy), (good, missing) = findings()
    assert mark is None and "attacked, which takes" in busy
    assert good is False and "nothing can be graded: bwrap is missing" in missing


@pytest.mark.parametrize(
    ("errors", "sentence"),
    [
        (
            "bwrap: No permissions to create new namespace, likely because …",
            "refuses the namespaces",
        ),
        ("bwrap: setting up uid map: Permission denied", "refuses the namespaces"),
        ("ModuleNotFoundError: No module named 'torch.optim'", "pip install torch"),
        ("", "it said nothing"),
    ],
)
def test_refusal_says_what_helps(errors: str, sentence: str):
    assert sentence in why_not_started(errors)


class Stubborn:
    """A sandbox whose canary does not come back: what a slow or a broken machine does to it."""

    limits = Limits()

    def __init__(self, error: Exception) -> None:
        self.error = error

    def open(self) -> Stubborn:
        return self

    def __enter__(self) -> Stubborn:
        return self

    def __exit__(self, *_: object) -> None:
        return

    def ask(self, _request: object, _seconds: float) -> None:
        raise self.error


@pytest.mark.parametrize(
    "error", [ChildDied("ended itself"), ChildTimedOut(30), ChildMisbehaved("spoke unasked")]
)
def test_canary_that_does_not_come_back_is_told(error: Exception):
    with pytest.raises(SandboxUnavailable, match="canary did not come back"):
        self_test(Stubborn(error))


def test_folder_that_we_may_not_read_hides_nothing(tmp_path: Path):
    assert canary._some_files(tmp_path / "not there") == []
    (tmp_path / "empty").touch()
    (tmp_path / "full").write_text("x")
    assert canary._some_files(tmp_path) == [tmp_path / "full"]


def test_child_that_cannot_be_confined_is_our_failure(sandbox: Sandbox):
    with pytest.raises(SandboxUnavailable, match=r"could not be confined .mount on /tmp"):
        Sandbox(Limits(disk=-1)).close()


def test_child_that_misbehaves_before_its_first_cell_is_our_failure(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sandbox, "limits", Limits(reply=8))
    with pytest.raises(SandboxUnavailable, match=r"could not be confined .sent too large a reply"):
        sandbox.open()


def test_program_that_cannot_be_run_is_named():
    with tempfile.TemporaryFile() as errors, pytest.raises(SandboxUnavailable, match="/nowhere"):
        _start(["/nowhere/bwrap"], errors.fileno(), errors)
