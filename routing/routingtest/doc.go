// Package routingtest holds scripted upstreams for tests of what stands on
// package routing, and the laws that any [routing.Strategy] keeps.
//
// It does not know modelservice. A [Script] is a list of outcomes, for tests of
// package routing alone:
//
//	script := routingtest.NewScript(map[string][]routingtest.Outcome{
//		"a": {{Status: 503}},                    // fails, every time
//		"b": {{Refuse: true}, {}},               // refuses once, then answers
//	})
//	steps, err := router.Do(ctx, &plan, script.Try)
//	script.Calls()                                   // who was asked, in order
//
// [Player] and [Upstream] play a [Schedule] of replies as providers write them, in
// process and over HTTP: 33 named [Shape] values, from a refused connection to a
// stream that stalls after its content, in four APIs. A schedule is data, with a
// form in JSON and generators for rapid. The player waits by timers alone, so that
// it fits into a bubble of testing/synctest.
//
// [Refusals] are error answers of many providers, byte for byte, each with the
// [routing.Cause] that a Router finds in it.
package routingtest
