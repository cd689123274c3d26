package query

import (
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
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
	// the catalog. Required; see package authn. An error is answered with 401
	// unless it is, or wraps, a *modelservice.Error. It must not read the
	// body, and must be safe for concurrent use.
	Authenticate func(*http.Request) (principal string, err error)

	// SessionHeaders are the names of headers that name a session, in any
	// spelling: all calls of one session go to the same destination of a
	// traffic split (spec §4.2). The first that a request has, and that is not
	// empty, counts, with its first 1,024 bytes. The value is in the call that
	// a trace is told of, so it should be no credential. Default nil:
	// x-session-id, session_id, x-claude-code-session-id. Empty: none.
	SessionHeaders []string
	// LogHeaders are the names of headers, in any spelling, whose values are in
	// the rows of inference tables, column request_headers, by their names in
	// lower case: 32 at most, and of each value 1,024 bytes. [New] refuses names
	// that credentials may be in: those with auth, cookie, token, secret, pass,
	// pwd, otp, credential, key, jwt, signature, saml, cert, bearer, dpop,
	// assertion or principal in them. Default: none.
	LogHeaders []string
	// MaxBody is the greatest length of a request's body in bytes; a longer
	// one is answered with 413 (ruling R37). Default 0 or less: 16 MiB.
	MaxBody int64
	// WriteTimeout is how long the caller may take to accept each part of an
	// answer; one who takes longer, by at most a second, counts as gone. While
	// an answer is written it stands in for http.Server.WriteTimeout, which
	// bounds whole streams. Default 0: 30 s. Negative: the server's limit
	// stays.
	WriteTimeout time.Duration
	// Now is the clock of calls and deadlines. Default: time.Now.
	Now func() time.Time
	// Logger receives what a person should know. Default: nothing is logged.
	Logger *zap.Logger
}

const defaultWriteTimeout = 30 * time.Second

// New returns a handler for the paths below /ai-gateway/. It answers every
// path; mount it where its paths are. The only errors are that of a required
// field left out, of a session header that no request can have, and of a header
// that no row can have.
func New(cfg Config) (http.Handler, error) {
	switch {
	case cfg.Gateway == nil:
		return nil, errors.New("query: Config.Gateway is required")
	case cfg.Metastore == nil:
		return nil, errors.New("query: Config.Metastore is required")
	case cfg.Authenticate == nil:
		return nil, errors.New("query: Config.Authenticate is required")
	}
	sessions, err := sessionHeaders(cfg.SessionHeaders)
	if err != nil {
		return nil, fmt.Errorf("query: Config.SessionHeaders: %w", err)
	}
	logged, err := logHeaders(cfg.LogHeaders)
	if err != nil {
		return nil, fmt.Errorf("query: Config.LogHeaders: %w", err)
	}
	h := &handler{
		surface:      surface{cfg.Gateway, cfg.Metastore, cfg.MaxBody, sessions, cfg.Now, logged},
		authenticate: cfg.Authenticate, writeTimeout: cfg.WriteTimeout, zap: cfg.Logger,
	}
	h.complete()
	if h.writeTimeout == 0 {
		h.writeTimeout = defaultWriteTimeout
	}
	if h.zap == nil {
		h.zap = zap.NewNop()
	}
	return h, nil
}

type handler struct {
	surface
	authenticate func(*http.Request) (string, error)
	writeTimeout time.Duration // negative: none of ours
	zap          *zap.Logger
}

// ServeHTTP implements http.Handler.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := &exchange{h: h, w: w, r: r, control: *http.NewResponseController(w)}
	x.call.RequestID, x.form = modelservice.NewRequestID(), formOf(r.URL.Path)
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		begun := x.begun
		if p != http.ErrAbortHandler {
			h.panicked(x, p)
		}
		if begun || p == http.ErrAbortHandler {
			// What the caller has is not whole and must not end as if it were.
			panic(http.ErrAbortHandler)
		}
	}()
	if err := h.serve(x); err != nil {
		x.refuse(modelservice.AsError(err))
	}
	x.hearOut()
}

// panicked answers for code that is not ours: Authenticate, a clock, a
// middleware's writer.
func (h *handler) panicked(x *exchange, p any) {
	h.zap.Error("panic while answering", zap.String("request_id", x.call.RequestID), zap.String("panic", fmt.Sprintf("%T", p)), zap.ByteString("stack", debug.Stack()))
	x.refuse(&modelservice.Error{Code: modelservice.CodeInternal, Message: "An internal error occurred."})
}

// serve answers, or returns the error to answer with.
func (h *handler) serve(x *exchange) error {
	var err error
	x.call.Received = h.now()
	if x.call.Caller, err = h.caller(x.r); err != nil {
		x.leaveBody()
		return err
	}
	e, model := find(x.r.URL)
	if e == nil {
		x.leaveBody()
		return notFound(x.r.URL.Path)
	}
	x.form = e.api
	if method := e.method(); x.r.Method != method {
		x.w.Header().Set("Allow", method)
		x.leaveBody()
		return notAllowed(x.r.Method)
	}
	if e.list {
		x.leaveBody()
		return h.list(x, e, model)
	}
	return h.invoke(x, e)
}

// caller finds out who asks.
func (h *handler) caller(r *http.Request) (catalog.PrincipalID, error) {
	name, err := h.authenticate(r)
	if err != nil {
		var own *modelservice.Error
		if errors.As(err, &own) {
			return 0, own
		}
		return 0, unauthenticated(err)
	}
	return h.principal(name)
}

// list answers with the models there are.
func (h *handler) list(x *exchange, e *endpoint, model string) error {
	body, err := h.models(x.call.Caller, e, model, x.r.URL)
	if err == nil {
		x.answer(http.StatusOK, listHeader(x.call.RequestID), body)
	}
	return err
}

func listHeader(id string) http.Header {
	return http.Header{"Content-Type": {"application/json"}, modelservice.RequestIDHeader: {id}}
}

// invoke answers a call.
func (h *handler) invoke(x *exchange, e *endpoint) error {
	err := h.describe(&x.call, e, x.r.URL.Path, x.r.Header)
	if err != nil {
		x.leaveBody()
		return err
	}
	x.call.IPAddress = ipAddress(x.r.RemoteAddr)
	if x.call.Body, err = readBody(x.r.Body, x.r.ContentLength, h.maxBody); err != nil {
		x.leaveBody()
		return err
	}
	result := h.gateway.Serve(x.r.Context(), &x.call, x)
	if x.torn {
		panic(http.ErrAbortHandler)
	}
	if !x.begun && result.Err != nil {
		// The gateway tells nothing to a caller that went away. One that only
		// closed its sending half is still there to read it, and an empty 200
		// is what the server would send.
		return result.Err
	}
	return nil
}
