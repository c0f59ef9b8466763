"""Figures and tables of docs/paper.md from the results that scripts/reproduce-paper.sh makes: figures.py RESULTS FIGURES.

Published numbers are those of "Phases of Muon" (arXiv 2605.09552) and of its first author's lecture notes; the times are
centres of markers in a figure."""
import pathlib
import sys

import h5py
import matplotlib
import numpy as np

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

PUBLISHED_TIMES = {
    "muon": [24.0, 75.8, 231.6, 697, 1996, 4637],
    "signsvd": [8.07, 28.2, 90.8, 277, 717, 1558],
    "signsgd": [11.1, 60.5, 359, 2225, 12300, 42700],
}
PUBLISHED_MOMENTUM = {0: 9.97, 0.9: 36.90, 0.95: 52.49, 0.99: 117.33}
PUBLISHED_DENSITY = {200: "13.7", 400: "3.2", 600: "1.6"}
PUBLISHED_RESOLUTION = {500: (8468.36, 415.5), 100: (364.98, 51.1)}
ACCURACIES = 2.0 ** -np.arange(4, 15, 2)
COLOURS = {"muon": "#CC79A7", "signsvd": "#0072B2", "signsgd": "#D55E00"}

results, figures = map(pathlib.Path, sys.argv[1:3])
figures.mkdir(parents=True, exist_ok=True)
plt.rcParams.update({"font.size": 9, "axes.grid": True, "grid.alpha": 0.3, "figure.dpi": 160})


def opened(name):
    return h5py.File(results / f"{name}.h5")


def save(figure, name):
    figure.tight_layout()
    figure.savefig(figures / f"{name}.png")
    plt.close(figure)


def table(title, header, rows):
    print(f"\n{title}\n")
    print("| " + " | ".join(header) + " |\n|" + "---|" * len(header))
    for row in rows:
        print("| " + " | ".join(row) + " |")


def time_to(step, risk, target):
    """Where ln R(ln t) first is ln target."""
    below = np.argmax(risk <= target)
    if risk[below] > target:
        return np.nan
    part = np.log(risk[below - 1] / target) / np.log(risk[below - 1] / risk[below])
    return step[below - 1] * (step[below] / step[below - 1]) ** part


def averaged(values, width):
    """Means over bins of modes that widen as the mode number does."""
    edges = np.unique(np.geomspace(1, len(values) + 1, width).astype(int)) - 1
    centres = [np.sqrt((a + 1) * b) for a, b in zip(edges[:-1], edges[1:])]
    return np.array(centres), np.array([values[a:b].mean() for a, b in zip(edges[:-1], edges[1:])])


def modes():
    figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3.4))
    rows = []
    for batch, colour in zip((10000, 2000, 500, 100), ("#0072B2", "#009E73", "#E69F00", "#D55E00")):
        group = opened(f"modes-{batch}")["signsvd"]
        j, mu = group["mode_in"][:], group["eigenvalue_in"][:]
        drift, diffusion = group["drift"][:] / np.sqrt(2), group["diffusion"][:]
        measured, volatility = group["measured_drift"][:] / np.sqrt(2), group["measured_diffusion"][:]
        gamma = len(j) / batch
        scale = group.attrs["resolution"]
        inverse = 0 if np.isnan(scale) else 1 / scale
        printed = mu / np.sqrt(gamma * (mu + np.pi * inverse / 2))
        left.loglog(j, drift, color=colour, label=f"γ = {gamma:g}")
        left.loglog(j, printed, color=colour, ls=":")
        left.loglog(*averaged(measured, 24), "o", color=colour, ms=3)
        right.loglog(j, diffusion, color=colour)
        right.loglog(*averaged(volatility, 24), "o", color=colour, ms=3)
        last = slice(-100, None)
        noise = group["measured_drift_sem"][:][last]
        rows.append([f"{gamma:g}", "all" if np.isnan(scale) else f"{scale:.2f}",
                     "–" if np.isnan(scale) else f"{group.attrs['resolution_mode']:.1f}",
                     f"{(measured / drift).mean():.3f}",
                     f"{(measured[last] / drift[last]).mean():.3f} ± {(noise / drift[last] / np.sqrt(2)).mean() / 10:.3f}",
                     f"{(measured[last] / printed[last]).mean():.3f}", f"{(volatility / diffusion).mean():.4f}"])
    left.plot([], [], "o", color="k", ms=3, label="Monte Carlo")
    left.plot([], [], ":", color="k", label="printed approximation")
    left.set(xlabel="mode i", ylabel=r"drift $\mathfrak{d}$")
    right.set(xlabel="mode i", ylabel=r"volatility $\mathfrak{v}$")
    left.legend(fontsize=7)
    save(figure, "modes")
    table("Drift and volatility, N = 1000, α = 1.5",
          ["γ", "Λ", "i_#", "Monte Carlo/ours, all modes", "last 100 modes", "Monte Carlo/printed, last 100", "𝔳, Monte Carlo/ours"], rows)


def density():
    figure, axes = plt.subplots(1, 3, figsize=(9, 3), sharey=True)
    rows = []
    for axis, batch in zip(axes, (200, 400, 600)):
        group = opened(f"density-{batch}")["spectral_density"]
        x, out, weighted = group["x"][:], group["density_out"][:], group["weighted_out"][:]
        eigenvalues = group["eigenvalue"][:]
        edges = np.geomspace(1e-3, eigenvalues.max(), 28)
        counts, _ = np.histogram(eigenvalues, edges)
        axis.stairs(counts / eigenvalues.size / np.diff(np.log(edges)), edges, color="#999999", fill=True, alpha=0.6,
                    label="40 gradients")
        axis.semilogx(x, x * out, color="#0072B2", label="density")
        axis.semilogx(x, x * weighted, color="#D55E00", label=r"weighted by $\Sigma_{out}$")
        axis.set(xlabel="x, eigenvalue of GGᵀ/2R", title=f"B = {batch}", xlim=(1e-3, 500))
        inside = (edges[1:] > 0.05) & (edges[:-1] < 50)
        theory = [np.trapezoid(np.interp(s := np.geomspace(a, b, 99), x, out), s) if hasattr(np, "trapezoid")
                  else np.trapz(np.interp(s := np.geomspace(a, b, 99), x, out), s) for a, b in zip(edges[:-1], edges[1:])]
        ratio = counts[inside] / eigenvalues.size / np.array(theory)[inside]
        at = [np.interp(v, x, weighted) * np.sqrt(v) for v in (1e-4, 1e-2)]
        size, mean_eigenvalue, height = 400, 2.5, 0.05
        s = np.geomspace(x[0], x[-1], 20001)
        density_of = np.interp(s, x, weighted)
        integral = np.trapezoid if hasattr(np, "trapezoid") else np.trapz
        atom = max(0, mean_eigenvalue - integral(density_of, s)) if batch < size else 0
        resolvent = size / batch / np.pi * (integral(density_of * height / (4 * s**2 + height**2), s) + atom / height)
        rows.append([str(batch), f"{np.abs(ratio - 1).mean():.3f}", f"{at[0]:.3f}", f"{at[1]:.3f}", f"{resolvent:.2f}",
                     PUBLISHED_DENSITY[batch]])
    axes[0].set(ylabel="density in ln x")
    axes[0].legend(fontsize=7)
    save(figure, "density")
    table("Spectral density, N = 400", ["B", "mean |Monte Carlo/theory − 1| of bins", "√x · weighted density at x = 10⁻⁴", "at 10⁻²",
           "Im tr(Σ_out (GGᵀ/R − 0.05i)⁻¹)/(πB)", "published"], rows)


def printed_times():
    """SignSVD's steps to 2ε by the printed kernels, 𝔡 = √(μ/γ) and 𝔳 = 1 at √R, and the rate of their 𝒮."""
    mode = np.arange(1, 1025.0)
    mu, energy = mode**-1.5, mode**-0.7
    drift = np.sqrt(mu * 2048 / 1024)
    coefficient = (mu / (2 * drift)).sum()
    reached = []
    for accuracy in ACCURACIES:
        eta, q, risk = 2 * np.sqrt(accuracy) / coefficient, energy, [0.5 * (mu * energy).sum()]
        while risk[-1] > 2 * accuracy:
            q = q - 2 * eta * drift * q / np.sqrt(risk[-1]) + eta**2
            risk.append(0.5 * (mu * q).sum())
        reached.append(len(risk) - 1)
    return reached


def times():
    figure, axis = plt.subplots(figsize=(5, 3.6))
    rows = []
    for name, label in (("muon", "Muon, five steps"), ("signsvd", "SignSVD"), ("signsgd", "SignSGD")):
        file = "times" if name != "signsgd" else "times-signsgd"
        sweep = opened(file)[f"{name}/sweep"]
        ours = [time_to(sweep["horizon"][:], risk, 2 * accuracy) for risk, accuracy in zip(sweep["risk"][:], ACCURACIES)]
        axis.loglog(ACCURACIES, ours, "-o", ms=3, color=COLOURS[name], label=f"{label}, ours")
        axis.loglog(ACCURACIES, PUBLISHED_TIMES[name], "x", color=COLOURS[name],
                    label=f"{label}, published{' theory' if name == 'signsvd' else ''}")
        for accuracy, t, published in zip(ACCURACIES, ours, PUBLISHED_TIMES[name]):
            rows.append([label, f"2^{np.log2(accuracy):.0f}", f"{t:.4g}", f"{published:g}", f"{t / published - 1:+.1%}"])
    axis.invert_xaxis()
    axis.set(xlabel="accuracy ε", ylabel="steps to 2ε")
    axis.legend(fontsize=7)
    save(figure, "times")
    table("SignSVD's steps to 2ε by the printed kernels", ["ε", "printed kernels", "published", "difference"],
          [[f"2^{np.log2(a):.0f}", f"{t}", f"{p:g}", f"{t / p - 1:+.1%}"]
           for a, t, p in zip(ACCURACIES, printed_times(), PUBLISHED_TIMES["signsvd"])])
    table("Steps to 2ε, α = 1.5, β = 0.7, N = 1024, B = 2048", ["optimizer", "ε", "ours", "published", "difference"], rows)


def momentum():
    ours = {m: opened(f"momentum-{m}")["muon"].attrs["noise_coefficient"] for m in PUBLISHED_MOMENTUM}
    figure, axis = plt.subplots(figsize=(4.5, 3.2))
    memory = {m: (1 + m) / (1 - m) for m in ours}
    axis.loglog([memory[m] for m in ours], list(ours.values()), "-o", ms=3, color=COLOURS["muon"], label="ours")
    axis.loglog([memory[m] for m in ours], list(PUBLISHED_MOMENTUM.values()), "x", color="k", label="published, measured")
    axis.loglog([memory[m] for m in ours], [ours[0] * np.sqrt(memory[m]) for m in ours], ":", color="k",
                label=r"AR(1): $\mathcal{S}$ ∝ √((1+μ)/(1−μ))")
    axis.set(xlabel="(1 + μ)/(1 − μ)", ylabel=r"noise coefficient $\mathcal{S}$")
    axis.legend()
    save(figure, "momentum")
    table("𝒮 of Muon against momentum", ["μ", "ours", "published", "difference", "AR(1) law"],
          [[f"{m}", f"{ours[m]:.2f}", f"{p:.2f}", f"{ours[m] / p - 1:+.1%}", f"{ours[0] * np.sqrt(memory[m]):.2f}"]
           for m, p in PUBLISHED_MOMENTUM.items()])


def isotropic():
    rows, ratios = [], []
    for size in (256, 1024, 4096):
        for ratio in (0.125, 0.5, 1, 2, 8):
            file = opened(f"isotropic-{size}-{ratio:g}")
            svd, sign = file["signsvd"], file["signsgd"]
            ratios.append((size, ratio, sign.attrs["noise_coefficient"] / svd.attrs["noise_coefficient"]))
            if size == 1024:
                total = float((svd["diffusion"][:] * svd["weight_in"][:]).sum())
                signs = float((sign["diffusion"][:] * sign["weight_in"][:]).sum())
                batch = size * ratio
                rows.append([f"{1 / ratio:g}", f"{svd['drift'][0] / np.sqrt(2):.4f}", f"{sign['drift'][0] / np.sqrt(2):.3f}",
                             f"{total:.1f}", f"{min(batch, size):.0f}", f"{signs / size**2:.4f}"])
    table("Isotropic, N = 1024", ["N/B", "𝔡 of SignSVD, C(N/B)", "𝔡 of SignSGD, N_B/√π", "total 𝔳 of SignSVD", "min(B, N)", "total 𝔳 of SignSGD/N²"], rows)
    figure, axis = plt.subplots(figsize=(4.5, 3.2))
    for size, colour, mark in ((256, "#0072B2", "o"), (1024, "#D55E00", "s"), (4096, "#009E73", "x")):
        mine = [(r, v) for s, r, v in ratios if s == size]
        axis.loglog([r for r, _ in mine], [v / np.sqrt(size) for _, v in mine], color=colour, marker=mark, ms=4,
                    label=f"N = {size}")
    x = np.geomspace(0.125, 1, 9)
    axis.loglog(x, ratios[2][2] / np.sqrt(256) / np.sqrt(x), ":", color="k", label=r"$\sqrt{N/B}$, matched at B = N")
    axis.set(xlabel="B/N", ylabel=r"$\eta_{SVD}/(\eta_{sign}\sqrt{N})$")
    axis.set_xticks([0.125, 0.5, 1, 2, 8], ["1/8", "1/2", "1", "2", "8"])
    axis.set_yticks([1, 2, 3], ["1", "2", "3"])
    axis.minorticks_off()
    axis.legend()
    save(figure, "rates")
    table("Tuned rates, isotropic: η_SVD/η_sign at equal floors", ["N"] + [f"B/N = {r:g}" for r in (0.125, 0.5, 1, 2, 8)],
          [[str(size)] + [f"{v:.2f}" for s, r, v in ratios if s == size] for size in (256, 1024, 4096)])


def resolution():
    figure, axis = plt.subplots(figsize=(4.5, 3.2))
    batches = np.array([10, 30, 100, 300, 1000, 3000, 10000, 30000])
    size = 100000
    for alpha, colour in ((0.7, "#0072B2"), (1.0, "#009E73"), (1.5, "#D55E00")):
        modes_of = [opened(f"resolution-{alpha:g}-{b}")["signsvd"].attrs["resolution_mode"] for b in batches]
        axis.loglog(batches, modes_of, "-o", ms=3, color=colour, label=f"α = {alpha:g}")
        law = (batches if alpha > 1 else batches / np.log(size / batches) if alpha == 1
               else batches ** (1 / alpha) / size ** (1 / alpha - 1))
        axis.loglog(batches, law * modes_of[2] / law[2], ":", color=colour)
    axis.plot([], [], ":", color="k", label="published law")
    axis.set(xlabel="batch B", ylabel=r"resolution $i_\#$")
    axis.legend()
    save(figure, "resolution")


def floors():
    rows = []
    for size in (256, 512):
        runs, theory = opened(f"floor-simulate-{size}")["signsvd"], opened(f"floor-ode-{size}")["signsvd/risk"][-1]
        spread = runs["risk_trials"][:, -12:].mean(axis=1)
        trained = spread.mean()
        rows.append([str(size), f"{trained * 2**8:.3f} ± {spread.std(ddof=1) / np.sqrt(len(spread)) * 2**8:.3f}",
                     f"{theory * 2**8:.3f}"])
    table("R/ε at the floor of SignSVD, η = 2√ε/𝒮 with our 𝒮, ε = 2^(−8)", ["N, B = 2N", "trained", "full closure"], rows)


for part in (modes, density, times, momentum, isotropic, resolution, floors):
    part()
