"""The `course` command: loads a subcommand's module only when it is called, so that help is instant."""

from __future__ import annotations

import ast
import importlib
import importlib.util
from pathlib import Path

import click

# what a TA installs joins the same command; a student does not have it
_PACKAGES = ("course.commands", "autograder.commands")


class _Commands(click.Group):
    """A group whose commands are the modules of the command packages, one file each."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_modules())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        found = _modules().get(cmd_name)
        if found is None:
            return None
        command: click.Command = importlib.import_module(found[0]).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(
                [(name, _first_line(m[1])) for name, m in sorted(_modules().items())]
            )


def _modules() -> dict[str, tuple[str, Path]]:
    """Return each command's module name and file; nothing is imported."""
    found = {}
    for package in _PACKAGES:
        try:
            spec = importlib.util.find_spec(package)
        except ModuleNotFoundError:
            continue
        for folder in (spec.submodule_search_locations or []) if spec else []:
            for path in Path(folder).glob("[a-z]*.py"):
                # a command named like something built in is spelled with an underscore: list_.py
                found[path.stem.rstrip("_")] = (f"{package}.{path.stem}", path)
    return found


def _first_line(path: Path) -> str:
    doc = ast.get_docstring(ast.parse(path.read_text()))
    line = (doc or "").partition("\n")[0].partition(": ")[2]
    return line[:1].upper() + line[1:]


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="pytorch-zero-to-all", prog_name="course")
def main() -> None:
    """Learn PyTorch from zero: twelve lessons that check themselves."""
