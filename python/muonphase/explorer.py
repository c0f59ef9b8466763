"""The explorer page inside a notebook."""

import html
import os
import shutil
import subprocess
import tempfile
from typing import Optional


class Page:
    """A page in a frame of its own, so that its style and the notebook's do not meet."""

    def __init__(self, text: str, height: int):
        self._text, self._height = text, int(height)

    def _repr_html_(self) -> str:
        return (f"<iframe title='muonphase explorer' width='100%' height='{self._height}' style='border:0' "
                f"srcdoc='{html.escape(self._text)}'></iframe>")


def _command() -> Optional[str]:
    """The command muonphase: MUONPHASE_CLI, beside the module in a build folder, or on the path."""
    named = os.environ.get("MUONPHASE_CLI")
    built = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "muonphase"))
    beside = built if os.path.isfile(built) and os.access(built, os.X_OK) else None
    return named or beside or shutil.which("muonphase")


def explore(height: int = 720) -> Page:
    """The explorer, the solver live in a page of its own, as the output of a notebook's cell: `muonphase explorer` writes
    the page. RuntimeError, in one line, where this build of the command has no explorer."""
    command = _command()
    if command is None:
        raise RuntimeError("explore needs the command muonphase on the PATH, or its path in MUONPHASE_CLI")
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "explorer.html")
        try:
            run = subprocess.run([command, "explorer", "-o", path], capture_output=True, text=True)
        except OSError as error:
            raise RuntimeError(f"{command}: {error.strerror}") from None
        if run.returncode != 0 or not os.path.exists(path):
            why = (run.stderr.strip().splitlines() or ["it wrote no page"])[0]
            raise RuntimeError(f"{command} explorer: {why}")
        with open(path, encoding="utf-8") as page:
            return Page(page.read(), height)
