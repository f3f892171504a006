"""Lets a lesson's self-checks know the mistakes that its wrong answers make, by what these reply to them."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.answers import Answer, cells_with
from autograder.source import LessonSource
from autograder.versions import digest_of
from course.judge.diagnosis import Diagnosis
from course.verdict import Status

SECONDS = 20.0
_OF_HIDDEN_INPUTS = re.compile(r" on all \d+ inputs")
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")


@dataclass(frozen=True)
class Met:
    """A wrong answer as both graders met it.

    `seen` says whether the self-checks failed it, `named` whether they named a mistake themselves. `replies` holds the
    digests of what it replied to those that did not, `diagnosis` what the hidden grader said of it.
    """

    answer: Answer
    seen: bool
    named: bool
    replies: tuple[str, ...]
    diagnosis: Diagnosis | None


def meet(source: LessonSource, answer: Answer) -> Met:
    """Put a wrong answer before the self-checks and before the hidden graders."""
    from course.grader import examine
    from course.submission import LocalSubmission

    submission = LocalSubmission.of_cells(cells_with(source, answer), seconds=SECONDS)
    replies: list[str] = []

    def listen(_title: str, digest: str) -> None:
        replies.append(digest)

    only = {answer.exercise}
    public = examine(source.public_test, submission, exercises=only, explain=listen)
    failed = [v.finding for v in public if v.status is Status.FAILED and v.finding]
    known = list(dict.fromkeys(filter(None, replies)))
    # where nothing was replied that could be known, their sentence is of no use
    hidden = (
        examine(source.hidden_test, submission, exercises=only, reference=source.names())
        if known
        else []
    )
    said = [
        Diagnosis(v.finding.diagnosis, sentence)
        for v in hidden
        if v.finding and v.finding.diagnosis == answer.diagnosis
        if (sentence := _sentence(v.finding.explanation, source))
    ]
    return Met(
        answer,
        bool(failed),
        any(finding.diagnosis for finding in failed),
        tuple(known),
        said[0] if said else None,
    )


def _sentence(explanation: str, source: LessonSource) -> str:
    """Return what the hidden grader says as the self-checks may say it; nothing if it is about the hidden inputs."""
    sentence = _OF_HIDDEN_INPUTS.sub("", explanation)
    theirs = source.text.read_text() + source.public_test.read_text()
    return sentence if set(_NUMBER.findall(sentence)) <= set(_NUMBER.findall(theirs)) else ""


def told_apart(met: Iterable[Met]) -> dict[str, Diagnosis]:
    """Return the mistake behind each digest of replies, but for those that several mistakes have in common."""
    found: dict[str, list[Met]] = defaultdict(list)
    for each in met:
        for digest in each.replies:
            found[digest].append(each)
    return {
        digest: group[0].diagnosis
        for digest, group in found.items()
        if group[0].diagnosis and len({each.answer.diagnosis for each in group}) == 1
    }


def write_known(source: LessonSource, met: Iterable[Met]) -> Path:
    """Note beside the lesson's self-checks what they are to know, by mistake; return the file."""
    replies: dict[Diagnosis, list[str]] = defaultdict(list)
    for digest, diagnosis in told_apart(met).items():
        replies[diagnosis].append(digest)
    mistakes = [
        {"diagnosis": mistake.id, "explanation": mistake.text, "replies": sorted(digests)}
        for mistake, digests in replies.items()
    ]
    told: dict[str, Any] = {"made from": made_from(source), "mistakes": mistakes}
    path = source.known_mistakes
    path.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n")
    return path


def made_from(source: LessonSource) -> str:
    """Return the digest of all that a lesson's known mistakes follow from."""
    wrong = source.folder / "wrong_answers.py"
    files = [source.text, source.public_test, source.hidden_test, wrong]
    return digest_of(files, source.folder)
