//! What the fits of curves share: points that are checked, small systems of equations, Student's t.

use std::f64::consts::PI;
use std::fmt;

/// The most points of a fit.
pub const MOST_POINTS: usize = 1000;

/// Why a curve cannot be fitted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum FitError {
    /// There are fewer points than the curve needs.
    TooFew {
        /// How many there are, at different places where that matters.
        given: usize,
        /// How many are needed.
        needed: usize,
    },
    /// There are more than [`MOST_POINTS`].
    TooMany(usize),
    /// A point that no curve of this kind can have.
    BadPoint {
        /// Which one, from 0.
        index: usize,
        /// Its place.
        x: f64,
        /// Its value.
        y: f64,
    },
    /// No curve of this kind is nearer to the points than others.
    NoFit,
}

impl FitError {
    /// A stable word: `too-few-points`.
    pub fn code(&self) -> &'static str {
        match self {
            FitError::TooFew { .. } => "too-few-points",
            FitError::TooMany(_) => "too-many-points",
            FitError::BadPoint { .. } => "bad-point",
            FitError::NoFit => "no-fit",
        }
    }
}

impl fmt::Display for FitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FitError::TooFew { given, needed } => {
                write!(f, "{given} different points are given and {needed} are needed")
            }
            FitError::TooMany(given) => {
                write!(f, "{given} points are given and at most {MOST_POINTS} are accepted")
            }
            FitError::BadPoint { index, x, y } => write!(f, "point {index} is ({x}, {y}), which cannot be"),
            FitError::NoFit => f.write_str("the points determine no such curve"),
        }
    }
}

impl std::error::Error for FitError {}

/// Takes points that are finite, below 1e100 and otherwise `good`, at no fewer than `needed` different places.
pub(super) fn checked(
    points: &[(f64, f64)],
    needed: usize,
    good: impl Fn(f64, f64) -> bool,
) -> Result<(), FitError> {
    if points.len() > MOST_POINTS {
        return Err(FitError::TooMany(points.len()));
    }
    // Squares of larger numbers leave the range of f64.
    let small = |value: f64| value.is_finite() && value.abs() < 1e100;
    for (index, (x, y)) in points.iter().copied().enumerate() {
        if !small(x) || !small(y) || !good(x, y) {
            return Err(FitError::BadPoint { index, x, y });
        }
    }
    let mut places: Vec<f64> = points.iter().map(|(x, _)| *x).collect();
    places.sort_by(f64::total_cmp);
    places.dedup();
    match places.len() >= needed {
        true => Ok(()),
        false => Err(FitError::TooFew { given: places.len(), needed }),
    }
}

/// The share of the values' variance that the residuals leave out, from 1 (all points on the curve) downwards.
pub(super) fn r_squared(points: &[(f64, f64)], residual_squares: f64) -> f64 {
    let mean = points.iter().map(|(_, y)| y).sum::<f64>() / points.len() as f64;
    let squares: f64 = points.iter().map(|(_, y)| (y - mean).powi(2)).sum();
    // Values that are all the same have no variance; a curve through them is as good as can be.
    let floor = points.iter().map(|(_, y)| y * y).sum::<f64>() * 1e-24;
    if squares <= floor {
        f64::from(u8::from(residual_squares <= floor))
    } else {
        1.0 - residual_squares / squares
    }
}

/// A system of at most three linear equations.
pub(super) type Matrix = [[f64; 3]; 3];

/// The inverse of the upper left `size` x `size` part of a symmetric positive matrix; `None` if it has none.
///
/// Rows and columns are scaled first, since the parameters of a curve differ by many orders of magnitude.
pub(super) fn inverse(matrix: &Matrix, size: usize) -> Option<Matrix> {
    let mut scale = [1.0; 3];
    for (at, scale) in scale.iter_mut().enumerate().take(size) {
        let diagonal = *matrix.get(at)?.get(at)?;
        *scale = if diagonal > 0.0 && diagonal.is_finite() { diagonal.sqrt().recip() } else { return None };
    }
    let entry = |row: usize, column: usize| -> f64 {
        if row < size && column < size {
            let value = matrix.get(row).and_then(|row| row.get(column)).copied().unwrap_or_default();
            value * scale.get(row).unwrap_or(&1.0) * scale.get(column).unwrap_or(&1.0)
        } else {
            f64::from(u8::from(row == column))
        }
    };
    let minor = |row: usize, column: usize| {
        let (r1, r2) = ((row + 1) % 3, (row + 2) % 3);
        let (c1, c2) = ((column + 1) % 3, (column + 2) % 3);
        entry(r1, c1) * entry(r2, c2) - entry(r1, c2) * entry(r2, c1)
    };
    let determinant: f64 = (0..3).map(|column| entry(0, column) * minor(0, column)).sum();
    // Scaled, the determinant of independent rows lies between 0 and 1.
    if !determinant.is_finite() || determinant < 1e-14 {
        return None;
    }
    let mut result = [[0.0; 3]; 3];
    for (row, values) in result.iter_mut().enumerate() {
        for (column, value) in values.iter_mut().enumerate() {
            let scales = scale.get(row).unwrap_or(&1.0) * scale.get(column).unwrap_or(&1.0);
            *value = minor(column, row) / determinant * scales;
        }
    }
    Some(result)
}

/// The quantile of Student's t with so many degrees of freedom below which 97.5 % lie: 12.706 of one, 2.228 of ten.
pub(super) fn t975(freedom: usize) -> f64 {
    let (mut low, mut high) = (0.0, 13.0);
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        if within(middle, freedom) < 0.95 { low = middle } else { high = middle }
    }
    (low + high) / 2.0
}

/// The probability of a value between -t and t: the finite sums for whole degrees of freedom
/// (Abramowitz and Stegun 26.7.3 and 26.7.4).
fn within(t: f64, freedom: usize) -> f64 {
    let angle = (t / (freedom.max(1) as f64).sqrt()).atan();
    let (sine, cosine) = angle.sin_cos();
    let odd = freedom % 2 == 1;
    let (mut term, mut power) = if odd { (cosine, 1) } else { (1.0, 0) };
    let mut sum = if freedom == 1 { 0.0 } else { term };
    while power + 4 <= freedom {
        term *= cosine * cosine * (power as f64 + 1.0) / (power as f64 + 2.0);
        power += 2;
        sum += term;
    }
    if odd { 2.0 / PI * (angle + sine * sum) } else { sine * sum }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_of_t_are_those_of_the_tables() {
        for (freedom, t) in
            [(1, 12.706), (2, 4.303), (3, 3.182), (4, 2.776), (10, 2.228), (29, 2.045), (997, 1.962)]
        {
            assert!((t975(freedom) - t).abs() < 5e-4, "{freedom}: {}", t975(freedom));
        }
    }

    #[test]
    fn an_inverse_undoes_its_matrix_whatever_its_scale() {
        let matrix = [[4e12, 2e3, 1e-6], [2e3, 3.0, 1e-8], [1e-6, 1e-8, 5e-12]];
        let inverse = inverse(&matrix, 3).expect("an inverse");
        for row in 0..3 {
            for column in 0..3 {
                let product: f64 = (0..3).map(|at| matrix[row][at] * inverse[at][column]).sum();
                let scale = (matrix[row][row] / matrix[column][column]).sqrt();
                let expected = f64::from(u8::from(row == column));
                assert!((product / scale - expected).abs() < 1e-9, "{row} {column}: {product}");
            }
        }
    }

    #[test]
    fn dependent_rows_have_no_inverse() {
        assert!(inverse(&[[1.0, 2.0, 0.0], [2.0, 4.0, 0.0], [0.0, 0.0, 1.0]], 2).is_none());
        assert!(inverse(&[[0.0; 3]; 3], 1).is_none());
    }
}
