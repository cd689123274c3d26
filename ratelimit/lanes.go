package ratelimit

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// maxLanes is the most lanes: with more, what is left of a limit is in too many
// hands.
const maxLanes = 8

// lanes tells goroutines that run on different processors apart, most of the
// time.
type lanes struct {
	n    int        // a power of two
	pick func() int // the lane of this processor
	free sync.Pool  // of *int; a pool has a place for each processor
	next atomic.Uint32
}

func (l *lanes) start() {
	l.n = 1
	for l.n < maxLanes && l.n < runtime.GOMAXPROCS(0) {
		l.n *= 2
	}
	l.free.New = func() any {
		lane := new(int)
		*lane = int(l.next.Add(1)) % l.n
		return lane
	}
	l.pick = func() int {
		lane := l.free.Get().(*int)
		l.free.Put(lane)
		return *lane
	}
	if l.n == 1 {
		l.pick = func() int { return 0 }
	}
}
