// Package types has what the generated bindings need: options and results.
package types

// Unit is the value of a result that has none.
type Unit struct{}

// Tags of options and results.
const (
	OptionNone uint8 = iota
	OptionSome
)

const (
	ResultOk uint8 = iota
	ResultErr
)

// Option is a value that may be left out.
type Option[T any] struct {
	tag   uint8
	value T
}

// None is no value.
func None[T any]() Option[T] { return Option[T]{} }

// Some is a value.
func Some[T any](value T) Option[T] { return Option[T]{OptionSome, value} }

// Tag is OptionNone or OptionSome.
func (o Option[T]) Tag() uint8 { return o.tag }

// Some is the value; there must be one.
func (o Option[T]) Some() T {
	if o.tag != OptionSome {
		panic("a value that was left out is asked for")
	}
	return o.value
}

// Get is the value, and whether there is one.
func (o Option[T]) Get() (T, bool) { return o.value, o.tag == OptionSome }

// Result is a value or an error.
type Result[T, E any] struct {
	tag   uint8
	value T
	err   E
}

// Ok is a value.
func Ok[T, E any](value T) Result[T, E] { return Result[T, E]{tag: ResultOk, value: value} }

// Err is an error.
func Err[T, E any](err E) Result[T, E] { return Result[T, E]{tag: ResultErr, err: err} }

// Tag is ResultOk or ResultErr.
func (r Result[T, E]) Tag() uint8 { return r.tag }

// Ok is the value; there must be one.
func (r Result[T, E]) Ok() T {
	if r.tag != ResultOk {
		panic("the value of an error is asked for")
	}
	return r.value
}

// Err is the error; there must be one.
func (r Result[T, E]) Err() E {
	if r.tag != ResultErr {
		panic("the error of a value is asked for")
	}
	return r.err
}
