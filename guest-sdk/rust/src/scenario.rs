//! The trait that a scenario implements, and the macro that makes a component of it.

use crate::{Context, Failure, Finding, Manifest};

/// A load-test scenario. One value of the type is one virtual user.
///
/// Only [`describe`](Scenario::describe), [`start`](Scenario::start) and [`iteration`](Scenario::iteration) must be
/// written. The engine calls the other functions once per run, in other instances than those of the virtual users:
/// nothing but the bytes that `setup` returns gets from one to the other.
pub trait Scenario: Sized + 'static {
    /// Says what the scenario is. Called before the run, perhaps several times: gives the same answer each time
    /// and sends no requests (they fail with `unsupported`). Bounded to 5 seconds.
    fn describe() -> Manifest;

    /// Makes the virtual user's state: prepared requests, buffers, parsed [`setup_data`](crate::run::setup_data).
    ///
    /// Called once per VU, as part of its first iteration. Again after a trap, since the memory is lost, and at the
    /// next iteration after a failure.
    ///
    /// # Errors
    /// A failure is that of the iteration.
    fn start() -> Result<Self, Failure>;

    /// What the virtual user does, over and over.
    ///
    /// # Errors
    /// A failure is counted by its code, and the next iteration goes on with the same state. A panic costs this
    /// iteration and the state.
    fn iteration(&mut self, context: &Context) -> Result<(), Failure>;

    /// Prepares the run, once; every VU reads the bytes with [`setup_data`](crate::run::setup_data) (at most
    /// 16 MiB). Its requests are not counted. Bounded to 60 seconds. By default nothing.
    ///
    /// # Errors
    /// A failure ends the run with exit code 107.
    fn setup() -> Result<Vec<u8>, Failure> {
        Ok(Vec::new())
    }

    /// Draws conclusions after the load, once, from [`results`](crate::results). Bounded to 60 seconds. By default
    /// there are none.
    ///
    /// # Errors
    /// A failure leaves judged goals without data.
    fn judge() -> Result<Vec<Finding>, Failure> {
        Ok(Vec::new())
    }

    /// Cleans up, once, whatever happened before. Bounded to 60 seconds. By default nothing.
    ///
    /// # Errors
    /// A failure is reported; the results stand.
    fn teardown() -> Result<(), Failure> {
        Ok(())
    }
}

/// Runs one iteration in the VU's state, which it makes first where there is none.
#[doc(hidden)]
pub fn iterate<S: Scenario>(vu: &mut Option<S>, context: &Context) -> Result<(), Failure> {
    let state = match vu {
        Some(state) => state,
        None => vu.insert(S::start()?),
    };
    state.iteration(context)
}

/// Makes the component of a type that implements [`Scenario`](crate::Scenario). Once per crate.
#[macro_export]
macro_rules! export {
    ($scenario:ty) => {
        const _: () = {
            ::std::thread_local! {
                static VU: ::std::cell::RefCell<::std::option::Option<$scenario>> =
                    const { ::std::cell::RefCell::new(::std::option::Option::None) };
            }

            struct Component;

            impl $crate::bindings::Guest for Component {
                fn describe() -> $crate::Manifest {
                    <$scenario as $crate::Scenario>::describe()
                }

                fn setup() -> ::std::result::Result<::std::vec::Vec<u8>, $crate::Failure> {
                    <$scenario as $crate::Scenario>::setup()
                }

                fn iteration(context: $crate::Context) -> ::std::result::Result<(), $crate::Failure> {
                    VU.with_borrow_mut(|vu| $crate::iterate(vu, &context))
                }

                fn judge() -> ::std::result::Result<::std::vec::Vec<$crate::Finding>, $crate::Failure> {
                    <$scenario as $crate::Scenario>::judge()
                }

                fn teardown() -> ::std::result::Result<(), $crate::Failure> {
                    <$scenario as $crate::Scenario>::teardown()
                }
            }

    $crate::bindings::export!(Component with_types_in $crate::bindings);
        };
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Counted {
        iterations: u32,
    }

    impl Scenario for Counted {
        fn describe() -> Manifest {
            Manifest::new("counted")
        }

        fn start() -> Result<Counted, Failure> {
            Ok(Counted { iterations: 0 })
        }

        fn iteration(&mut self, context: &Context) -> Result<(), Failure> {
            self.iterations += 1;
            if context.iteration == 1 { Err(Failure::new("second", "")) } else { Ok(()) }
        }
    }

    struct Reluctant;

    impl Scenario for Reluctant {
        fn describe() -> Manifest {
            Manifest::new("reluctant")
        }

        fn start() -> Result<Reluctant, Failure> {
            Err(Failure::new("not-yet", ""))
        }

        fn iteration(&mut self, _: &Context) -> Result<(), Failure> {
            Ok(())
        }
    }

    fn context(iteration: u32) -> Context {
        Context { vu: 1, iteration, stage: 0 }
    }

    #[test]
    fn state_outlives_iterations_and_their_failures() {
        let mut vu: Option<Counted> = None;
        assert_eq!(iterate(&mut vu, &context(0)), Ok(()));
        assert_eq!(iterate(&mut vu, &context(1)), Err(Failure::new("second", "")));
        assert_eq!(iterate(&mut vu, &context(2)), Ok(()));
        assert_eq!(vu.map(|vu| vu.iterations), Some(3));
    }

    #[test]
    fn a_failed_start_fails_the_iteration_and_leaves_no_state() {
        let mut vu: Option<Reluctant> = None;
        assert_eq!(iterate(&mut vu, &context(0)), Err(Failure::new("not-yet", "")));
        assert!(vu.is_none());
    }

    #[test]
    fn what_is_left_out_does_nothing() {
        assert_eq!(Counted::setup(), Ok(Vec::new()));
        assert_eq!(Counted::judge(), Ok(Vec::new()));
        assert_eq!(Counted::teardown(), Ok(()));
    }
}
