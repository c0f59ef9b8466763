#pragma once
#include <Eigen/Core>

namespace muonphase {

/// Class-imbalanced Gaussian mixture: P(y = c) = p_c, x | y = c ~ N(μ_c, σ² I_d) with orthogonal means of norms m_c.
/// docs/theory.md §8.
///
///     Mixture mixture{zipf_priors(10), Eigen::ArrayXd::Constant(10, 1.3), 0.4, 32};
///     double t = mixture.first_saturation();   // t*: when spectral flow has learnt its first component
struct Mixture {
  Eigen::ArrayXd prior;        ///< p_c > 0, sum 1; C classes
  Eigen::ArrayXd mean_norm;    ///< m_c > 0, C entries
  double noise = 0;            ///< σ ≥ 0
  Eigen::Index dimension = 0;  ///< d ≥ C

  Eigen::Index classes() const { return prior.size(); }
  /// m_c²/σ² of each class, [C].
  Eigen::ArrayXd snr() const;
  /// Eigenvalues of Σ_xx along the means, p_c m_c² + σ², [C]; σ² in the other d − C directions.
  Eigen::ArrayXd input_eigenvalue() const;
  /// Singular values of Σ_yx, p_c m_c, [C].
  Eigen::ArrayXd cross_singular_value() const;
  /// w*_c = p_c m_c / (p_c m_c² + σ²), the components of the least-squares solution, [C].
  Eigen::ArrayXd optimum() const;
  /// t* = min_c w*_c: spectral flow from zero saturates its first component then. With a common norm this is the
  /// component of the smallest class.
  double first_saturation() const;
  /// The classes of smallest and of largest prior; the first of equals.
  Eigen::Index minority() const;
  Eigen::Index majority() const;
};

/// p_c ∝ 1/c, c = 1..classes.
Eigen::ArrayXd zipf_priors(Eigen::Index classes);

/// The first half (rounded up) of the classes are majorities, each `ratio` ≥ 1 times as probable as each other class.
Eigen::ArrayXd step_priors(Eigen::Index classes, double ratio);

/// Checks every field; StudyError names the field, its value and what is allowed. Priors must sum to 1 within 1e−9.
void validate(const Mixture& mixture);

/// Second moments of (one-hot label, input), of a population or of a sample.
struct Moments {
  Eigen::MatrixXd xx;  ///< E x xᵀ, [d, d]
  Eigen::MatrixXd yx;  ///< E e_y xᵀ, [C, d]
  double yy = 1;       ///< E ‖e_y‖²
};

/// Population moments when the means point along the columns of `directions` [d, C], orthonormal:
/// Σ_xx = Σ_c p_c m_c² v_c v_cᵀ + σ² I, Σ_yx = Σ_c p_c m_c e_c v_cᵀ.
Moments population_moments(const Mixture& mixture, const Eigen::MatrixXd& directions);

/// The orthogonal matrices in which a pair of moment matrices is (nearly) diagonal, from the thin SVD Σ_yx = U S Vᵀ.
struct JointSpectrum {
  Eigen::MatrixXd left;                 ///< U, [C, r]
  Eigen::MatrixXd right;                ///< V, [d, r]
  Eigen::ArrayXd cross_singular_value;  ///< diagonal of Uᵀ Σ_yx V, decreasing, [r]
  Eigen::ArrayXd input_eigenvalue;      ///< diagonal of Vᵀ Σ_xx V, [r]
  /// ‖Σ_xx V − V diag‖_F / ‖Σ_xx V‖_F: 0 when the two matrices are jointly diagonal.
  double residual = 0;

  Eigen::ArrayXd optimum() const { return cross_singular_value / input_eigenvalue; }
};

/// Joint diagonalisation, r = rank of Σ_yx (singular values below 1e−12 of the largest are left out). Cost of a C × d
/// SVD. Where two singular values of Σ_yx agree, V is not determined by it and is rotated within each such group to
/// diagonalise Σ_xx there.
JointSpectrum joint_diagonalisation(const Moments& moments);

/// ½ E‖e_y − W x‖² from moments; W [C, d].
double squared_loss(const Moments& moments, const Eigen::MatrixXd& weights);

}  // namespace muonphase
