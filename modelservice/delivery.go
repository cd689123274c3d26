package modelservice

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/modelward/modelward/inferencelog"
)

// RequestIDHeader carries the id of the request on every answer (ruling R35).
const RequestIDHeader = "X-Databricks-Request-Id"

// The headers of an answer that Config.ShowRoute adds (spec §4.3).
const (
	DestinationHeader = "X-Gateway-Destination" // the name of the destination that answered
	AttemptsHeader    = "X-Gateway-Attempts"    // how many attempts were made, from 1
)

// delivery is what the caller has received, and what is known about it.
type delivery struct {
	status    int    // 0: nothing was sent yet
	kind      string // the media type of the body
	firstByte time.Duration
	size      int64     // bytes of the body handed over
	kept      []byte    // those bytes, for the log
	hash      hash.Hash // of them, once they are too many to keep
	room      *[]byte   // what kept lies in, if it is to be used again
	gone      bool      // the Output failed: the caller is not there any more

	complete  bool // the answer is whole
	truncated bool // the answer broke off after its first content
}

// callerGone is the error of a write that failed: neutral for the destination.
type callerGone struct{ err error }

func (e *callerGone) Error() string { return "modelservice: the caller went away: " + e.err.Error() }
func (e *callerGone) Unwrap() error { return e.err }

// begin sends the status and the headers of an answer; the length is -1 for a
// stream.
func (r *run) begin(status int, contentType string, length int) {
	header, values := make(http.Header, 5), new([5]string)
	set := func(i int, name, value string) {
		values[i] = value
		header[name] = values[i : i+1 : i+1]
	}
	set(0, "Content-Type", contentType)
	set(1, RequestIDHeader, r.call.RequestID)
	if length >= 0 {
		set(2, "Content-Length", strconv.Itoa(length))
	} else {
		set(2, "Cache-Control", "no-cache")
	}
	if a := r.answering.attempt; r.g.showRoute {
		set(3, DestinationHeader, a.Destination.Name)
		set(4, AttemptsHeader, strconv.Itoa(a.Index+1))
	}
	r.beginWith(status, header)
}

func (r *run) beginWith(status int, header http.Header) {
	if r.limited && r.g.showLimits {
		r.limitHeader(header)
	}
	r.firstByte = r.since()
	r.gone = true // unless Begin returns
	r.out.Begin(status, header)
	r.gone = false
	r.status = status
	r.kind = header.Get("Content-Type")
}

// hand writes bytes of the body to the caller and keeps them for the log.
func (r *run) hand(p []byte) error {
	n, err := r.write(p)
	if r.size += int64(n); r.keeps() {
		r.keep(p[:n])
	}
	return err
}

// keep keeps what a stream has handed over. When it is too long for a row only
// its hash is kept from then on.
func (r *run) keep(p []byte) {
	if r.size > inferencelog.MaxPayload {
		if r.hash == nil {
			r.hash = sha256.New()
			r.hash.Write(r.kept)
			r.room, r.kept = nil, nil
		}
		r.hash.Write(p)
		return
	}
	if r.room == nil {
		r.room = rooms.Get().(*[]byte)
		r.kept = (*r.room)[:0]
	}
	r.kept = append(r.kept, p...)
}

// keptHash is the hash of an answer that was too long to keep, in hexadecimal.
func (r *run) keptHash() string {
	if r.hash == nil {
		return ""
	}
	return hex.EncodeToString(r.hash.Sum(nil))
}

// What a stream has handed over is kept in a room that the next one uses again,
// unless it has grown beyond mostKept; the row gets a copy in its own size.
const (
	firstKept = 16 << 10
	mostKept  = 64 << 10
)

var rooms = sync.Pool{New: func() any {
	room := make([]byte, 0, firstKept)
	return &room
}}

// payload is the body that was handed over, as the row is to have it. It is
// asked for once.
func (r *run) payload() []byte {
	if r.room == nil {
		return r.kept
	}
	own := bytes.Clone(r.kept)
	if cap(r.kept) <= mostKept {
		*r.room = r.kept
		rooms.Put(r.room)
	}
	r.room, r.kept = nil, own
	return own
}

// handWhole is hand for a body that comes in one piece: it is not copied. If it
// is too long for a row, the log says so.
func (r *run) handWhole(p []byte) error {
	n, err := r.write(p)
	if r.size = int64(n); r.keeps() {
		r.kept = p[:n:n]
	}
	return err
}

// write returns how much reached the caller.
func (r *run) write(p []byte) (int, error) {
	if r.gone {
		return 0, &callerGone{http.ErrAbortHandler}
	}
	r.gone = true // unless Write returns
	n, err := r.out.Write(p)
	if err != nil {
		return min(max(n, 0), len(p)), &callerGone{err}
	}
	r.gone = false
	return len(p), nil
}

func (r *run) flush() error {
	if r.gone {
		return &callerGone{http.ErrAbortHandler}
	}
	r.gone = true // unless Flush returns
	if err := r.out.Flush(); err != nil {
		return &callerGone{err}
	}
	r.gone = false
	return nil
}

// logged reports whether the service has a table to log to.
func (r *run) logged() bool { return r.service != nil && r.service.logs && r.g.log != nil }

// keeps reports whether the body of the answer is kept for the log.
func (r *run) keeps() bool { return r.logged() && r.service.table.withPayloads(r.call) }
