package query

import (
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
	"go.uber.org/zap"
)

// Config says what a handler is made of.
type Config struct {
	Gateway   *modelservice.Gateway   // Required.
	Metastore *modelservice.Metastore // Required. The gateway's.

	// Authenticate says who asks: the name of a user or service principal of
	// the catalog. Required; see [Tokens]. An error is answered with 401
	// unless it is, or wraps, a *modelservice.Error. It must not read the
	// body, and must be safe for concurrent use.
	Authenticate func(*http.Request) (principal string, err error)

	// MaxBody is the greatest length of a request's body in bytes; a longer
	// one is answered with 413 (ruling R37). Default 0 or less: 16 MiB.
	MaxBody int64
	// WriteTimeout is how long the caller may take to accept each part of an
	// answer; one who takes longer counts as gone. While an answer is written
	// it stands in for http.Server.WriteTimeout, which bounds whole streams.
	// Default 0: 30 s. Negative: the server's limit stays.
	WriteTimeout time.Duration
	// Now is the clock of calls and deadlines. Default: time.Now.
	Now func() time.Time
	// Logger receives what a person should know. Default: nothing is logged.
	Logger *zap.Logger
}

const (
	defaultMaxBody      = 16 << 20
	defaultWriteTimeout = 30 * time.Second
)

// New returns a handler for the paths below /ai-gateway/. It answers every
// path; mount it where its paths are. The only error is that of a required
// field left out.
func New(cfg Config) (http.Handler, error) {
	switch {
	case cfg.Gateway == nil:
		return nil, errors.New("query: Config.Gateway is required")
	case cfg.Metastore == nil:
		return nil, errors.New("query: Config.Metastore is required")
	case cfg.Authenticate == nil:
		return nil, errors.New("query: Config.Authenticate is required")
	}
	h := &handler{
		gateway: cfg.Gateway, metastore: cfg.Metastore, authenticate: cfg.Authenticate,
		maxBody: cfg.MaxBody, writeTimeout: cfg.WriteTimeout, now: cfg.Now, zap: cfg.Logger,
	}
	if h.maxBody <= 0 {
		h.maxBody = defaultMaxBody
	}
	if h.writeTimeout == 0 {
		h.writeTimeout = defaultWriteTimeout
	}
	if h.now == nil {
		h.now = time.Now
	}
	if h.zap == nil {
		h.zap = zap.NewNop()
	}
	return h, nil
}

type handler struct {
	gateway      *modelservice.Gateway
	metastore    *modelservice.Metastore
	authenticate func(*http.Request) (string, error)
	maxBody      int64
	writeTimeout time.Duration
	now          func() time.Time
	zap          *zap.Logger
}

// exchange is one request and its answer.
type exchange struct {
	w        http.ResponseWriter
	r        *http.Request
	id       string
	received time.Time
	caller   catalog.PrincipalID
	begun    bool // the answer has begun
}

// ServeHTTP implements http.Handler.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := &exchange{w: w, r: r, id: modelservice.NewRequestID(), received: h.now()}
	defer func() {
		if p := recover(); p != nil {
			h.panicked(x, p)
		}
	}()
	if err := h.serve(x); err != nil {
		x.refuse(modelservice.AsError(err))
	}
}

// panicked answers for code that is not ours: Authenticate, a clock, a
// middleware's writer.
func (h *handler) panicked(x *exchange, p any) {
	h.zap.Error("panic while answering", zap.String("request_id", x.id), zap.Any("panic", p), zap.ByteString("stack", debug.Stack()))
	x.refuse(&modelservice.Error{Code: modelservice.CodeInternal, Message: "An internal error occurred."})
}

// serve answers, or returns the error to answer with.
func (h *handler) serve(x *exchange) error {
	var err error
	if x.caller, err = h.caller(x.r); err != nil {
		if x.r.ContentLength != 0 {
			// Else the server would wait for a stranger's body before it answers.
			x.w.Header().Set("Connection", "close")
		}
		return err
	}
	method, serve := h.route(x.r.URL.Path)
	if serve == nil || x.r.URL.RawPath != "" { // another spelling of a path is no path here
		return notFound(x.r.URL.Path)
	}
	if x.r.Method != method {
		x.w.Header().Set("Allow", method)
		return notAllowed(x.r.Method)
	}
	return serve(x)
}

const (
	prefix          = "/ai-gateway/"
	chatCompletions = "/chat/completions"
)

// route returns what answers a path, and the method to ask it with; nil when
// there is no such path.
func (h *handler) route(path string) (method string, serve func(*exchange) error) {
	rest, ok := strings.CutPrefix(path, prefix)
	if !ok {
		return "", nil
	}
	switch rest {
	case "mlflow/v1/chat/completions", "openai/v1/chat/completions":
		return http.MethodPost, h.chat
	case "mlflow/v1/models", "openai/v1/models":
		return http.MethodGet, h.models
	case "mlflow/v1/embeddings", "mlflow/v1/responses", "openai/v1/responses", "anthropic/v1/messages":
		return http.MethodPost, notImplemented
	case "anthropic/v1/models":
		return http.MethodGet, notImplemented
	}
	return "", nil
}

// chat answers a chat completion.
func (h *handler) chat(x *exchange) error {
	tags, err := requestTags(x.r.Header)
	if err != nil {
		return err
	}
	body, err := readBody(x.r.Body, x.r.ContentLength, h.maxBody)
	if err != nil {
		linger(x.r, h.maxBody)
		return err
	}
	result := h.gateway.Serve(x.r.Context(), &modelservice.Call{
		Caller: x.caller, API: modelservice.ChatCompletions, Body: body,
		RequestID: x.id, Received: x.received, URL: x.r.URL.Path,
		APIType: strings.TrimPrefix(x.r.URL.Path, prefix), Tags: tags,
	}, h.output(x))
	if !x.begun && result.Err != nil {
		// The gateway tells nothing to a caller that went away. One that only
		// closed its sending half is still there to read it, and an empty 200
		// is what the server would send.
		return result.Err
	}
	return nil
}

func notImplemented(x *exchange) error {
	return &modelservice.Error{Code: modelservice.CodeNotImplemented,
		Message: fmt.Sprintf("'%s' is not available here.", x.r.URL.Path)}
}

func notFound(path string) error {
	return &modelservice.Error{Code: modelservice.CodeNoEndpoint,
		Message: fmt.Sprintf("'%s' does not exist", path)}
}

func notAllowed(method string) error {
	return &modelservice.Error{Code: modelservice.CodeBadRequest, Status: http.StatusMethodNotAllowed,
		Message: fmt.Sprintf("Method '%s' is not allowed here.", method)}
}
