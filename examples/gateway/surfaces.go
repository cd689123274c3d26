package main

import (
	"fmt"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/internal/unread"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/ratelimit"
)

// surfaces hands each request to the surface whose path it is, and answers for
// the paths of none. It is no http.ServeMux, which would redirect some spellings of a path to others: in
// the handlers behind it every path has one spelling.
type surfaces struct {
	management http.Handler
	inference  http.Handler
	document   http.Handler
	discovery  []byte // what is at discoveryPath
	rows       *inferencelog.Logger
	limits     func() ratelimit.Health
}

func (s *surfaces) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch path := r.URL.Path; {
	case strings.HasPrefix(path, "/api/"):
		s.management.ServeHTTP(w, r)
	case strings.HasPrefix(path, "/ai-gateway/"):
		s.inference.ServeHTTP(w, r)
	default:
		unread.Announce(w, r)
		s.small(w, r, path)
		unread.Drain(w, r, unheard)
	}
}

// unheard is how many bytes of a body that nobody reads are listened to.
const unheard = 128 << 20

// small answers for the paths of no surface.
func (s *surfaces) small(w http.ResponseWriter, r *http.Request, path string) {
	switch {
	case path != "/healthz" && path != "/openapi.json" && path != discoveryPath:
		refuse(w, &modelservice.Error{Code: "ENDPOINT_NOT_FOUND", Status: http.StatusNotFound,
			Message: "There is nothing at this path."})
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		w.Header().Set("Allow", "GET, HEAD")
		refuse(w, &modelservice.Error{Code: modelservice.CodeBadRequest, Status: http.StatusMethodNotAllowed,
			Message: fmt.Sprintf("%s does not take %s.", path, r.Method)})
	case path == "/healthz":
		s.health(w)
	case path == discoveryPath:
		s.discover(w)
	default:
		w.Header()[modelservice.RequestIDHeader] = []string{modelservice.NewRequestID()}
		s.document.ServeHTTP(w, r)
	}
}

// health answers as long as requests are answered at all; "degraded" is a server that answers calls and cannot keep their
// rows as it should.
func (s *surfaces) health(w http.ResponseWriter) {
	rows, log, limits := s.rows.Stats(), s.rows.Health(), s.limits()
	status := "ok"
	if log.State != inferencelog.Working {
		status = "degraded"
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.Header()[modelservice.RequestIDHeader] = []string{modelservice.NewRequestID()}
	writeJSON(w, healthBody{
		Status: status, Version: version(),
		Rows: rowsBody{Accepted: rows.Accepted, Stored: rows.Stored, Pending: rows.Pending, Lost: rows.Lost},
		Log: logBody{
			State: string(log.State), Since: string(inferencelog.AppendTime(nil, log.Since)), OldestMs: log.Oldest.Milliseconds(),
			JournalRows: log.Journal.Rows, JournalBytes: log.Journal.Bytes,
		},
		Limits: limitsBody{Buckets: limits.Buckets, Full: limits.Full},
	})
}

type healthBody struct {
	Status  string     `json:"status"`
	Version string     `json:"version"`
	Rows    rowsBody   `json:"rows"`
	Log     logBody    `json:"log"`
	Limits  limitsBody `json:"limits"`
}

// rowsBody is the books of the log: accepted = stored + pending + lost.
type rowsBody struct {
	Accepted int64 `json:"accepted"`
	Stored   int64 `json:"stored"`
	Pending  int64 `json:"pending"`
	Lost     int64 `json:"lost"`
}

// logBody is how the log stands. Why it does not work is in the server's own lines, not here, where anybody reads.
type logBody struct {
	State        string `json:"state"` // working, journal_away, sink_failing or closed
	Since        string `json:"since"`
	OldestMs     int64  `json:"oldest_ms"`    // how long the oldest row waits
	JournalRows  int64  `json:"journal_rows"` // acknowledged, and not in the tables yet
	JournalBytes int64  `json:"journal_bytes"`
}

// limitsBody is how many counts are kept for rate limits, and how many calls were
// refused since the start because there was no room for one more.
type limitsBody struct {
	Buckets int    `json:"buckets"`
	Full    uint64 `json:"refused_for_room"`
}

// version is that of the module, or "(devel)" for a build of a work tree.
func version() string {
	if build, ok := debug.ReadBuildInfo(); ok && build.Main.Version != "" {
		return build.Main.Version
	}
	return "(devel)"
}

func refuse(w http.ResponseWriter, e *modelservice.Error) {
	id := modelservice.NewRequestID()
	for key, values := range e.Header(id) {
		w.Header()[key] = values
	}
	body := e.ManagementBody(id)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(e.HTTPStatus())
	w.Write(body)
}
