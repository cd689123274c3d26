package query

import (
	"errors"
	"maps"
	"net/http"
	"strconv"
	"time"

	"github.com/modelward/modelward/modelservice"
)

// output writes a gateway's answer to an HTTP caller.
//
// The request's body was read to its end before, so nothing is left that the
// server would have to read, or cut off, when the answer begins; and it sees at
// once when the caller hangs up.
type output struct {
	x       *exchange
	control *http.ResponseController
	timeout time.Duration // negative: none of ours
	now     func() time.Time
}

func (h *handler) output(x *exchange) *output {
	return &output{x, http.NewResponseController(x.w), h.writeTimeout, h.now}
}

// Begin implements modelservice.Output.
func (o *output) Begin(status int, header http.Header) {
	o.x.begun = true
	maps.Copy(o.x.w.Header(), header)
	o.x.w.WriteHeader(status)
}

// Write implements modelservice.Output.
func (o *output) Write(p []byte) (int, error) {
	if o.timeout > 0 {
		// A writer that knows no deadlines, a test's for one, has none.
		o.control.SetWriteDeadline(o.now().Add(o.timeout))
	}
	return o.x.w.Write(p)
}

// Flush implements modelservice.Output. It follows a Write, whose deadline
// holds for it too.
func (o *output) Flush() error {
	err := o.control.Flush()
	if errors.Is(err, http.ErrNotSupported) {
		err = nil // a middleware that holds answers back: its own choice
	}
	if o.timeout > 0 {
		// Over HTTP/2 a deadline that passes resets the stream, whether or not
		// something is being written. How long a provider may be silent is not
		// for it to say.
		o.control.SetWriteDeadline(time.Time{})
	}
	return err
}

// refuse answers with an error that came before the gateway.
func (x *exchange) refuse(e *modelservice.Error) {
	if x.begun {
		return
	}
	x.begun = true
	header := x.w.Header()
	maps.Copy(header, refusalHeader(e, x.id))
	body := e.Body(modelservice.ChatCompletions, x.id)
	header.Set("Content-Length", strconv.Itoa(len(body)))
	x.w.WriteHeader(e.HTTPStatus())
	x.w.Write(body) // if the caller is gone, nobody is left to be told
}

func refusalHeader(e *modelservice.Error, id string) http.Header {
	header := e.Header(id)
	if e.HTTPStatus() == http.StatusUnauthorized {
		header.Set("WWW-Authenticate", "Bearer")
	}
	return header
}
