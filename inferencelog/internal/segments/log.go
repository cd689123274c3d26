package segments

import "sync"

// Frame is what was appended, and its number.
type Frame struct {
	// Seq is larger than that of every frame that was appended before. The first is 1.
	Seq uint64

	// Data is the caller's: it is never used again by the log. Frames that came together share an array of up to 1 MiB,
	// which lives as long as any of them.
	Data []byte
}

// Log is a folder of segments. Open one with [Open].
type Log struct {
	fs           FS
	dir          string
	segmentBytes int64
	maxBytes     int64
	ready        chan struct{}

	// Taken in this order: one batch at a time, one reader at a time, one who removes files at a time, and the books,
	// which are never held while a file is waited for.
	writing, reading, sweeping sync.Mutex
	mu                         sync.Mutex

	// Of who holds writing.
	buf []byte

	// Of who holds reading.
	at cursor

	// Of who holds sweeping.
	lock File

	// Of who holds mu.
	segments      []*segment // by first number
	active        *segment   // the one that is written, also the last of segments; replaced by who holds writing
	next          uint64     // the next number
	last          uint64     // the last one that was acknowledged, or found
	frames        uint64     // not done
	bytes         int64      // on disk
	damagedFrames uint64
	damagedBytes  int64
	lost          []uint64 // numbers that Next has given up, for Lost
	closed        bool
}

// Wait returns a channel that receives after there may be something new to read: once after Open, and after each Append
// and Rewind; those that nobody received melt into one. It also receives after Close. Read until Next has nothing before
// waiting.
func (l *Log) Wait() <-chan struct{} {
	return l.ready
}

func (l *Log) signal() {
	select {
	case l.ready <- struct{}{}:
	default:
	}
}

// Lost returns the numbers of frames that Next has given up since it was asked last, because they cannot be read any more;
// they are done.
func (l *Log) Lost() []uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	lost := l.lost
	l.lost = nil
	return lost
}

// Stats is the state of a log at one instant.
type Stats struct {
	// Frames is how many frames are acknowledged and not done.
	Frames uint64

	// Bytes is what the segments take on disk, Segments how many there are.
	Bytes    int64
	Segments int

	// First is the number of the first frame that is not done, 0 when there is none. Last is that of the last frame that
	// was acknowledged, or found by Open; 0 when there was none.
	First, Last uint64

	// DamagedFrames counts the frames found with a whole head and damaged data, and DamagedBytes the bytes of these and
	// of what could not be told to be frames at all; since Open. A process that died in the middle of an Append leaves
	// such as well, and then nothing of it was acknowledged. When damage is found by Next, what it cost is counted in
	// frames too.
	DamagedFrames uint64
	DamagedBytes  int64
}

// Stats returns the state. It waits for no file.
func (l *Log) Stats() Stats {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := Stats{
		Frames: l.frames, Bytes: l.bytes, Segments: len(l.segments), Last: l.last,
		DamagedFrames: l.damagedFrames, DamagedBytes: l.damagedBytes,
	}
	for _, seg := range l.segments {
		if seg.undone > 0 {
			s.First = seg.unsettled()
			break
		}
	}
	return s
}
