# Made by `muonphase generate python-keys`; a test keeps it so.
from typing import Any, Literal, Mapping, Union

#: Every key of a study.
Key = Literal[
    "title",  # shown in figures; a string
    "seed",  # seed of every random number; a whole number from 0 to 2^63 − 1
    "problem.model",  # bilinear: numbers y = x_outᵀWx_in + σξ; linear-layer: vectors y = Wx + σξ; "bilinear" or "linear-layer"
    "problem.n_out",  # outputs n, the rows of W; a whole number from 1 to 1e+15
    "problem.n_in",  # inputs d, the columns of W; a whole number from 1 to 1e+15
    "problem.batch",  # batch size B; "infinite" is the limit of large batches at a signal that stays hidden in the noise, with time in units of n_out/B steps (1/B steps in the linear layer); a whole number from 1 to 1e+15, or "infinite"
    "problem.label_noise",  # standard deviation σ of the label noise, of each output in the linear layer; a number in [0, 1e+100]
    "problem.input.spectrum",  # eigenvalues of the input covariance; "power-law" or "isotropic" or "file"
    "problem.input.alpha",  # exponent of the power law λ_j = j^(−α); a number in [0, 20]
    "problem.input.path",  # eigenvalues for spectrum = "file": one a line, or "FILE.h5:/dataset"; a path
    "problem.input.basis",  # coordinates that SignSGD sees, relative to the eigenbasis; haar is drawn anew for each trial; data: those of problem.data, the default there; "eigen" or "haar" or "hadamard" or "generic" or "data"
    "problem.input.modes",  # modes kept one by one or as weighted nodes; auto is exact below 1e5; "exact" or "binned" or "auto"
    "problem.output.spectrum",  # eigenvalues of the output covariance; in the linear layer of the output noise, scaled to the mean 1; "power-law" or "isotropic" or "file"
    "problem.output.alpha",  # exponent of the power law λ_k = k^(−α); a number in [0, 20]
    "problem.output.path",  # eigenvalues for spectrum = "file": one a line, or "FILE.h5:/dataset"; a path
    "problem.output.basis",  # coordinates that SignSGD sees on the output side; they do not matter when it is isotropic; "eigen" or "haar" or "hadamard" or "generic" or "data"
    "problem.output.modes",  # modes kept one by one or as weighted nodes; auto is exact below 1e5; "exact" or "binned" or "auto"
    "problem.target.beta",  # exponent of the Gaussian target, Σ_k E|W*_kj|² = j^(−β), each entry of variance j^(−β)/n_out, drawn anew for each trial; a number in [0, 200]
    "problem.target.path",  # the target in the eigenbases instead, "FILE.h5:/dataset", n_out × n_in; a path
    "problem.start.path",  # the start W_0 in the eigenbases, "FILE.h5:/dataset", n_out × n_in; zero without it; a path
    "problem.data.path",  # inputs and outputs of a layer in a file, HDF5, .npy, .npz, CSV or IDX: spectrum, target, noise, n_in and n_out come from it (problem.model = "linear-layer"); a path
    "problem.data.inputs",  # dataset or array of the inputs [samples, n_in]; the name of a dataset, an array or columns
    "problem.data.outputs",  # dataset or array of the outputs [samples, n_out], or of whole numbers, which are labels (one-hot, centred); or a file of its own; the name of a dataset, an array, columns or a file
    "problem.data.sampling",  # what a simulation trains on: rows of the data, drawn with replacement, or Gaussians of the same second moments; "rows" or "gaussian"
    "problem.data.preprocess",  # centre: inputs and outputs have mean zero; standardise: inputs have variance one besides; "none" or "centre" or "standardise"
    "run.optimizers",  # optimizers to run; a list of one or more without repetition, each "signsvd" or "signsgd" or "sgd" or "ngd" or "signum" or "nmd" or "lion" or "muon" or "spectral-power" or "adam" or "shampoo"
    "run.steps",  # steps of a run; a whole number from 1 to 1e+15
    "run.record",  # most steps recorded: 0, then whole steps evenly spaced in the logarithm, each once, the last included (200 of 1000 steps are 144, as the first ones are not told apart); a whole number from 2 to 1e+06
    "run.horizons",  # horizons of a learning-rate sweep; empty: the powers of ten below steps, and steps; a list without repetition, each a whole number from 1 to 1e+15
    "run.learning_rate.signsvd",  # learning rate of signsvd; without it, the greedy schedule; a rate, 0 or from 1e-100 to 1e100, a list of rates, or {policy = "greedy" | "power" | "wsd" | "cosine" | "linear" | "table" | "floor", …}
    "run.learning_rate.signsgd",  # learning rate of signsgd; without it, the greedy schedule; a rate, 0 or from 1e-100 to 1e100, a list of rates, or {policy = "greedy" | "power" | "wsd" | "cosine" | "linear" | "table" | "floor", …}
    "run.learning_rate.sgd",  # learning rate of sgd; without it, the greedy schedule; a rate, 0 or from 1e-100 to 1e100, a list of rates, or {policy = "greedy" | "power" | "wsd" | "cosine" | "linear" | "table" | "floor", …}
    "run.learning_rate.ngd",  # learning rate of ngd; without it, the greedy schedule; a rate, 0 or from 1e-100 to 1e100, a list of rates, or {policy = "greedy" | "power" | "wsd" | "cosine" | "linear" | "table" | "floor", …}
    "run.learning_rate.signum",  # learning rate of signum; without it, the greedy schedule; a rate, 0 or from 1e-100 to 1e100, a list of rates, or {policy = "greedy" | "power" | "wsd" | "cosine" | "linear" | "table" | "floor", …}
    "run.learning_rate.nmd",  # learning rate of nmd; without it, the greedy schedule; a rate, 0 or from 1e-100 to 1e100, a list of rates, or {policy = "greedy" | "power" | "wsd" | "cosine" | "linear" | "table" | "floor", …}
    "run.learning_rate.lion",  # learning rate of lion; without it, the greedy schedule; a rate, 0 or from 1e-100 to 1e100, a list of rates, or {policy = "greedy" | "power" | "wsd" | "cosine" | "linear" | "table" | "floor", …}
    "run.learning_rate.muon",  # learning rate of muon; without it, the greedy schedule; a rate, 0 or from 1e-100 to 1e100, a list of rates, or {policy = "greedy" | "power" | "wsd" | "cosine" | "linear" | "table" | "floor", …}
    "run.learning_rate.spectral-power",  # learning rate of spectral-power; without it, the greedy schedule; a rate, 0 or from 1e-100 to 1e100, a list of rates, or {policy = "greedy" | "power" | "wsd" | "cosine" | "linear" | "table" | "floor", …}
    "run.learning_rate.adam",  # learning rate of adam; without it, the greedy schedule; a rate, 0 or from 1e-100 to 1e100, a list of rates, or {policy = "greedy" | "power" | "wsd" | "cosine" | "linear" | "table" | "floor", …}
    "run.learning_rate.shampoo",  # learning rate of shampoo; must be given, there is no greedy schedule; a rate, 0 or from 1e-100 to 1e100, a list of rates, or {policy = "greedy" | "power" | "wsd" | "cosine" | "linear" | "table" | "floor", …}
    "run.optimizer.signsvd.scale",  # multiplies the update: jordan by √max(1, n_out/n_in), rms by 0.2 √max(n_out, n_in), spectral by √(n_out/n_in); "none" or "jordan" or "rms" or "spectral"
    "run.optimizer.signsvd.weight_decay",  # λ of decoupled weight decay, W ← (1 − ηλ) W − ηΦ: it follows the schedule of η; a finite number ≥ 0
    "run.optimizer.signsgd.scale",  # multiplies the update: jordan by √max(1, n_out/n_in), rms by 0.2 √max(n_out, n_in), spectral by √(n_out/n_in); "none" or "jordan" or "rms" or "spectral"
    "run.optimizer.signsgd.weight_decay",  # λ of decoupled weight decay, W ← (1 − ηλ) W − ηΦ: it follows the schedule of η; a finite number ≥ 0
    "run.optimizer.sgd.momentum",  # momentum μ; a number in [0, 1)
    "run.optimizer.sgd.nesterov",  # Nesterov momentum; true or false
    "run.optimizer.sgd.scale",  # multiplies the update: jordan by √max(1, n_out/n_in), rms by 0.2 √max(n_out, n_in), spectral by √(n_out/n_in); "none" or "jordan" or "rms" or "spectral"
    "run.optimizer.sgd.weight_decay",  # λ of decoupled weight decay, W ← (1 − ηλ) W − ηΦ: it follows the schedule of η; a finite number ≥ 0
    "run.optimizer.ngd.scale",  # multiplies the update: jordan by √max(1, n_out/n_in), rms by 0.2 √max(n_out, n_in), spectral by √(n_out/n_in); "none" or "jordan" or "rms" or "spectral"
    "run.optimizer.ngd.weight_decay",  # λ of decoupled weight decay, W ← (1 − ηλ) W − ηΦ: it follows the schedule of η; a finite number ≥ 0
    "run.optimizer.signum.momentum",  # momentum μ; a number in [0, 1)
    "run.optimizer.signum.nesterov",  # Nesterov momentum; true or false
    "run.optimizer.signum.scale",  # multiplies the update: jordan by √max(1, n_out/n_in), rms by 0.2 √max(n_out, n_in), spectral by √(n_out/n_in); "none" or "jordan" or "rms" or "spectral"
    "run.optimizer.signum.weight_decay",  # λ of decoupled weight decay, W ← (1 − ηλ) W − ηΦ: it follows the schedule of η; a finite number ≥ 0
    "run.optimizer.nmd.momentum",  # momentum μ; a number in [0, 1)
    "run.optimizer.nmd.nesterov",  # Nesterov momentum; true or false
    "run.optimizer.nmd.scale",  # multiplies the update: jordan by √max(1, n_out/n_in), rms by 0.2 √max(n_out, n_in), spectral by √(n_out/n_in); "none" or "jordan" or "rms" or "spectral"
    "run.optimizer.nmd.weight_decay",  # λ of decoupled weight decay, W ← (1 − ηλ) W − ηΦ: it follows the schedule of η; a finite number ≥ 0
    "run.optimizer.lion.beta1",  # weight of the average in the update; a number in [0, 1)
    "run.optimizer.lion.beta2",  # decay of the average; a number in (0, 1)
    "run.optimizer.lion.scale",  # multiplies the update: jordan by √max(1, n_out/n_in), rms by 0.2 √max(n_out, n_in), spectral by √(n_out/n_in); "none" or "jordan" or "rms" or "spectral"
    "run.optimizer.lion.weight_decay",  # λ of decoupled weight decay, W ← (1 − ηλ) W − ηΦ: it follows the schedule of η; a finite number ≥ 0
    "run.optimizer.muon.momentum",  # momentum μ; a number in [0, 1)
    "run.optimizer.muon.nesterov",  # Nesterov momentum; true or false
    "run.optimizer.muon.orthogonalization",  # how the momentum is orthogonalised; "newton-schulz" or "exact"
    "run.optimizer.muon.steps",  # Newton–Schulz iterations; auto: 5, 10 of jordan-long, as many as a list of triples has; a whole number from 1 to 100, or "auto"
    "run.optimizer.muon.coefficients",  # of the steps x → a x + b x³ + c x⁵: a published set, one triple for all, or one a step, the last of them for all that follow; "jordan", "cesista", "polar-express", "cubic", "jordan-long", [a, b, c], or one such list a step, [[a, b, c], …] (100 at most)
    "run.optimizer.muon.scale",  # multiplies the update: jordan by √max(1, n_out/n_in), rms by 0.2 √max(n_out, n_in), spectral by √(n_out/n_in); "none" or "jordan" or "rms" or "spectral"
    "run.optimizer.muon.weight_decay",  # λ of decoupled weight decay, W ← (1 − ηλ) W − ηΦ: it follows the schedule of η; a finite number ≥ 0
    "run.optimizer.spectral-power.power",  # p: 0 is SignSVD, 1 the normalised gradient; a number in [-1, 1]
    "run.optimizer.spectral-power.damping",  # of p < 0: singular values below damping · ‖M‖_F are not raised; p ≥ 0 is exact; a number in (0, 1]
    "run.optimizer.spectral-power.momentum",  # momentum μ; a number in [0, 1)
    "run.optimizer.spectral-power.nesterov",  # Nesterov momentum; true or false
    "run.optimizer.spectral-power.scale",  # multiplies the update: jordan by √max(1, n_out/n_in), rms by 0.2 √max(n_out, n_in), spectral by √(n_out/n_in); "none" or "jordan" or "rms" or "spectral"
    "run.optimizer.spectral-power.weight_decay",  # λ of decoupled weight decay, W ← (1 − ηλ) W − ηΦ: it follows the schedule of η; a finite number ≥ 0
    "run.optimizer.adam.beta1",  # decay of the first moment; a number in [0, 1)
    "run.optimizer.adam.beta2",  # decay of the second moment; a number in [0, 1)
    "run.optimizer.adam.eps",  # added to the root of the second moment; a finite number ≥ 0
    "run.optimizer.adam.scale",  # multiplies the update: jordan by √max(1, n_out/n_in), rms by 0.2 √max(n_out, n_in), spectral by √(n_out/n_in); "none" or "jordan" or "rms" or "spectral"
    "run.optimizer.adam.weight_decay",  # λ of decoupled weight decay, W ← (1 − ηλ) W − ηΦ: it follows the schedule of η; a finite number ≥ 0
    "run.optimizer.shampoo.beta",  # decay of the accumulated Gram matrices; a number in [0, 1)
    "run.optimizer.shampoo.eps",  # added to the Gram matrices; a finite number ≥ 0
    "run.optimizer.shampoo.scale",  # multiplies the update: jordan by √max(1, n_out/n_in), rms by 0.2 √max(n_out, n_in), spectral by √(n_out/n_in); "none" or "jordan" or "rms" or "spectral"
    "run.optimizer.shampoo.weight_decay",  # λ of decoupled weight decay, W ← (1 − ηλ) W − ηΦ: it follows the schedule of η; a finite number ≥ 0
    "coefficients.batches",  # gradients drawn to measure drift and diffusion by Monte Carlo, at W − W* whose modes share the risk evenly; 0: none; a whole number from 0 to 1e+06
    "coefficients.spectral_density",  # computes the densities of the eigenvalues of GGᵀ/2R and GᵀG/2R; with batches, measures them too; true or false
    "ode.closure",  # linear: the signal hides in the gradient's noise; full: any signal; "linear" or "full"
    "ode.accuracy",  # of the full closure's quadrature; fast is four times faster or more and within 1 %, late in steep spectra 3 %; "accurate" or "fast"
    "ode.stepper",  # integrator of the linear closure; "exponential" or "dopri5"
    "ode.tolerance",  # relative error of the integrator; the full closure takes 100 times as much between predictor and corrector; a number in [1e-12, 0.1]
    "ode.average",  # over which samples the full closure of problem.data averages: its rows, or Gaussians of the same second moments; without data no effect; "gaussian" or "rows"
    "ode.bases",  # Haar bases averaged over; in the linear layer also drawn targets, for the full closure, and on data draws of SignSVD's noise; a whole number from 1 to 10000
    "ode.targets",  # Gaussian targets drawn as those of trials are, one curve each: their mean and spread, where the risk does not concentrate (two steep spectra); 0: one curve of the mean energies; a whole number from 0 to 10000
    "ode.weight_decays",  # weight decays to choose from at each rate of a sweep, for every optimizer; empty: each at its own (run.optimizer.<name>.weight_decay); a list without repetition, each a number in [0, 1e+100]
    "simulate.trials",  # independent runs; a whole number from 1 to 1e+06
    "simulate.precision",  # arithmetic of the runs; "double" or "single"
    "simulate.polar",  # method of the polar factor; "auto" or "qdwh" or "svd"
    "simulate.mode_energy",  # record the energy of each input mode; true or false
    "validate.tolerance",  # allowed |ln R_ode/R_mc|, beyond two standard errors of the Monte Carlo mean; a finite number > 0
    "tune.batches",  # batch sizes to choose from; a list of one or more without repetition, each a whole number from 1 to 1e+15
    "tune.budget",  # what a run may cost, as much as run.steps steps at the largest batch: steps, samples, or compute in floating-point operations; "steps" or "samples" or "compute"
    "tune.horizons",  # horizons, evenly spaced in the logarithm up to the budget; a whole number from 1 to 100
    "tune.targets",  # risks whose first times are wanted; empty: a tenth, a hundredth, … of the start's, label noise apart; a list without repetition, each a number in [1e-100, 1e+100]
    "tune.weight_decays",  # weight decays to choose from, for every optimizer; empty: each at its own (run.optimizer.<name>.weight_decay); a list without repetition, each a number in [0, 1e+100]
    "tune.bases",  # Haar bases averaged over; a whole number from 1 to 10000
    "phase.compare",  # the two optimizers compared; a list of 2 without repetition, each "signsvd" or "signsgd" or "sgd" or "ngd" or "signum" or "nmd" or "lion" or "muon" or "spectral-power" or "adam"
    "phase.dimension",  # n_in; a list makes it the third axis of the diagram; a whole number from 1 to 1e+15; or a list of them that increases, or {min = …, max = …, count = …} spaced evenly in the logarithm
    "phase.output_ratio",  # n_out / n_in; or the third axis; a number in [1e-15, 1000000000000000]; or a list of them that increases, or {min = …, max = …, count = …} spaced evenly in the logarithm
    "phase.batch_ratio",  # B / n_in; or the third axis; a number in [1e-15, 1000000000000000], or "infinite"; or a list of them that increases, or {min = …, max = …, count = …} spaced evenly in the logarithm
    "phase.label_noise",  # standard deviation of the label noise, instead of problem.label_noise; or the third axis; a number in [0, 1e+100]; or a list of them that increases, or {min = …, max = …, count = …}
    "phase.alpha_out",  # exponent of a power law λ_k = k^(−α_out) of the output covariance, instead of problem.output, or "tied" to the α of the cell; or the third axis; a number in [0, 20], or "tied"; or a list of them that increases, or {min = …, max = …, count = …}
    "phase.criterion",  # what cells compare: risks after equal steps, over horizons, or steps to equal risks, over accuracies; "horizon" or "accuracy"
    "phase.policy",  # learning-rate policy, at its best for each horizon; over accuracies constant (the rate that gets there first) or floor (the rate whose floor is the accuracy); "constant" or "greedy" or "power" or "wsd" or "optimal" or "floor"
    "phase.t0",  # t_0 of the power policy η_0 (1 + t/t_0)^(−γ), which tunes η_0 and γ; a number in [1e-100, 1e+100]
    "phase.warmup",  # warm-up of the wsd policy, a fraction of the run; it tunes η_0 and the length of the decay; a number in [0, 1)
    "phase.yardstick",  # computes every policy and how far it stays from the optimal schedule, ln(R/R_optimal); true or false
    "phase.refine",  # halvings of the cells along boundaries between phases; the flag --refine; a whole number from 0 to 10
    "phase.factor",  # the risk that counts as reached, in units of the accuracy; a finite number > 1
    "phase.threshold",  # ratio of risks, or of times, that counts as a difference; a finite number > 1
    "phase.basis",  # coordinates that SignSGD sees; "eigen" or "haar" or "hadamard" or "generic"
    "phase.closure",  # linear, or full at a finite batch (slower); "linear" or "full"
    "phase.accuracy",  # of the full closure; "accurate" or "fast"
    "phase.alpha.min",  # data exponents α: first; a number in [0, 20]
    "phase.alpha.max",  # last; a number in [0, 20]
    "phase.alpha.count",  # how many; a whole number from 1 to 10000
    "phase.beta.min",  # target exponents β: first; a number in [0, 200]
    "phase.beta.max",  # last; a number in [0, 200]
    "phase.beta.count",  # how many; a whole number from 1 to 10000
    "phase.horizons.min",  # horizons T, evenly spaced in the logarithm: first; a number in [1, 1e+18]
    "phase.horizons.max",  # last; a number in [1, 1e+18]
    "phase.horizons.count",  # how many; a whole number from 1 to 10000
    "phase.accuracies.min",  # accuracies ε, evenly spaced in the logarithm: first; a number in [1e-100, 1e+100]
    "phase.accuracies.max",  # last; a number in [1e-100, 1e+100]
    "phase.accuracies.count",  # how many; a whole number from 1 to 10000
    "phase.scaling.enabled",  # computes each cell at several dimensions and fits its class as d → ∞; the flag --scaling; true or false
    "phase.scaling.limit",  # takes T → ∞ as a last horizon, where it is known: constant policy, no label noise, no sgd; true or false
    "phase.scaling.resolution",  # exponent of d that counts as a power; a finite number > 0
    "phase.scaling.dimension.min",  # dimensions, evenly spaced in the logarithm: first; a whole number from 1 to 1e+15
    "phase.scaling.dimension.max",  # last; a whole number from 1 to 1e+15
    "phase.scaling.dimension.count",  # how many; a whole number from 3 to 100
    "phase.scaling.tau.min",  # exponents τ of the horizons T = d^τ: first; a number in [0, 10]
    "phase.scaling.tau.max",  # last; a number in [0, 10]
    "phase.scaling.tau.count",  # how many; a whole number from 1 to 10000
    "phase.compute.enabled",  # least risk for a compute of steps × batch × n_out × n_in, over model size, horizon and learning rate; the flag --compute-optimal; true or false
    "phase.compute.dimension.min",  # model sizes n_in, evenly spaced in the logarithm: first; a whole number from 1 to 1e+15
    "phase.compute.dimension.max",  # last; a whole number from 1 to 1e+15
    "phase.compute.dimension.count",  # how many; a whole number from 4 to 100
    "imbalance.task",  # mixture: the Gaussian mixture; organisms: the attributes of organisms, a bilinear softmax model; "mixture" or "organisms"
    "imbalance.organisms",  # table of the organisms task, CSV; a path
    "imbalance.priors",  # class probabilities p_c; beside data.path those of its training classes, which the default leaves as they are; a list of two or more probabilities > 0 with sum 1, or {law = "zipf", classes = …}, or {law = "step", classes = …, ratio = …}
    "imbalance.mean_norm",  # norm m of the class means, or one for each class; a number in [1e-100, 1e+100], or a list of them
    "imbalance.noise",  # noise σ within a class; a number in [1e-100, 1e+100]
    "imbalance.dimension",  # dimension of the inputs; a whole number from 1 to 1e+06
    "imbalance.depth",  # layers of the linear model; a whole number from 1 to 100
    "imbalance.optimizers",  # optimizers to run; a list of one or more without repetition, each "specgd" or "signgd" or "gd" or "ngd" or "signum" or "nmd" or "lion" or "muon" or "spectral-power" or "adam" or "shampoo"
    "imbalance.learning_rate",  # learning rate; a rate from 1e-100 to 1e100, or a table of rates by optimizer (specgd, signgd, gd, ngd, signum, nmd, lion, muon, spectral-power, adam, shampoo)
    "imbalance.steps",  # steps of a run; a whole number from 1 to 1e+15
    "imbalance.record",  # recorded steps; a whole number from 2 to 1e+06
    "imbalance.samples",  # training samples; 0 takes the population moments; a whole number from 0 to 1e+09
    "imbalance.test_samples",  # test samples of each class (cross-entropy); a whole number from 1 to 1e+07
    "imbalance.trials",  # sample runs to average; a whole number from 1 to 1e+06
    "imbalance.loss",  # training loss; "squared" or "cross-entropy"
    "imbalance.class_weights",  # weights of the cross-entropy; "none" or "balanced"
    "imbalance.model",  # model; "linear" or "mlp"
    "imbalance.hidden",  # hidden units of the mlp; a list, or data.path, [imbalance.tune], batch, schedule or bias_rate: a network of that many hidden layers, every layer trained, with biases; a whole number from 1 to 1e+06, or a list of such
    "imbalance.train_outer",  # train the outer layer of the mlp; true or false
    "imbalance.batch",  # samples of a step of a network; 0 takes the whole training sample; a whole number from 0 to 1e+09
    "imbalance.schedule",  # of a network's learning rate; cosine and linear end at zero; "constant" or "cosine" or "linear"
    "imbalance.bias_rate",  # rate of Adam on the biases of a network; a number in [0, 1e+100]
    "imbalance.init.std",  # standard deviation of a random start of sample runs; 0 takes the balanced start; a number in [0, 1e+100]
    "imbalance.init.balanced",  # singular values of every layer at the balanced start, depth > 1; a number in [1e-100, 1000]
    "imbalance.data.path",  # inputs and labels in a file instead of the mixture: HDF5, .npy, .npz, CSV, or IDX (MNIST); a path
    "imbalance.data.inputs",  # dataset or array of the inputs [samples, …]; the name of a dataset, an array or a column
    "imbalance.data.labels",  # dataset or array of the labels, whole numbers; or a file of its own; or a column of a text; the name of a dataset, an array, a column or a file
    "imbalance.data.transform",  # colours: is the label in the upper half? a colour agrees in training and does not in the test; barcodes: images with a code are rare classes of their own; "none" or "colours" or "barcodes"
    "imbalance.data.spurious",  # share of the training images whose colour agrees with the label, and of the test images whose colour does not; a number in [0, 1]
    "imbalance.data.codes",  # codes of the barcodes, each with every label; a whole number from 1 to 1000
    "imbalance.data.per_code",  # samples of each coded class; a whole number from 1 to 1e+06
    "imbalance.data.validation",  # share of the samples to validate with; a number in [0.01, 0.49]
    "imbalance.data.test",  # share of the samples to test with; a number in [0.01, 0.49]
    "imbalance.tune.rates",  # learning rates tried for every optimizer of networks, picked by the validation accuracy at the end, mean over groups and trials; empty: learning_rate; a list without repetition, each a number in [1e-100, 1e+100]
    "imbalance.tune.momenta",  # momenta tried likewise (Adam's beta1); empty: those of [run.optimizer]; a list without repetition, each a number in [0, 1)
]

Keys = Mapping[Union[Key, str], Any]
