"""The catalogue is read from the lesson folders, under every spelling that people use."""

import pytest

from course.lesson import UnknownLesson, find_lesson, lesson_name, lessons


@pytest.mark.parametrize(
    "spelling", ["lesson3", "lesson03", "3", "03", "Lesson 3", "LESSON3", " lesson_3 ", "lesson3/"]
)
def test_spellings_of_a_lesson(spelling: str) -> None:
    assert lesson_name(spelling) == "lesson3"


@pytest.mark.parametrize("spelling", ["", "lesson", "three", "../lesson3", "lesson3.ipynb", "3-1"])
def test_what_is_no_lesson_is_refused(spelling: str) -> None:
    with pytest.raises(UnknownLesson, match="is not a lesson"):
        lesson_name(spelling)


def test_unknown_lesson_names_those_there_are() -> None:
    with pytest.raises(UnknownLesson, match=r"no lesson99; the lessons are .*lesson3"):
        find_lesson("99")


def test_unknown_exercise_names_those_there_are() -> None:
    with pytest.raises(UnknownLesson, match=r"3-9.*3-1, 3-2"):
        find_lesson("3").exercise("3-9")


def test_lessons_come_in_order_with_titles_and_points() -> None:
    found = lessons()
    assert [lesson.number for lesson in found] == sorted(lesson.number for lesson in found)
    for lesson in found:
        assert lesson.title != lesson.name
        for exercise in lesson.exercises:
            assert exercise.id.startswith(f"{lesson.number}-")
            assert exercise.points > 0 and exercise.title != exercise.id
