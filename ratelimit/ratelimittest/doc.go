// Package ratelimittest does not know how a limiter counts. It holds the slow
// and obvious limiter, [Model], the slow and obvious precedence, [Match], and
// the laws that every way of counting must keep, [TestLimiter]:
//
//	func TestLaws(t *testing.T) { ratelimittest.TestLimiter(t, ratelimit.New) }
package ratelimittest
