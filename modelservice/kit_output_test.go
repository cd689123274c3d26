package modelservice_test

import (
	"errors"
	"net/http"
	"strings"
	"time"
)

var errGone = errors.New("the caller is gone")

// recorder is an Output that remembers, and that can fail or panic.
type recorder struct {
	status  int
	header  http.Header
	body    strings.Builder
	begins  int
	flushes int
	faults  []string
	first   time.Time // of the first byte

	cap     *int   // takes so many bytes, then fails
	gone    bool   // has failed
	panics  string // "begin", "write" or "flush"
	hurt    bool   // has panicked
	onWrite func() // called before each write
	onFlush func() // called before each flush
}

func (r *recorder) boom(where string) {
	if r.hurt {
		r.faults = append(r.faults, "used after a panic")
	}
	if r.panics == where {
		r.hurt = true
		panic("the output panics in " + where)
	}
}

// Begin implements modelservice.Output.
func (r *recorder) Begin(status int, header http.Header) {
	r.boom("begin")
	if r.begins++; r.begins > 1 {
		r.faults = append(r.faults, "Begin twice")
	}
	if r.gone {
		r.faults = append(r.faults, "Begin after a failed write")
	}
	r.status, r.header = status, header.Clone()
}

// Write implements modelservice.Output.
func (r *recorder) Write(p []byte) (int, error) {
	r.boom("write")
	if r.begins == 0 {
		r.faults = append(r.faults, "Write before Begin")
	}
	if r.gone {
		r.faults = append(r.faults, "Write after a failed write")
		return 0, errGone
	}
	if r.onWrite != nil {
		r.onWrite()
	}
	if r.cap != nil && r.body.Len()+len(p) > *r.cap {
		n := *r.cap - r.body.Len()
		r.body.Write(p[:n])
		r.gone = true
		return n, errGone
	}
	if len(p) > 0 && r.first.IsZero() {
		r.first = time.Now()
	}
	n, _ := r.body.Write(p)
	return n, nil
}

// Flush implements modelservice.Output.
func (r *recorder) Flush() error {
	r.boom("flush")
	r.flushes++
	if r.onFlush != nil {
		r.onFlush()
	}
	if r.gone {
		return errGone
	}
	return nil
}
