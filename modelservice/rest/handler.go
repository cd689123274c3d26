package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path"
	"strings"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
	"go.uber.org/zap"
)

// Config says what a handler is made of.
type Config struct {
	// Metastore is what is managed. Required.
	Metastore *modelservice.Metastore
	// Authenticate returns the name of the user or service principal that a
	// request comes from. An error is answered with 401 and its text goes to
	// the log alone, unless it is, or wraps, a *modelservice.Error. It must not
	// read the body, and must be safe for concurrent use. What browsers send
	// by themselves, such as cookies, is a credential only behind
	// http.CrossOriginProtection or its like: the type of a body is not looked
	// at, so that any page could have one sent. Required; see package authn.
	Authenticate func(*http.Request) (string, error)
	// Health returns how destinations fare, if it is the caller's to know; it
	// is the gateway's method of that name. Default nil: there is no such path.
	Health func(caller catalog.PrincipalID) ([]modelservice.DestinationHealth, error)
	// Limits returns how the limits of a service stand, if it is the caller's
	// to know; it is the gateway's method of that name. Default nil: there is
	// no such path.
	Limits func(ctx context.Context, caller catalog.PrincipalID, name catalog.FullName, of string, tags map[string]string) (modelservice.LimitReport, error)
	// Logger receives what a person should know. Default: nothing is logged.
	Logger *zap.Logger
	// MaxBody is the greatest length of a request's body in bytes; a longer
	// one is answered with 413 (ruling R37). Default, also for what is not
	// positive: 16 MiB.
	MaxBody int64
}

const defaultMaxBody = 16 << 20

// New returns the handler of the management API. It answers the paths of the
// package comment and refuses all others with 404, so it is mounted at "/api/"
// or wherever the host routes these paths; they are matched as they come. It
// may be used from any number of goroutines and has nothing to close. The only
// error is that of a required field left out.
func New(cfg Config) (http.Handler, error) {
	if cfg.Metastore == nil {
		return nil, errors.New("rest: Config.Metastore is required")
	}
	if cfg.Authenticate == nil {
		return nil, errors.New("rest: Config.Authenticate is required")
	}
	h := &handler{ms: cfg.Metastore, authenticate: cfg.Authenticate, health: cfg.Health, limits: cfg.Limits, log: cfg.Logger, maxBody: cfg.MaxBody}
	if h.log == nil {
		h.log = zap.NewNop()
	}
	if h.maxBody <= 0 {
		h.maxBody = defaultMaxBody
	}
	for pattern, actions := range h.routes() {
		h.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { h.serve(w, r, actions) })
	}
	h.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { h.serve(w, r, nil) })
	return h, nil
}

type handler struct {
	ms           *modelservice.Metastore
	authenticate func(*http.Request) (string, error)
	health       func(catalog.PrincipalID) ([]modelservice.DestinationHealth, error)                                                       // nil: not shown
	limits       func(context.Context, catalog.PrincipalID, catalog.FullName, string, map[string]string) (modelservice.LimitReport, error) // likewise
	log          *zap.Logger
	maxBody      int64
	mux          http.ServeMux
}

// ServeHTTP keeps paths from the mux that it would redirect to a cleaner
// spelling: nothing has two spellings here.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !plainPath(r.URL.EscapedPath()) {
		h.serve(w, r, nil)
		return
	}
	h.mux.ServeHTTP(w, r)
}

func plainPath(p string) bool {
	clean := strings.TrimSuffix(path.Clean(p), "/")
	return strings.HasPrefix(p, "/") && (p == clean || p == clean+"/")
}

// serve answers one request with the action of its method: who asks comes
// first, then what is asked, then whether he may.
func (h *handler) serve(w http.ResponseWriter, hr *http.Request, actions map[string]action) {
	r := &request{Request: hr, w: w, id: modelservice.NewRequestID(), maxBody: h.maxBody}
	defer func() {
		if p := recover(); p != nil {
			h.log.Error("management request panicked", zap.String("request_id", r.id), zap.String("path", hr.Pattern),
				zap.String("panic", fmt.Sprintf("%T", p)), zap.Stack("stack"))
			h.refuse(w, r, internal(nil))
		}
	}()
	answer, err := h.act(r, actions)
	if err != nil {
		e := modelservice.AsError(err)
		if e.Code == modelservice.CodeInternal {
			h.log.Error("management request failed", zap.String("request_id", r.id), zap.String("path", hr.Pattern), zap.Error(err))
		}
		h.refuse(w, r, e)
		return
	}
	body, err := encode(answer)
	if err != nil {
		h.log.Error("management answer cannot be encoded", zap.String("request_id", r.id), zap.Error(err))
		h.refuse(w, r, internal(err))
		return
	}
	w.Header().Set("Content-Type", "application/json")
	r.answer(http.StatusOK, body)
}

// encode writes an answer. It is no part of a page of HTML, where <, > and &
// would have to be six bytes long.
func encode(answer any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(answer); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

func (h *handler) act(r *request, actions map[string]action) (any, error) {
	var err error
	if r.caller, err = h.caller(r); err != nil {
		return nil, err
	}
	if actions == nil {
		return nil, noEndpoint()
	}
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	do, ok := actions[method]
	if !ok {
		r.w.Header().Set("Allow", allowed(actions))
		return nil, noMethod()
	}
	if err := r.parseQuery(); err != nil {
		return nil, err
	}
	return do(r)
}

// caller finds who is asking. Only users and service principals log in (ruling
// R19).
func (h *handler) caller(r *request) (catalog.PrincipalID, error) {
	name, err := h.authenticate(r.Request)
	var own *modelservice.Error
	if errors.As(err, &own) {
		return 0, own
	}
	if err != nil {
		h.log.Debug("request is not authenticated", zap.String("request_id", r.id), zap.Error(err))
		return 0, unauthenticated()
	}
	p, ok := h.ms.Catalog().Snapshot().PrincipalNamed(name)
	if !ok || p.Type != catalog.User && p.Type != catalog.ServicePrincipal {
		return 0, unauthenticated()
	}
	return p.ID, nil
}

func (h *handler) refuse(w http.ResponseWriter, r *request, e *modelservice.Error) {
	for name, values := range e.Header(r.id) {
		w.Header()[name] = values
	}
	if e.Code == modelservice.CodeUnauthenticated {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	r.answer(e.HTTPStatus(), e.ManagementBody(r.id))
}
