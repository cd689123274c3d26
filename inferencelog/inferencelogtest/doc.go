// Package inferencelogtest does not know any one sink. It holds the laws that every [inferencelog.LogSink] keeps,
// generated records to try them on, a sink that misbehaves as told, and two trials of a logger over any sink: histories
// that are made up, and processes that are killed.
//
// A sink's own test is one call:
//
//	func TestLaws(t *testing.T) {
//		inferencelogtest.TestSink(t, func(t *testing.T) inferencelog.LogSink { return open(t) }, nil)
//	}
//
// What a sink cannot do by its nature is declared in [Features], with the reason. A declared lack that is
// not there fails the test, so that declarations stay true.
//
// [TestLogger] takes the same function and tries a logger over such sinks; [Crash] is for sinks that outlive their process:
//
//	var kills = flag.Int("kills", 50, "how many processes TestCrash kills")
//
//	func TestCrash(t *testing.T) {
//		inferencelogtest.Crash(t, inferencelogtest.CrashOptions{
//			Kills: *kills,
//			Open:  func(dir string) (inferencelog.LogSink, error) { return sqlitelog.Open(filepath.Join(dir, "rows.db"), nil) },
//		})
//	}
package inferencelogtest
