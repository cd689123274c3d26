package query

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
)

// TransportConfig says what a [Transport] is made of.
type TransportConfig struct {
	Gateway   *modelservice.Gateway   // Required.
	Metastore *modelservice.Metastore // Required. The gateway's.

	// Principal is the name of the user or service principal in whose name
	// all requests are made. Required, unless Caller is given.
	Principal string
	// Caller names the principal of one request, from its context. Default
	// nil: Principal.
	Caller func(ctx context.Context) (principal string, err error)

	// SessionHeaders are the names of headers that name a session, in any
	// spelling; see [Config]. Default nil: x-session-id, session_id,
	// x-claude-code-session-id. Empty: none.
	SessionHeaders []string
	// LogHeaders are the names of headers that rows keep; see [Config].
	// Default: none.
	LogHeaders []string
	// MaxBody is the greatest length of a request's body in bytes; a longer
	// one is answered with 413 (ruling R37). Default 0 or less: 16 MiB.
	MaxBody int64
	// Now is the clock of calls. Default: time.Now.
	Now func() time.Time
}

// Transport returns an http.RoundTripper that goes under an SDK's http.Client
// and answers from the gateway, in process: nothing leaves for the host that a
// request names, and its credentials, which SDKs insist on, are not looked at.
//
// Only the end of a path counts, so that a base URL can be anything:
// /chat/completions, /embeddings, /responses and /messages are calls, /models
// and /models/{id} lists; the others are answered with 404. Where the path does
// not say so (…/anthropic/v1/models), a request with the header
// Anthropic-Version, which Anthropic's SDKs send, is answered in Anthropic's form.
//
// Errors of a call are answers with their status. RoundTrip itself fails only
// when the request's context ends, its body cannot be read, Caller fails, or the
// config lacks what is required, names a session header that cannot be one, or a
// header that no row can have.
//
// An answer that is no stream is there whole when RoundTrip returns. A stream
// comes as it is made. An answer whose body was read to its end, or closed,
// belongs to a call that is settled and recorded. It must be closed, like any.
// When RoundTrip fails because its context ended, the call may be settled a
// moment later; modelservice.Trace.Finished tells when.
func Transport(cfg TransportConfig) http.RoundTripper {
	t := &inProcess{surface: surface{cfg.Gateway, cfg.Metastore, cfg.MaxBody, nil, cfg.Now, nil}, name: cfg.Caller}
	t.complete()
	if principal := cfg.Principal; t.name == nil && principal != "" {
		t.name = func(context.Context) (string, error) { return principal, nil }
	}
	var err, unkept error
	t.sessions, err = sessionHeaders(cfg.SessionHeaders)
	t.logHeaders, unkept = logHeaders(cfg.LogHeaders)
	switch {
	case cfg.Gateway == nil:
		t.err = errors.New("query: TransportConfig.Gateway is required")
	case cfg.Metastore == nil:
		t.err = errors.New("query: TransportConfig.Metastore is required")
	case t.name == nil:
		t.err = errors.New("query: TransportConfig.Principal or Caller is required")
	case err != nil:
		t.err = fmt.Errorf("query: TransportConfig.SessionHeaders: %w", err)
	case unkept != nil:
		t.err = fmt.Errorf("query: TransportConfig.LogHeaders: %w", unkept)
	}
	return t
}

// inProcess is the http.RoundTripper that Transport returns.
type inProcess struct {
	surface
	name func(context.Context) (string, error)
	err  error // why it cannot be used
}

// RoundTrip implements http.RoundTripper.
func (t *inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	x := &roundTrip{t: t, r: r}
	response, err := x.prepare()
	if r.Body != nil {
		r.Body.Close()
	}
	if response == nil && err == nil {
		response, err = x.invoke()
	}
	if err == nil {
		return response, nil
	}
	var refused *modelservice.Error
	if errors.As(err, &refused) {
		return x.refusal(refused), nil
	}
	return nil, err
}

// roundTrip is one request in process.
type roundTrip struct {
	t    *inProcess
	r    *http.Request
	form modelservice.API // of errors
	call modelservice.Call
}

// prepare answers, or neither answers nor fails: then a call is to be made. A
// *modelservice.Error is an answer, too.
func (x *roundTrip) prepare() (*http.Response, error) {
	t, r := x.t, x.r
	switch {
	case t.err != nil:
		return nil, t.err
	case r.URL == nil:
		return nil, errors.New("query: the request has no URL")
	}
	x.form = modelservice.ChatCompletions
	header := canonical(r.Header)
	if header["Anthropic-Version"] != nil || strings.Contains(r.URL.Path, "/anthropic/") {
		x.form = modelservice.Messages
	}
	x.call.RequestID, x.call.Received = modelservice.NewRequestID(), t.now()
	var err error
	if x.call.Caller, err = t.caller(r.Context()); err != nil {
		return nil, err
	}
	e, model := findTail(r.URL, x.form)
	if e == nil {
		return nil, notFound(r.URL.Path)
	}
	x.form = e.api
	if r.Method != e.method() && (r.Method != "" || !e.list) { // package http takes none for GET
		return nil, notAllowed(r.Method)
	}
	if e.list {
		body, err := t.models(x.call.Caller, e, model, r.URL)
		if err != nil {
			return nil, err
		}
		return x.whole(http.StatusOK, listHeader(x.call.RequestID), body), nil
	}
	if err := t.describe(&x.call, e, r.URL.Path, header); err != nil {
		return nil, err
	}
	if r.Body == nil {
		return nil, nil
	}
	source := &faulty{r: r.Body}
	// A body that does not come ends with the context.
	stop := context.AfterFunc(r.Context(), func() { r.Body.Close() })
	x.call.Body, err = readBody(source, r.ContentLength, t.maxBody)
	if !stop() {
		return nil, r.Context().Err()
	}
	if source.err != nil {
		return nil, fmt.Errorf("query: reading the request's body: %w", source.err)
	}
	return nil, err
}

func (t *inProcess) caller(ctx context.Context) (catalog.PrincipalID, error) {
	name, err := t.name(ctx)
	if err != nil {
		return 0, fmt.Errorf("query: finding the caller: %w", err)
	}
	return t.principal(name)
}

// faulty remembers what reading failed with: here the body is the program's
// own, and its failure no answer.
type faulty struct {
	r   io.Reader
	err error
}

func (f *faulty) Read(p []byte) (int, error) {
	n, err := f.r.Read(p)
	if err != nil && err != io.EOF {
		f.err = err
	}
	return n, err
}
