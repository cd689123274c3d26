package ratelimit

import (
	"math"
	"sync"
	"sync/atomic"
	"time"
)

// late is how far behind the newest reading a reading may be, in ticks, and
// still be taken for that of a late goroutine: one minute.
const late = int64(time.Minute / tick)

// slight is how far behind a reading may be, in ticks, and still be taken for
// that of a late goroutine while the clock is set back. More would take a second
// set-back for one; less would take a late goroutine's for time that goes on.
const slight = 2

// farthest is the highest reading that is told from higher ones: after a wild one
// there must be room for time to go on.
const farthest = math.MaxInt64 - 50*365*24*time.Hour

// clock turns readings that may be late or jump into ticks that never run
// back. It remembers only whole ticks, so that reading it writes to shared
// memory about once a second.
type clock struct {
	now  func() time.Time // nil for the process's own
	base time.Time

	newest atomic.Int64 // the highest tick told

	// While the clock is set back, back is added to every reading; otherwise
	// it is 0. It is set under mu, and cleared by a reading that needs it no
	// more.
	mu   sync.Mutex
	back atomic.Int64
}

// start begins to count where slots begin with the seconds and minutes of the
// time of day, so that they are the same in every process. It counts from two
// hours before, so that whatever an earlier process has counted has a slot.
func (c *clock) start(now func() time.Time) {
	c.now = now
	if now == nil {
		now = time.Now
	}
	first := now()
	since := 2*time.Hour + time.Duration(first.Unix()%3600)*time.Second + time.Duration(first.Nanosecond())
	c.base = first.Add(-since)
	c.newest.Store(int64(since / tick))
}

// read returns the tick to decide by, and the reading behind it as time since
// the start. The reading may be earlier than the tick begins, if it was late.
func (c *clock) read() (t int64, at time.Duration) {
	if c.now == nil {
		at = time.Since(c.base) // never set back: who is behind is late
		return c.reach(int64(at / tick)), at
	}
	at = min(c.now().Sub(c.base), farthest)
	t = int64(at / tick)
	newest := c.newest.Load()
	if c.back.Load() != 0 {
		if newest-t > slight {
			return c.resume(at)
		}
		c.back.Store(0) // the old mark is reached
	}
	if newest-t > late {
		return c.resume(at)
	}
	return c.reach(t), at
}

// wall returns the tick to decide by, and the time of day at which it began.
func (c *clock) wall() (t int64, began time.Time) {
	t, at := c.read()
	now := time.Now()
	if c.now != nil {
		now = c.now()
	}
	return t, now.Add(time.Duration(t)*tick - at)
}

// resume reads a clock that was set back: time goes on from where it stood
// when the first such reading came.
func (c *clock) resume(at time.Duration) (int64, time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	newest := c.newest.Load()
	moved := shift(at, c.back.Load())
	if c.back.Load() == 0 || newest-int64(moved/tick) > late {
		stood := newest * int64(tick)
		c.back.Store(stood - max(int64(at), stood-math.MaxInt64))
		moved = shift(at, c.back.Load())
	}
	return c.reach(int64(moved / tick)), moved
}

// reach moves the newest tick up to t, never down, and returns it.
func (c *clock) reach(t int64) int64 {
	for {
		newest := c.newest.Load()
		if t <= newest || c.newest.CompareAndSwap(newest, t) {
			return max(t, newest)
		}
	}
}

// shift adds back, which is not negative, to at without running over.
func shift(at time.Duration, back int64) time.Duration {
	if int64(at) > math.MaxInt64-back {
		return math.MaxInt64
	}
	return at + time.Duration(back)
}
