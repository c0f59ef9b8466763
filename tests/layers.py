#!/usr/bin/env python3
"""A layer includes only itself and the layers before it (CONTRIBUTING.md). Usage: layers.py SOURCE_FOLDER"""
import pathlib
import re
import sys

# Folders of one line do not know each other.
LAYERS = [["core", "files"], ["problem"], ["closures"], ["dynamics"], ["optimizers"], ["simulation"],
          ["validation", "phase", "imbalance"], ["study"], ["run"], ["results"], ["report"]]
rank = {name: i for i, layer in enumerate(LAYERS) for name in layer}
# files throws core's errors; run and report stand on studies of phases and imbalance alike.
ALLOWED = {("files", "core")}

root = pathlib.Path(sys.argv[1])
wrong = []
for file in [*root.glob("src/**/*.[ch]pp"), *root.glob("include/muonphase/**/*.hpp")]:
    path = file.relative_to(root).parts
    own = path[1] if path[0] == "src" else path[2]
    for included in re.findall(r'#include "(?:muonphase/)?([a-z_]+)/', file.read_text()):
        if included == own or included not in rank:
            continue
        if own not in rank:
            wrong.append(f"{file}: {own} is no layer")
        elif rank[included] >= rank[own] and (own, included) not in ALLOWED:
            wrong.append(f"{file}: {own} includes {included}")
print("\n".join(sorted(set(wrong))) or "every layer knows only the layers before it")
sys.exit(1 if wrong else 0)
