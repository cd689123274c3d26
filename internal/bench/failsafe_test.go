package bench

import (
	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"github.com/failsafe-go/failsafe-go/fallback"
	"github.com/failsafe-go/failsafe-go/retrypolicy"
)

// newFailsafe is three destinations as one would compose them from failsafe-go:
// a circuit breaker and a retry policy around each, and the next destination as
// the fallback of what is before it. Nothing is tried twice and no breaker ever
// opens, as on the other sides.
//
// All of it is made once for a call that is always the same. A program whose
// calls differ would have to hand them through a context, or compose anew.
func newFailsafe(call func(i int) error) failsafe.Executor[int] {
	at := func(i int) func() (int, error) {
		return func() (int, error) { return i, call(i) }
	}
	next := func(i int) failsafe.Policy[int] {
		executor, calling := failsafe.With(aroundOne()...), at(i)
		return fallback.NewWithFunc(func(failsafe.Execution[int]) (int, error) { return executor.Get(calling) })
	}
	return failsafe.With(append([]failsafe.Policy[int]{next(2), next(1)}, aroundOne()...)...)
}

// aroundOne returns the policies around one destination.
func aroundOne() []failsafe.Policy[int] {
	return []failsafe.Policy[int]{
		retrypolicy.NewBuilder[int]().WithMaxRetries(0).ReturnLastFailure().Build(),
		// Never does it see more than a hundred failures in a hundred calls.
		circuitbreaker.NewBuilder[int]().WithFailureThresholdRatio(101, 100).Build(),
	}
}
