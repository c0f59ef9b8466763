"""Runs every notebook of python/examples without a screen: run_notebooks.py EXAMPLES. Exits with 77, skipped, where
nbconvert or the Python kernel is missing (Debian: python3-nbconvert python3-ipykernel)."""

import importlib.util
import json
import pathlib
import subprocess
import sys
import tempfile

if any(importlib.util.find_spec(name) is None for name in ("nbconvert", "ipykernel", "matplotlib", "xarray")):
    print("nbconvert, ipykernel, matplotlib or xarray is not installed: notebooks are not run")
    sys.exit(77)
notebooks = sorted(pathlib.Path(sys.argv[1]).glob("*.ipynb"))
if not notebooks:
    sys.exit(f"{sys.argv[1]}: no notebook there")
with tempfile.TemporaryDirectory() as folder:
    command = [sys.executable, "-m", "nbconvert", "--execute", "--to", "notebook", "--output-dir", folder]
    for notebook in notebooks:
        run = subprocess.run([*command, str(notebook)], capture_output=True, text=True)
        if run.returncode != 0:
            sys.exit(f"{notebook}: {run.stderr[-3000:]}")
        done = json.loads(pathlib.Path(folder, notebook.name).read_text())
        figures = 0
        for cell in done["cells"]:
            drawn = any("image/png" in output.get("data", {}) for output in cell.get("outputs", []))
            if cell["cell_type"] == "code" and ".plot" in "".join(cell["source"]) and not drawn:
                sys.exit(f"{notebook}: no figure below {''.join(cell['source'])}")
            figures += drawn
        print(f"{notebook.name}: ran, {figures} figures")
