//go:build !unix

package bench

import "time"

var processStart = time.Now()

// cpuTime is the time on the wall: the standard library tells the time of the
// processor on Unix only.
func cpuTime() (time.Duration, error) { return time.Since(processStart), nil }
