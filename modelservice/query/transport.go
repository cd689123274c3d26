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

	// MaxBody is the greatest length of a request's body in bytes; a longer
	// one is answered with 413 (ruling R37). Default 0 or less: 16 MiB.
	MaxBody int64
	// Now is the clock of calls. Default: time.Now.
	Now func() time.Time
}

// Transport returns an http.RoundTripper that goes under an SDK's http.Client
// and answers from the gateway, in process: nothing leaves for the host that a
// request names, and its Authorization header, which SDKs insist on, is not
// looked at.
//
// Requests whose path ends in /chat/completions are calls; the others are
// answered with 404. Errors of a call are answers with their status. RoundTrip
// itself fails only when the request's context ends, its body cannot be read,
// Caller fails, or the config lacks what is required.
//
// The body of an answer that was read to its end, or closed, belongs to a call
// that is settled and recorded. It must be closed, like any.
func Transport(cfg TransportConfig) http.RoundTripper {
	t := &inProcess{cfg}
	if t.cfg.MaxBody <= 0 {
		t.cfg.MaxBody = defaultMaxBody
	}
	if t.cfg.Now == nil {
		t.cfg.Now = time.Now
	}
	if principal := cfg.Principal; cfg.Caller == nil && principal != "" {
		t.cfg.Caller = func(context.Context) (string, error) { return principal, nil }
	}
	return t
}

// inProcess is the http.RoundTripper that Transport returns.
type inProcess struct {
	cfg TransportConfig
}

// RoundTrip implements http.RoundTripper.
func (t *inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	id := modelservice.NewRequestID()
	call, err := t.call(r, id)
	if r.Body != nil {
		r.Body.Close()
	}
	var refused *modelservice.Error
	switch {
	case errors.As(err, &refused):
		return refusal(r, refused, id), nil
	case err != nil:
		return nil, err
	}
	return t.serve(r, call)
}

// call makes a call of a request. A *modelservice.Error is an answer.
func (t *inProcess) call(r *http.Request, id string) (*modelservice.Call, error) {
	switch {
	case t.cfg.Gateway == nil:
		return nil, errors.New("query: TransportConfig.Gateway is required")
	case t.cfg.Metastore == nil:
		return nil, errors.New("query: TransportConfig.Metastore is required")
	case t.cfg.Caller == nil:
		return nil, errors.New("query: TransportConfig.Principal or Caller is required")
	}
	received := t.cfg.Now()
	caller, err := t.caller(r.Context())
	if err != nil {
		return nil, err
	}
	if !strings.HasSuffix(r.URL.Path, chatCompletions) {
		return nil, notFound(r.URL.Path)
	}
	if r.Method != http.MethodPost {
		return nil, notAllowed(r.Method)
	}
	tags, err := requestTags(r.Header)
	if err != nil {
		return nil, err
	}
	var body []byte
	if r.Body != nil {
		source := &faulty{r: r.Body}
		if body, err = readBody(source, r.ContentLength, t.cfg.MaxBody); source.err != nil {
			return nil, fmt.Errorf("query: reading the request's body: %w", source.err)
		}
		if err != nil {
			return nil, err
		}
	}
	apiType := "openai/v1" + chatCompletions
	if strings.HasSuffix(r.URL.Path, "/mlflow/v1"+chatCompletions) {
		apiType = "mlflow/v1" + chatCompletions
	}
	return &modelservice.Call{
		Caller: caller, API: modelservice.ChatCompletions, Body: body,
		RequestID: id, Received: received, URL: r.URL.Path, APIType: apiType, Tags: tags,
	}, nil
}

func (t *inProcess) caller(ctx context.Context) (catalog.PrincipalID, error) {
	name, err := t.cfg.Caller(ctx)
	if err != nil {
		return 0, fmt.Errorf("query: finding the caller: %w", err)
	}
	return principal(t.cfg.Metastore, name)
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
