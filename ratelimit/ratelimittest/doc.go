// Package ratelimittest does not know how a limiter counts, nor how a store
// does. It holds the slow and obvious of each: the limiter, [Model], the
// precedence, [Match], and the store, [Slow]; a store that fails as a script
// says, [Faulty]; and the laws.
//
//	func TestLaws(t *testing.T)   { ratelimittest.TestLimiter(t, ratelimit.New) }
//	func TestShared(t *testing.T) { ratelimittest.TestShared(t, ratelimit.New) }
//	func TestStore(t *testing.T) {
//		ratelimittest.TestStore(t, func(o ratelimittest.StoreOptions) ratelimit.Store {
//			return mystore.Open(…, o.Now)
//		})
//	}
//
// Whoever writes a [ratelimit.Store] runs TestStore on it. Its laws assume that
// a window is divided into sixty slots or more, and nothing else.
package ratelimittest
