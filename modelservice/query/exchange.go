package query

import (
	"errors"
	"maps"
	"net/http"
	"strconv"
	"time"

	"github.com/modelward/modelward/internal/unread"
	"github.com/modelward/modelward/modelservice"
)

// exchange is one request and its answer. It is the modelservice.Output of its
// call.
//
// The request's body was read to its end before, so nothing is left that the
// server would have to read, or cut off, when the answer begins; and it sees at
// once when the caller hangs up.
type exchange struct {
	h       *handler
	w       http.ResponseWriter
	r       *http.Request
	control http.ResponseController
	form    modelservice.API // of errors
	call    modelservice.Call
	begun   bool      // the answer has begun
	left    bool      // the body was not read
	torn    bool      // writing it has panicked
	fresh   time.Time // until then the deadline that was set is far enough away
}

// Begin implements modelservice.Output.
func (x *exchange) Begin(status int, header http.Header) {
	x.begun = true
	to := x.w.Header()
	maps.Copy(to, header)
	to[idHeader(x.form)] = header[modelservice.RequestIDHeader]
	x.w.WriteHeader(status)
}

// Write implements modelservice.Output.
func (x *exchange) Write(p []byte) (int, error) {
	written := 0
	x.torn = true // unless this returns
	for {
		x.limit()
		piece := p[written:min(written+writeAtOnce, len(p))]
		n, err := x.w.Write(piece)
		if written += n; err != nil || written == len(p) || n < len(piece) {
			x.torn = false
			return written, err
		}
	}
}

// writeAtOnce is how much has to be accepted within one deadline, in bytes.
const writeAtOnce = 64 << 10

// Flush implements modelservice.Output. It follows a Write, whose deadline
// holds for it too.
func (x *exchange) Flush() error {
	err := x.control.Flush()
	if errors.Is(err, http.ErrNotSupported) {
		err = nil // a middleware that holds answers back: its own choice
	}
	if x.h.writeTimeout > 0 && x.r.ProtoMajor != 1 {
		// Over HTTP/2 a deadline that passes resets the stream, whether or not
		// something is being written. How long a provider may be silent is not
		// for it to say.
		x.control.SetWriteDeadline(time.Time{})
		x.fresh = time.Time{}
	}
	return err
}

// maxSlack is how much later than it should a deadline may be, so that not
// every event of a stream needs its own.
const maxSlack = time.Second

// limit sees to it that what is written next has a deadline.
func (x *exchange) limit() {
	timeout := x.h.writeTimeout
	if timeout <= 0 {
		return
	}
	now := x.h.now()
	if now.Before(x.fresh) {
		return
	}
	slack := min(timeout, maxSlack)
	// A writer that knows no deadlines, a test's for one, has none.
	x.control.SetWriteDeadline(now.Add(timeout).Add(slack))
	x.fresh = now.Add(slack)
}

// answer sends an answer that is here whole. If the caller is gone, nobody is
// left to be told.
func (x *exchange) answer(status int, header http.Header, body []byte) {
	header.Set("Content-Length", strconv.Itoa(len(body)))
	x.Begin(status, header)
	x.Write(body)
}

// refuse answers with an error that came before the gateway.
func (x *exchange) refuse(e *modelservice.Error) {
	if !x.begun {
		x.answer(e.HTTPStatus(), refusalHeader(e, x.call.RequestID), e.Body(x.form, x.call.RequestID))
	}
}

// leaveBody is called before the answer to a request whose body, or its rest, is
// not read.
func (x *exchange) leaveBody() {
	unread.Announce(x.w, x.r)
	x.left = true
}

// unheard is how many times a body's limit is listened to behind an answer that
// came before the body was read.
const unheard = 8

// hearOut is called when the answer is written.
func (x *exchange) hearOut() {
	if x.left {
		unread.Drain(x.w, x.r, unheard*x.h.maxBody)
	}
}

// idHeader is where the clients of an API look for the id of a request, which
// is in modelservice.RequestIDHeader too (ruling R35).
func idHeader(form modelservice.API) string {
	if form == modelservice.Messages {
		return "Request-Id"
	}
	return "X-Request-Id"
}

func refusalHeader(e *modelservice.Error, id string) http.Header {
	header := e.Header(id)
	if e.HTTPStatus() == http.StatusUnauthorized {
		header.Set("WWW-Authenticate", "Bearer")
	}
	return header
}
