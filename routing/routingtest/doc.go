// Package routingtest holds scripted upstreams for tests of what stands on
// package routing, and the laws that any [routing.Strategy] keeps.
//
// It does not know HTTP: an upstream is a list of outcomes.
//
//	script := routingtest.NewScript(map[string][]routingtest.Outcome{
//		"a": {{Status: 503}},                    // fails, every time
//		"b": {{Refuse: true}, {}},               // refuses once, then answers
//	})
//	steps, err := router.Do(ctx, &plan, script.Try)
//	script.Calls()                                   // who was asked, in order
//
// [Refusals] are error answers of many providers, byte for byte, each with the
// [routing.Cause] that a Router finds in it.
package routingtest
