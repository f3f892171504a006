"""Which exercises an answer can reach: its own, and those that use a name which it defines.

The laws grade hundreds of answers; where nothing of an exercise or of its graders speaks of what an answer defines, the
solution is judged as it was without it, and the law need not wait for that.
"""

from __future__ import annotations

import ast
import re
from functools import cache

from autograder.answers import Answer, cells_with
from autograder.source import LessonSource
from course.grader import examine
from course.responder import Reply, Request
from course.submission import LocalSubmission, Submission
from course.values import Value


def reached(source: LessonSource, answer: Answer) -> set[str]:
    """Return the ids of the exercises that are to be graded anew with `answer` in place."""
    exercises = set(source.solution_cells)
    try:
        tree = ast.parse(answer.code)
    except SyntaxError:
        return {answer.exercise}
    definitions = (ast.FunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)
    if any(not isinstance(statement, definitions) for statement in tree.body):
        # what it changes beyond its own names cannot be seen from here
        return exercises
    defined = {name for statement in tree.body for name in _names_of(statement)}
    spoken = _spoken_of(source)
    return {answer.exercise} | {e for e in exercises if defined & spoken[e]}


def _names_of(statement: ast.stmt) -> list[str]:
    if isinstance(statement, (ast.Import, ast.ImportFrom)):
        return [(alias.asname or alias.name).partition(".")[0] for alias in statement.names]
    assert isinstance(statement, (ast.FunctionDef, ast.ClassDef))
    return [statement.name]


@cache
def _spoken_of(source: LessonSource) -> dict[str, set[str]]:
    """Return, by exercise, each name that its graders ask the solution for, and all that these lead to."""
    found = {}
    definitions = _definitions(source)
    for exercise, code in source.solution_cells.items():
        words = _spoken("\n".join(code)) | _asked(source, exercise)
        waiting = words & definitions.keys()
        followed: set[str] = set()
        while waiting:
            name = waiting.pop()
            followed.add(name)
            words |= definitions[name]
            waiting |= (definitions[name] & definitions.keys()) - followed
        found[exercise] = words
    return found


def _definitions(source: LessonSource) -> dict[str, set[str]]:
    """Return what the definition of each of the solution's names speaks of."""
    code = "\n".join(code for cells in source.solution_cells.values() for code in cells)
    return {
        node.name: _spoken(ast.unparse(node))
        for node in ast.parse(code).body
        if isinstance(node, (ast.FunctionDef, ast.ClassDef))
    }


def _asked(source: LessonSource, exercise: str) -> set[str]:
    """Return the names in everything that the graders of `exercise` ask the solution."""
    submission = LocalSubmission.of_cells(cells_with(source), seconds=20.0)
    words: set[str] = set()

    def listening(request: Request, seconds: float) -> Reply:
        words.update(re.findall(r"\w+", request["name"]), _spoken(request.get("source", "")))
        # names of classes and functions may be arguments of a probe
        words.update(_strings(request.get("args", ())))
        return submission._ask(request, seconds)

    asked = Submission(listening, seconds=20.0)
    for grader in (source.hidden_test, source.public_test):
        examine(grader, asked, reference=source.names(), exercises={exercise})
    return words


def _spoken(code: str) -> set[str]:
    """Return the names, attributes and strings that are names in `code`."""
    words = set()
    for node in ast.walk(ast.parse(code)):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.Constant(value=str(name)):
                words.add(name)
    return words


def _strings(value: Value) -> set[str]:
    if isinstance(value, str):
        return {value}
    if isinstance(value, (list, tuple)):
        return set().union(*map(_strings, value))
    return set()
