//! The Universal Scalability Law through points of concurrency and throughput, by least squares.

use super::fit::{FitError, Matrix, checked, inverse, r_squared, t975};

/// The fewest levels of concurrency: with fewer, three parameters follow every bend of the noise.
pub const FEWEST_LEVELS: usize = 6;
/// Steps of the search; it takes fewer than twenty on data that has a curve.
const MOST_STEPS: usize = 200;
/// A step that makes the squares smaller by less than this share was the last one.
const ENOUGH: f64 = 1e-14;

/// `X(N) = lambda N / (1 + sigma (N - 1) + kappa N (N - 1))`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Usl {
    /// Throughput at a concurrency of 1.
    pub lambda: f64,
    /// Contention: the share of the work that only one can do at a time. 1 is a lock around everything.
    pub sigma: f64,
    /// Coherency: what each pays for each other one.
    pub kappa: f64,
    /// The 95 % interval of `sigma`, from the curve's slopes at the solution and Student's t.
    pub sigma_interval: (f64, f64),
    /// The share of the throughput's variance that the curve explains.
    pub r_squared: f64,
}

impl Usl {
    /// The throughput at a concurrency.
    pub fn throughput(&self, n: f64) -> f64 {
        n * self.lambda / self.load(n)
    }

    /// The concurrency of the highest throughput, `floor(sqrt((1 - sigma) / kappa))` and at least 1; `None` if
    /// throughput rises without an end, which it does without coherency.
    pub fn peak(&self) -> Option<f64> {
        if self.sigma >= 1.0 {
            return Some(1.0);
        }
        (self.kappa > 0.0).then(|| ((1.0 - self.sigma) / self.kappa).sqrt().floor().max(1.0))
    }

    fn load(&self, n: f64) -> f64 {
        1.0 + self.sigma * (n - 1.0) + self.kappa * n * (n - 1.0)
    }

    /// How the throughput changes with each parameter.
    fn slopes(&self, n: f64) -> [f64; 3] {
        let load = self.load(n);
        let (by_lambda, by_load) = (n / load, -self.lambda * n / (load * load));
        [by_lambda, by_load * (n - 1.0), by_load * n * (n - 1.0)]
    }

    fn squares(&self, points: &[(f64, f64)]) -> f64 {
        points.iter().map(|(n, x)| (x - self.throughput(*n)).powi(2)).sum()
    }
}

/// Which of contention and coherency are looked for; those that are not are 0.
#[derive(Clone, Copy)]
struct Free {
    sigma: bool,
    kappa: bool,
}

/// The curve with `lambda > 0` and `sigma, kappa >= 0` that is nearest to the points, each a concurrency of at least
/// 1 and a throughput above 0. Take the concurrency that was measured (throughput times response time), not the
/// number of users.
///
/// A minimum whose contention or coherency is negative is not one, so that the best curve with either or both of
/// them at 0 counts too. Costs a few microseconds per ten points.
///
/// # Errors
/// With fewer than six levels of concurrency, more than 1,000 points, or one that cannot be.
pub fn fit_usl(points: &[(f64, f64)]) -> Result<Usl, FitError> {
    checked(points, FEWEST_LEVELS, |n, x| n >= 1.0 && x > 0.0 && n < 1e9)?;
    let highest = points.iter().map(|(_, x)| *x).fold(0.0, f64::max);
    // In units of the highest throughput nothing overflows and `lambda` is near the other parameters.
    let scaled: Vec<(f64, f64)> = points.iter().map(|(n, x)| (*n, x / highest)).collect();
    let mut best: Option<(f64, Usl)> = None;
    for free in [(true, true), (true, false), (false, true), (false, false)] {
        let free = Free { sigma: free.0, kappa: free.1 };
        let Some(found) = search(&scaled, free) else { continue };
        let squares = found.squares(&scaled);
        let feasible = found.lambda > 0.0 && found.sigma >= 0.0 && found.kappa >= 0.0 && squares.is_finite();
        if feasible && best.is_none_or(|(least, _)| squares < least) {
            best = Some((squares, found));
        }
    }
    let (squares, found) = best.ok_or(FitError::NoFit)?;
    let sigma_interval = interval(&scaled, &found, squares).ok_or(FitError::NoFit)?;
    let lambda = found.lambda * highest;
    Ok(Usl { lambda, sigma_interval, r_squared: r_squared(&scaled, squares), ..found })
}

/// Levenberg and Marquardt's search from the line that the law becomes when it is written as
/// `N / X = (1 + sigma (N - 1) + kappa N (N - 1)) / lambda`.
fn search(points: &[(f64, f64)], free: Free) -> Option<Usl> {
    let mut found = start(points, free)?;
    let mut squares = found.squares(points);
    let mut damping = 1e-3;
    for _ in 0..MOST_STEPS {
        let (matrix, gradient) = normal(points, &found, free);
        let mut damped = matrix;
        for (at, row) in damped.iter_mut().enumerate() {
            row.iter_mut().skip(at).take(1).for_each(|value| *value *= 1.0 + damping);
        }
        let step = inverse(&damped, 3).map(|inverse| inverse.map(|row| dot(&row, &gradient)));
        let tried = step.map(|step| moved(&found, step, free));
        match tried.map(|tried| (tried.squares(points), tried)) {
            Some((fewer, tried)) if fewer <= squares => {
                let done = squares - fewer <= ENOUGH * squares;
                (found, squares) = (tried, fewer);
                damping = (damping / 10.0).max(1e-12);
                if done {
                    break;
                }
            }
            _ => damping *= 10.0,
        }
        if damping > 1e12 {
            break;
        }
    }
    Some(found)
}

/// The solution of the linear form, or a guess where it has none.
fn start(points: &[(f64, f64)], free: Free) -> Option<Usl> {
    let mut matrix: Matrix = [[0.0; 3]; 3];
    let mut right = [0.0; 3];
    for (n, x) in points {
        let terms = [
            1.0,
            (n - 1.0) * f64::from(u8::from(free.sigma)),
            n * (n - 1.0) * f64::from(u8::from(free.kappa)),
        ];
        // `N / X` is far off where `X` is small; what counts in the end is `X`.
        let weight = (x * x / n).powi(2);
        for (row, term) in matrix.iter_mut().zip(terms) {
            row.iter_mut().zip(terms).for_each(|(value, other)| *value += weight * term * other);
        }
        right.iter_mut().zip(terms).for_each(|(value, term)| *value += weight * term * n / x);
    }
    pin(&mut matrix, free);
    let guess = Usl {
        lambda: points.iter().map(|(n, x)| x / n).fold(0.0, f64::max),
        sigma: if free.sigma { 0.1 } else { 0.0 },
        kappa: if free.kappa { 0.001 } else { 0.0 },
        sigma_interval: (0.0, 0.0),
        r_squared: 0.0,
    };
    let Some(inverse) = inverse(&matrix, 3) else { return Some(guess) };
    let [a, b, c] = inverse.map(|row| dot(&row, &right));
    let linear = Usl { lambda: a.recip(), sigma: b / a, kappa: c / a, ..guess };
    let better = a > 0.0 && linear.squares(points) < guess.squares(points);
    Some(if better { linear } else { guess })
}

/// The equations of a step: slopes times slopes, and slopes times residuals.
fn normal(points: &[(f64, f64)], found: &Usl, free: Free) -> (Matrix, [f64; 3]) {
    let mut matrix: Matrix = [[0.0; 3]; 3];
    let mut gradient = [0.0; 3];
    for (n, x) in points {
        let [by_lambda, by_sigma, by_kappa] = found.slopes(*n);
        let slopes =
            [by_lambda, if free.sigma { by_sigma } else { 0.0 }, if free.kappa { by_kappa } else { 0.0 }];
        let residual = x - found.throughput(*n);
        for (row, slope) in matrix.iter_mut().zip(slopes) {
            row.iter_mut().zip(slopes).for_each(|(value, other)| *value += slope * other);
        }
        gradient.iter_mut().zip(slopes).for_each(|(value, slope)| *value += slope * residual);
    }
    pin(&mut matrix, free);
    (matrix, gradient)
}

/// Gives parameters that are not looked for an equation that leaves them alone.
fn pin(matrix: &mut Matrix, free: Free) {
    let [_, [_, sigma, _], [_, _, kappa]] = matrix;
    if !free.sigma {
        *sigma = 1.0;
    }
    if !free.kappa {
        *kappa = 1.0;
    }
}

fn moved(found: &Usl, [lambda, sigma, kappa]: [f64; 3], free: Free) -> Usl {
    Usl {
        lambda: found.lambda + lambda,
        sigma: if free.sigma { found.sigma + sigma } else { 0.0 },
        kappa: if free.kappa { found.kappa + kappa } else { 0.0 },
        ..*found
    }
}

fn dot(a: &[f64; 3], b: &[f64; 3]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The interval of sigma, from 0 upwards: coherency is left out of it where there is none.
fn interval(points: &[(f64, f64)], found: &Usl, squares: f64) -> Option<(f64, f64)> {
    let free = Free { sigma: true, kappa: found.kappa > 0.0 };
    let (matrix, _) = normal(points, found, free);
    let freedom = points.len() - if free.kappa { 3 } else { 2 };
    let [_, [_, variance, _], _] = inverse(&matrix, 3)?;
    let margin = t975(freedom) * (squares / freedom as f64 * variance).sqrt();
    margin.is_finite().then_some(((found.sigma - margin).max(0.0), found.sigma + margin))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The throughput of a Cisco server at a concurrency of 1 to 32: the set that usl4j is tested with.
    const CISCO: [f64; 32] = [
        955.16, 1878.91, 2688.01, 3548.68, 4315.54, 5130.43, 5931.37, 6531.08, 7219.8, 7867.61, 8278.71,
        8646.7, 9047.84, 9426.55, 9645.37, 9897.24, 10097.6, 10240.5, 10532.39, 10798.52, 11151.43, 11518.63,
        11806.0, 12089.37, 12075.41, 12177.29, 12211.41, 12158.93, 12155.27, 12118.04, 12140.4, 12074.39,
    ];
    /// SPEC SDM91 on a Sun SPARCcenter 2000, October 1994: users, and scripts per hour.
    const SPEC: [(f64, f64); 7] = [
        (1.0, 64.9),
        (18.0, 995.9),
        (36.0, 1652.4),
        (72.0, 1853.2),
        (108.0, 1828.9),
        (144.0, 1775.0),
        (216.0, 1702.2),
    ];
    /// A ray tracer on 1 to 20 processors (N. Gunther, Guerrilla Capacity Planning).
    const RAYS: [(f64, f64); 6] =
        [(1.0, 20.0), (4.0, 78.0), (8.0, 130.0), (12.0, 170.0), (16.0, 190.0), (20.0, 200.0)];

    fn near(found: f64, expected: f64, tolerance: f64) -> bool {
        (found - expected).abs() <= tolerance * expected.abs()
    }

    fn cisco() -> Vec<(f64, f64)> {
        (1..=32).map(f64::from).zip(CISCO).collect()
    }

    #[test]
    fn the_cisco_benchmark_has_its_published_parameters() {
        let curve = fit_usl(&cisco()).expect("a curve");
        assert!(near(curve.lambda, 995.6486, 1e-4), "{curve:?}");
        assert!(near(curve.sigma, 0.02671591, 1e-4), "{curve:?}");
        assert!(near(curve.kappa, 7.690945e-4, 1e-4), "{curve:?}");
        assert_eq!(curve.peak(), Some(35.0));
        assert!(near(curve.throughput(35.0), 12341.0, 1e-3), "{curve:?}");
        assert!(curve.sigma_interval.0 < curve.sigma && curve.sigma < curve.sigma_interval.1);
    }

    #[test]
    fn spec_sdm91_has_its_published_parameters() {
        let curve = fit_usl(&SPEC).expect("a curve");
        assert!(near(curve.sigma, 0.0277285, 1e-4), "{curve:?}");
        assert!(near(curve.kappa, 0.0001044, 1e-3), "{curve:?}");
        assert!(near(curve.lambda, 89.9952, 1e-4), "{curve:?}");
        assert_eq!(curve.peak(), Some(96.0));
    }

    #[test]
    fn the_interval_has_the_published_standard_error() {
        // R's `confint` prints 0.00754 to 0.0414 with the quantile 2.015 for the same error and 3 degrees of freedom.
        let curve = fit_usl(&RAYS).expect("a curve");
        let error = (0.0414 - 0.00754) / 2.0 / 2.015;
        assert!(near(curve.sigma, (0.0414 + 0.00754) / 2.0, 1e-2), "{curve:?}");
        let margin = curve.sigma_interval.1 - curve.sigma;
        assert!(near(margin, error * 3.182, 1e-2), "{curve:?}: {margin}");
    }

    #[test]
    fn a_lock_around_everything_is_a_contention_of_one() {
        let noisy = [44.9, 45.1, 44.7, 45.2, 45.0, 44.8];
        let points: Vec<_> = [1.0, 2.0, 3.0, 4.0, 6.0, 8.0].into_iter().zip(noisy).collect();
        let curve = fit_usl(&points).expect("a curve");
        assert!(near(curve.sigma, 1.0, 0.02) && curve.sigma_interval.0 > 0.9, "{curve:?}");
        assert!(curve.peak().is_some());
    }

    #[test]
    fn no_contention_is_found_where_throughput_grows_with_concurrency() {
        let noisy = [45.1, 89.5, 135.6, 179.2, 271.0, 359.0];
        let points: Vec<_> = [1.0, 2.0, 3.0, 4.0, 6.0, 8.0].into_iter().zip(noisy).collect();
        let curve = fit_usl(&points).expect("a curve");
        assert!(curve.sigma < 0.01 && curve.sigma_interval.0 == 0.0, "{curve:?}");
    }

    #[test]
    fn points_that_are_no_curve_are_refused() {
        let levels = |count: u32| (1..=count).map(|n| (f64::from(n), 10.0)).collect::<Vec<_>>();
        assert_eq!(fit_usl(&levels(5)), Err(FitError::TooFew { given: 5, needed: 6 }));
        assert_eq!(fit_usl(&[(3.0, 1.0); 50]), Err(FitError::TooFew { given: 1, needed: 6 }));
        assert_eq!(fit_usl(&levels(1001)), Err(FitError::TooMany(1001)));
        for wrong in [f64::NAN, f64::INFINITY, 0.0, -1.0, 1e300] {
            for point in [(wrong, 10.0), (7.0, wrong)] {
                let mut points = levels(6);
                points.push(point);
                let refused = fit_usl(&points);
                assert!(
                    matches!(refused, Err(FitError::BadPoint { index: 6, .. })),
                    "{point:?}: {refused:?}"
                );
            }
        }
    }

    proptest! {
        #[test]
        fn exact_points_give_their_curve(
            lambda in 0.1..1e5f64, sigma in 0.0..1.2f64, kappa in 0.0..0.05f64,
            levels in proptest::collection::btree_set(1u32..200, 8..40),
        ) {
            let truth = Usl { lambda, sigma, kappa, sigma_interval: (0.0, 0.0), r_squared: 1.0 };
            let points: Vec<_> = levels.iter().map(|n| f64::from(*n)).map(|n| (n, truth.throughput(n))).collect();
            let curve = fit_usl(&points).expect("a curve");
            for (n, x) in &points {
                prop_assert!(near(curve.throughput(*n), *x, 1e-5), "{curve:?} at {n}");
            }
            // Where the smallest level is far from 1, other parameters have all but the same curve.
            if levels.contains(&1) {
                prop_assert!(near(curve.lambda, lambda, 1e-4), "{curve:?}");
                prop_assert!((curve.sigma - sigma).abs() < 1e-3 && (curve.kappa - kappa).abs() < 1e-4, "{curve:?}");
            }
        }

        #[test]
        fn any_points_give_a_curve_or_an_error(
            points in proptest::collection::vec((1.0..1e6f64, prop_oneof![1e-90..1e90f64, any::<f64>()]), 0..30)
        ) {
            if let Ok(curve) = fit_usl(&points) {
                prop_assert!(curve.lambda > 0.0 && curve.sigma >= 0.0 && curve.kappa >= 0.0, "{curve:?}");
                prop_assert!(curve.sigma_interval.0.is_finite() && curve.sigma_interval.1.is_finite());
            }
        }
    }
}
