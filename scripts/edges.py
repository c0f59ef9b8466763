#!/usr/bin/env python3
"""Runs every command at the edges of what studies may say, and holds it to its contract.

    scripts/edges.py                  # every case: some minutes
    scripts/edges.py --fast           # those that a test runs
    scripts/edges.py --table          # every case, as the tables of docs/limits.md
    scripts/edges.py --only noise     # cases whose name has this in it

Held: the exit code is a documented one for what a user did (0, 2, 3 or 4), no signal, no message that says "internal",
no output left behind by a refusal, and finite numbers in the result, but for those that docs/hdf5.md says may be NaN or
infinite. Exits with 1 when any case breaks it. Needs h5py.
"""

import itertools
import pathlib
import sys
import tempfile

from small_studies import STUDY, Run, parser

COMMANDS = {"ode (full)": ["ode"], "ode (linear)": ["ode", "--set", "ode.closure=linear"], "simulate": ["simulate"],
            "validate": ["validate"], "coefficients": ["coefficients"], "tune": ["tune"], "phase": ["phase"],
            "imbalance": ["imbalance"]}
CURVES = ["ode (full)", "ode (linear)", "simulate", "validate", "coefficients", "tune"]
TRAINED = ["ode (full)", "ode (linear)", "simulate", "validate"]
THEORY = ["ode (full)", "ode (linear)", "tune"]

#: The cases that a test runs, each a kind of its own.
FAST = {("n_out = 1, n_in = 1, batch = 1", "ode (full)"), ("n_out = 1, n_in = 1, batch = 1", "validate"),
        ("n_in = 10^15", "ode (full)"), ("n_out = 10^15", "ode (full)"),
        ("phase.dimension=1e15", "phase"), ("problem.input.alpha = 30", "ode (full)"),
        ("problem.target.beta = 30", "simulate"), ("learning rates = 0.0", "validate"),
        ("phase.label_noise = 1e200", "phase"), ("learning rates = 5e-324", "validate"),
        ("learning rates = 1e3", "validate"), ("imbalance.learning_rate = 1e300", "imbalance"),
        ("run.steps = 1", "tune"), ("run.steps = 10^15", "ode (linear)"),
        ("phase.horizons to 10^15", "phase"), ("equal eigenvalues", "coefficients"),
        ("zero on some modes", "ode (full)"), ("zero", "validate"), ("samples=1", "imbalance")}


def rates(value, names=("signsvd", "signsgd")):
    return [f"run.learning_rate.{name}={value}" for name in names]


def optimizer(name, rate=0.01):
    return [f'run.optimizers=["{name}"]', f"run.learning_rate.{name}={rate}"]


def cases(folder):
    """(group, what, keys, commands)."""
    files = {
        "equal": "1\n1\n1\n1\n1\n", "one": "2\n", "decades": "\n".join(f"1e-{3 * i}" for i in range(5)),
        "zeros": "1\n0.5\n0.1\n0\n0\n", "target": "\n".join(["0 1 0 2 0"] * 6), "none": "\n".join(["0 0 0 0 0"] * 6),
    }
    for name, text in files.items():
        (folder / f"{name}.txt").write_text(text)

    def spectrum(name):
        return ["problem.input.spectrum=file", f"problem.input.path={folder}/{name}.txt"]

    def sizes(n_out, n_in, batch):
        return [f"problem.n_out={n_out}", f"problem.n_in={n_in}", f"problem.batch={batch}"]

    for n_out, n_in, batch in [(1, 1, 1), (1, 5, 4), (6, 1, 4), (6, 5, 1), (2, 2, 2), (3, 3, 3), (1, 1, 4), (2, 5, 1),
                               (5, 5, 5), (6, 5, 5), (5, 6, 5), (6, 5, 6), (24, 20, 16), (20, 24, 16), (12, 12, 11)]:
        yield "sizes", f"n_out = {n_out}, n_in = {n_in}, batch = {batch}", sizes(n_out, n_in, batch), CURVES
    for basis in ("eigen", "hadamard", "generic"):
        yield "sizes", f"1 × 1, batch 1, basis {basis}", [*sizes(1, 1, 1), f"problem.input.basis={basis}"], CURVES
    yield "sizes", "batch infinite", ["problem.batch=infinite"], CURVES
    yield "sizes", "n_out = 1, batch infinite", ["problem.batch=infinite", "problem.n_out=1"], CURVES
    yield "sizes", "n_in = 10^15", ["problem.n_in=1000000000000000", *optimizer("signsvd", "1e-9")], CURVES
    yield "sizes", "n_out = 10^15", ["problem.n_out=1000000000000000", *optimizer("signsvd", "1e-9")], CURVES
    yield "sizes", "n_out = n_in = 10^15, muon", ["problem.n_out=1000000000000000", "problem.n_in=1000000000000000",
                                                 *optimizer("muon", "1e-9")], THEORY
    yield "sizes", "batch = 10^15", ["problem.batch=1000000000000000"], CURVES
    for name in ("dimension=1e15", "dimension=1", "dimension=2", "output_ratio=1e-15", "output_ratio=1e15",
                 "batch_ratio=1e-15", "batch_ratio=1e15", "batch_ratio=1"):
        yield "sizes", f"phase.{name}", [f"phase.{name}"], ["phase"]
    for key in ("input.alpha", "target.beta"):
        for value in (0, 10, 30):
            yield "exponents", f"problem.{key} = {value}", [f"problem.{key}={value}.0"], CURVES
    for value in (0, 10, 30):
        yield ("exponents", f"problem.output.alpha = {value}",
               ["problem.output.spectrum=power-law", f"problem.output.alpha={value}.0"], CURVES)
    for key in ("alpha", "beta"):
        for value in (10, 30):
            yield "exponents", f"phase.{key} to {value}", [f"phase.{key}.max={value}.0"], ["phase"]
    yield "exponents", "phase.alpha_out = 30", ["phase.alpha_out=30.0"], ["phase"]
    for value in ("0.0", "1e-150", "1e150", "1e200", "inf", "nan", "-1.0"):
        yield "noise", f"problem.label_noise = {value}", [f"problem.label_noise={value}"], CURVES
        yield "noise", f"phase.label_noise = {value}", [f"phase.label_noise={value}"], ["phase"]
    for value in ("0.0", "5e-324", "1e-300", "1e3", "1e150", "1e300", "inf", "nan", "-0.1"):
        yield "rates", f"learning rates = {value}", rates(value), TRAINED
        yield "rates", f"sgd's rate = {value}", ['run.optimizers=["signsvd", "sgd"]', *rates(value, ["sgd"])], TRAINED
        yield "rates", f"imbalance.learning_rate = {value}", [f"imbalance.learning_rate={value}"], ["imbalance"]
    for value in ("{policy = \"greedy\", scale = 1e-300}", "{policy = \"greedy\", scale = 1e300}",
                  "{policy = \"power\", eta0 = 1e300, t0 = 1e-300, gamma = 30.0}"):
        yield "rates", f"learning rates = {value}", rates(value), TRAINED
    yield "horizons", "run.steps = 1", ["run.steps=1"], CURVES
    yield "horizons", "run.steps = 1, record = 2", ["run.steps=1", "run.record=2"], CURVES
    yield "horizons", "run.record = 1", ["run.record=1"], TRAINED
    yield "horizons", "run.steps = 10^15", ["run.steps=1000000000000000"], THEORY
    yield "horizons", "phase.horizons, one of 1", ["phase.horizons.max=1.0", "phase.horizons.count=1"], ["phase"]
    yield "horizons", "phase.horizons to 10^15", ["phase.horizons.max=1e15"], ["phase"]
    yield "horizons", "phase.horizons to 10^300", ["phase.horizons.max=1e300"], ["phase"]
    for policy in ("greedy", "power", "wsd", "optimal"):
        yield ("horizons", f"phase.horizons to 10^15, {policy}",
               ["phase.horizons.max=1e15", f"phase.policy={policy}"], ["phase"])
    yield ("horizons", "phase.accuracies from 10^−30",
           ["phase.criterion=accuracy", "phase.accuracies.min=1e-30"], ["phase"])
    yield ("horizons", "one cell",
           ["phase.alpha.count=1", "phase.alpha.max=0.0", "phase.beta.count=1", "phase.beta.max=0.0"], ["phase"])
    yield "spectra", "equal eigenvalues", spectrum("equal"), CURVES
    yield "spectra", "one eigenvalue", [*spectrum("one"), "problem.n_in=1"], CURVES
    yield "spectra", "twelve decades", spectrum("decades"), CURVES
    yield "spectra", "some are zero", spectrum("zeros"), CURVES
    yield "targets", "zero on some modes", [f"problem.target.path={folder}/target.txt"], CURVES
    yield "targets", "zero", [f"problem.target.path={folder}/none.txt"], CURVES
    yield ("targets", "zero, with label noise",
           [f"problem.target.path={folder}/none.txt", "problem.label_noise=0.5"], CURVES)
    for name in ("sgd", "ngd", "signum", "nmd", "lion", "muon", "spectral-power", "adam", "shampoo"):
        yield "optimizers", f"{name}, batch 1", ["problem.batch=1", *optimizer(name)], CURVES
        yield "optimizers", f"{name}, 1 × 1", [*sizes(1, 1, 1), *optimizer(name)], CURVES
        yield "optimizers", f"{name}, rate 10", optimizer(name, 10.0), TRAINED
    yield "optimizers", "layer, 1 × 1", ["problem.model=linear-layer", *sizes(1, 1, 1)], CURVES
    yield "optimizers", "layer, batch 1", ["problem.model=linear-layer", "problem.batch=1"], CURVES
    for keys in (["priors=[1.0]"], ["priors=[0.999999999, 1e-9]"], ["mean_norm=0.0"], ["mean_norm=1e150"],
                 ["noise=0.0"], ["noise=1e150"], ["noise=1e-150"], ["dimension=1"], ["dimension=4"], ["depth=30"],
                 ["steps=1"], ["samples=1"], ["samples=2"], ["record=1"]):
        yield "imbalance", ", ".join(keys), [f"imbalance.{key}" for key in keys], ["imbalance"]


class Case:
    def __init__(self, group, what, keys, name):
        self.group, self.what, self.keys, self.name = group, what, keys, name

    def run(self, command, folder, number, limit):
        self.made = Run(command, COMMANDS[self.name], folder / "study.toml", self.keys, folder / f"{number}.h5", limit)
        self.made.clear()


def table(group, done):
    """Of a group: accepted by which commands, refused with which words."""
    print(f"\n## {group.capitalize()}\n\n| study | accepted by | refused by |\n|---|---|---|")
    for what in dict.fromkeys(case.what for case in done):
        mine = [case for case in done if case.what == what]
        accepted = [case.name for case in mine if case.made.accepted]
        refusals = {}
        for case in mine:
            if not case.made.accepted:
                refusals.setdefault(case.made.message(), []).append(case.name)
        who = lambda names: "all" if len(names) == len(mine) else ", ".join(names)
        said = "; ".join(f"{who(names)}: {words}" for words, names in refusals.items())
        print(f"| {what} | {who(accepted) or 'none'} | {said} |".replace("_", r"\_"), flush=True)


def main():
    options = parser(__doc__)
    options.add_argument("--fast", action="store_true")
    options.add_argument("--table", action="store_true")
    options.add_argument("--only", default="")
    options.add_argument("--limit", type=float, default=120, help="seconds that a case may take")
    arguments = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "study.toml").write_text(STUDY)
        wanted = [Case(group, what, keys, command) for group, what, keys, commands in cases(folder)
                  for command in commands
                  if ((what, command) in FAST or not arguments.fast) and arguments.only in f"{group} {what} {command}"]
        number = 0
        for group, cases_of in itertools.groupby(wanted, key=lambda case: case.group):
            mine = list(cases_of)
            for case in mine:
                number += 1
                case.run(arguments.command, folder, number, arguments.limit)
                if case.made.wrong:
                    print(f"{case.what}; {case.name}: {'; '.join(case.made.wrong)}\n    {case.made.text[-300:]}",
                          file=sys.stderr, flush=True)
            if arguments.table:
                table(group, mine)
    accepted, broken = sum(case.made.accepted for case in wanted), sum(bool(case.made.wrong) for case in wanted)
    print(f"{len(wanted)} cases: {accepted} accepted, {len(wanted) - accepted} refused, {broken} wrong",
          file=sys.stderr if arguments.table else sys.stdout)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
