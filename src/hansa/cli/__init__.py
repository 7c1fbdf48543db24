"""The command line: one file for each room's commands; `main` turns errors into exit codes.

May import every room. Holds no economics: commands read options, call the public functions and
show progress. Rooms are imported when a command runs, so that help comes at once.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from hansa.cli import corridor, country, evidence, policy, study
from hansa.cli.screen import complaints, console
from hansa.cli.world import world_app
from hansa.errors import HansaError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Economics of sanctions, of the clubs that form around them, and of corridors.",
)
app.add_typer(world_app, name="world")
for commands in (country.app, policy.app, corridor.app, study.app, evidence.app):
    app.add_typer(commands)


def main() -> None:
    """Run the command line; errors end in one sentence and exit code 2, Ctrl-C in 130."""
    code = 0
    try:
        # An interrupt comes back as the exit code 130, not as an exception.
        code = app(standalone_mode=False) or 0
    except HansaError as error:
        complaints.print(f"[bold red]hansa:[/] {_plain(str(error))}", highlight=False)
        code = 2
    except (KeyboardInterrupt, typer.Abort):
        code = 130
    except typer.Exit as end:
        code = end.exit_code
    except Exception as error:
        show = getattr(error, "show", None)  # a usage error of the command line itself
        if show is None:
            raise
        show()
        code = getattr(error, "exit_code", 2)
    if code == 130:
        complaints.print("\nhansa: stopped; what was finished is kept, the same command goes on")
    sys.exit(code)


def _plain(text: str) -> str:
    return text.replace("[", r"\[")


@app.callback(invoke_without_command=True)
def _version(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        import hansa

        console.print(f"hansa {hansa.__version__}", highlight=False)
        raise typer.Exit
