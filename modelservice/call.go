package modelservice

import (
	"context"
	"net/http"
	"time"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/routing"
)

// Call is one request of a caller to a model service. The service is the value
// of the body's "model" member.
type Call struct {
	// Caller is who asks. Required. Nothing else about a call says who it is.
	Caller catalog.PrincipalID
	// API is the form of the body. Default: ChatCompletions.
	API API
	// Body is the request as it came. Required. It may still be read after
	// the call has returned, for the log; it must not be changed.
	Body []byte

	// RequestID is what the caller sees as the id of the request. Default: a
	// new one.
	RequestID string
	// Received is when the request came. Default: now.
	Received time.Time
	// URL and APIType are for the log only: the path that was asked, and the
	// API as the field names it ("mlflow/v1/chat/completions").
	URL     string
	APIType string
	// Session names the session that the call belongs to: all of one session
	// go to the same destination of a traffic split (spec §4.2). Default: none.
	Session string
	// Tags are the caller's own, for the log and for limits.
	Tags map[string]string
	// Headers are those of the request that are to be in the row, IPAddress
	// and UserAgent where it came from: for the log only, and as long as the
	// host lets them be. Default: none.
	Headers   map[string]string
	IPAddress string
	UserAgent string
	// OmitPayloads asks to leave the bodies out of the row, which a service can
	// permit. Default false.
	OmitPayloads bool
}

// Output receives the answer to a call: Begin once, then writes. It is used by
// one goroutine.
type Output interface {
	// Begin gives the status and the headers of the answer.
	Begin(status int, header http.Header)
	// Write passes bytes of the body on, and does not keep them. An error
	// means that the caller is gone.
	Write(p []byte) (int, error)
	// Flush sends what was written on its way.
	Flush() error
}

// Result is what became of a call.
type Result struct {
	RequestID string
	Service   catalog.FullName // as the caller may know it; empty when there is none
	Status    int              // as sent to the caller
	Outcome   inferencelog.Outcome
	Usage     Usage
	Steps     []routing.Step // the attempts made, in order
	Draw      uint64         // what the plan was made with, beside the call's Session
	Err       *Error         // nil when there was an answer
}

// Usage is what a call has used, in tokens (ruling R4).
type Usage struct {
	Input, Output, Total int64
	Source               string // inferencelog.UsageProvider or UsageEstimate; empty: nothing was used
}

// Answer is an answer held in memory. Its zero value is an [Output].
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
	Result Result
}

// Begin implements [Output].
func (a *Answer) Begin(status int, header http.Header) { a.Status, a.Header = status, header }

// Write implements [Output].
func (a *Answer) Write(p []byte) (int, error) {
	a.Body = append(a.Body, p...)
	return len(p), nil
}

// Flush implements [Output].
func (a *Answer) Flush() error { return nil }

// Invoke makes a call and returns its whole answer. When no answer came, the
// error is the [*Error] that a caller over HTTP would have received, and the
// Answer holds it in that form.
func (g *Gateway) Invoke(ctx context.Context, call *Call) (*Answer, error) {
	a := new(Answer)
	a.Result = g.Serve(ctx, call, a)
	if a.Result.Err != nil {
		return a, a.Result.Err
	}
	return a, nil
}
