// Package inferencelogtest does not know any one sink. It holds the laws that every [inferencelog.LogSink] keeps,
// generated records to try them on, and a sink that misbehaves as told.
//
// A sink's own test is one call:
//
//	func TestLaws(t *testing.T) {
//		inferencelogtest.TestSink(t, func(t *testing.T) inferencelog.LogSink { return open(t) }, nil)
//	}
//
// What a sink cannot do by its nature is declared in [Features], with the reason. A declared lack that is
// not there fails the test, so that declarations stay true.
package inferencelogtest
