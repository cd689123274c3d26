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
	n     int        // a power of two
	shift int        // its logarithm
	pick  func() int // the lane of this processor
	free  sync.Pool  // of *int; a pool has a place for each processor
	held  [maxLanes]atomic.Int32
}

func (l *lanes) start() {
	l.n = 1
	for l.n < maxLanes && l.n < runtime.GOMAXPROCS(0) {
		l.n *= 2
		l.shift++
	}
	if l.n == 1 {
		l.pick = func() int { return 0 }
		return
	}
	l.free.New = func() any {
		lane := new(int)
		*lane = l.least()
		l.held[*lane].Add(1)
		runtime.AddCleanup(lane, func(was int) { l.held[was].Add(-1) }, *lane)
		return lane
	}
	l.pick = func() int {
		lane := l.free.Get().(*int)
		l.free.Put(lane)
		return *lane
	}
}

// least returns a lane that as few processors as possible have.
func (l *lanes) least() int {
	least := 0
	for lane := range l.n {
		if l.held[lane].Load() < l.held[least].Load() {
			least = lane
		}
	}
	return least
}
