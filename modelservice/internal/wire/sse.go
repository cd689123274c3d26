package wire

import (
	"bytes"
	"errors"
	"io"
	"sync"
)

// ErrEventTooLarge is the end of a stream with an event beyond
// [ReaderOptions.MaxEvent].
var ErrEventTooLarge = errors.New("wire: event too large")

// DefaultMaxEvent is the longest event a [Reader] takes unless told otherwise.
const DefaultMaxEvent = 4 << 20

// firstBuffer holds the events of usual streams; it grows when one is larger.
// Readers and their buffers are used again unless they have grown beyond
// mostKept.
const (
	firstBuffer = 16 << 10
	mostKept    = 64 << 10
)

// maxEmptyReads is how often in a row a source may read nothing.
const maxEmptyReads = 100

// An Event is one frame of a stream, up to and including its blank line. A
// frame without data (a comment, a stray blank line) is an Event too: it has
// to reach the caller, but says nothing.
type Event struct {
	// Raw is the frame byte for byte: the Raws of a stream, one after the
	// other, are the stream. Its capacity is the Reader's own; see [Join].
	Raw []byte
	// Name is the value of the last event field, "" without one.
	Name string
	// Data is the value of the data fields, joined by line feeds; nil without
	// one.
	Data []byte
}

// ReaderOptions are the options of a [Reader].
type ReaderOptions struct {
	// MaxEvent is the longest event in bytes, as it stands in the stream.
	// Default (0 or less): DefaultMaxEvent.
	MaxEvent int
}

func (o *ReaderOptions) maxEvent() int {
	if o == nil || o.MaxEvent <= 0 {
		return DefaultMaxEvent
	}
	return o.MaxEvent
}

// A Reader cuts a text/event-stream into events: lines end in LF, CRLF or CR, a
// byte order mark may come first, and how the bytes arrive makes no difference.
// It is for one goroutine.
type Reader struct {
	src   io.Reader
	err   error // what the source ended with, or ErrEventTooLarge
	limit int

	buf   []byte // read and not yet answered from start on
	start int    // of the next event
	line  int    // of the first line not looked at
	stop  int    // end of the next event, 0 until it is known
	lines lines  // line ends in buf
	lone  bool   // the line before ended in a CR alone
	bom   int    // length of the byte order mark before the next event
	begun bool   // it is known whether there is a byte order mark

	name string // the last event name, kept to be used again
	data []byte // room for data of several lines
}

// NewReader makes a Reader of src. The options may be nil.
func NewReader(src io.Reader, opts *ReaderOptions) *Reader {
	r := readers.Get().(*Reader)
	*r = Reader{src: src, limit: opts.maxEvent(), buf: r.buf[:0], data: r.data[:0]}
	return r
}

var readers = sync.Pool{New: func() any { return new(Reader) }}

// Release gives the Reader up, to be used for another stream. Neither it nor
// its last event may be used any more. Not to call it costs memory only.
func (r *Reader) Release() {
	if cap(r.buf) > mostKept || cap(r.data) > mostKept {
		return
	}
	r.src = nil
	readers.Put(r)
}

// Join makes one of an event's Raw and of the Raws before it, without copying.
// It is false when they do not lie side by side. While [Reader.Ready] is true
// between them they do, and all of them stay valid.
func Join(before, raw []byte) ([]byte, bool) {
	n := len(before)
	if n == 0 || len(raw) == 0 || cap(before) < n+len(raw) || &before[:n+1][n] != &raw[0] {
		return before, false
	}
	return before[:n+len(raw)], true
}

// Next answers the next event, whose slices are valid until the call after.
// The error is [io.EOF] when the stream ended behind a blank line,
// [io.ErrUnexpectedEOF] when it ended inside an event, [ErrEventTooLarge], or
// what the source said; it stays the same from then on. Events that were
// complete before an error are answered first.
func (r *Reader) Next() (Event, error) {
	for !r.locate() {
		switch {
		case len(r.buf)-r.start > r.limit:
			return Event{}, r.tooLarge()
		case r.err == nil:
			r.fill()
		case r.err == io.EOF && r.start < len(r.buf):
			return Event{}, io.ErrUnexpectedEOF
		default:
			return Event{}, r.err
		}
	}
	if r.stop-r.start > r.limit {
		return Event{}, r.tooLarge()
	}
	e := r.parse(r.buf[r.start:r.stop])
	r.start, r.stop, r.bom = r.stop, 0, 0
	return e, nil
}

// Ready reports whether Next would answer without reading from the source. Who
// writes events on can put off flushing while it is true. The last event
// stays valid.
func (r *Reader) Ready() bool { return r.locate() || r.err != nil }

func (r *Reader) tooLarge() error {
	r.err = ErrEventTooLarge
	r.buf, r.start, r.line, r.stop, r.lines = nil, 0, 0, 0, lines{}
	return r.err
}

// locate looks in what has been read for the end of the next event.
func (r *Reader) locate() bool {
	if r.stop > 0 {
		return true
	}
	if !r.begun && !r.begin() {
		return false
	}
	for {
		end, ok := r.lines.next(r.buf, r.line)
		if !ok {
			return false
		}
		blank := end == r.line
		next, lone := end+1, false
		if r.buf[end] == '\r' {
			// An LF behind a CR belongs to it, so the answer has to wait for
			// the byte behind. Only where lines end in CR alone is the blank
			// line's CR taken at once: that byte comes with the next event.
			lone = true
			switch eager := blank && r.lone; {
			case eager:
			case next < len(r.buf):
				if r.buf[next] == '\n' {
					next, lone = next+1, false
				}
			case r.err == nil:
				return false
			}
		}
		r.line, r.lone = next, lone
		if blank {
			r.stop = next
			return true
		}
	}
}

// begin steps over a byte order mark; false when there is too little to tell.
func (r *Reader) begin() bool {
	const bom = "\xEF\xBB\xBF"
	if len(r.buf) < len(bom) && bytes.HasPrefix([]byte(bom), r.buf) {
		return false
	}
	if bytes.HasPrefix(r.buf, []byte(bom)) {
		r.bom, r.line = len(bom), len(bom)
	}
	r.begun = true
	return true
}

// fill reads once, making room first.
func (r *Reader) fill() {
	if r.start > 0 && (r.start == len(r.buf) || len(r.buf) == cap(r.buf)) {
		r.buf = r.buf[:copy(r.buf, r.buf[r.start:])]
		r.line -= r.start
		r.lines.shift(r.start)
		r.start = 0
	}
	if len(r.buf) == cap(r.buf) {
		room := max(firstBuffer, min(2*cap(r.buf), r.limit+1))
		r.buf = append(make([]byte, 0, room), r.buf...)
	}
	for range maxEmptyReads {
		n, err := r.src.Read(r.buf[len(r.buf):cap(r.buf)])
		r.buf = r.buf[:len(r.buf)+n]
		if r.err = err; n > 0 || err != nil {
			return
		}
	}
	r.err = io.ErrNoProgress
}
