// Package unread answers callers of whose request the body, or its rest, is not
// read. It knows HTTP and nothing of ours.
//
// net/http reads a quarter of a mebibyte of such a body before it answers, and
// closes on whoever has more to send. Many clients send all before they read
// anything: what they see then is a reset, and not the answer. So the answer is
// sent at once, and the caller is listened to for a while after that:
//
//	unread.Announce(w, r)
//	// write the answer, with its Content-Length
//	unread.Drain(w, r, most)
package unread

import (
	"io"
	"net/http"
	"time"
)

// patience is how long a caller who has his answer may go on sending.
const patience = 5 * time.Second

// Announce is called before the answer is begun: the connection will be closed,
// so nothing is waited for.
func Announce(w http.ResponseWriter, r *http.Request) {
	if sends(r) {
		w.Header().Set("Connection", "close")
		hurry(w) // else the server's own limit holds, here and where Drain is not called
	}
}

// Drain is called when the answer is written. It sends it, reads on, and forgets
// what it reads, for five seconds or most bytes. It reads nothing from who has
// declared more than that, nor behind an answer without a Content-Length, which
// would not be whole before this is over.
func Drain(w http.ResponseWriter, r *http.Request, most int64) {
	if !sends(r) || r.ContentLength > most || w.Header().Get("Content-Length") == "" {
		return
	}
	if http.NewResponseController(w).Flush() != nil {
		return // a middleware that holds answers back
	}
	hurry(w)
	_, _ = io.CopyN(io.Discard, r.Body, most) // a caller who is gone has read it, or never will
}

// sends reports whether there may be a body on a connection of its own.
func sends(r *http.Request) bool { return r.ContentLength != 0 && r.ProtoMajor == 1 }

func hurry(w http.ResponseWriter) {
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(patience)) // a writer that knows no deadlines, a test's for one, has none
}
