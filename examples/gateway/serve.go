package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/modelward/modelward/modelservice"
	"go.uber.org/zap"
)

// Limits of the HTTP server. The greatest length of a body is the handlers'
// business.
const (
	headerTimeout  = 10 * time.Second // for the headers of a request
	readTimeout    = 2 * time.Minute  // for the whole of it; an answer may take longer
	writeTimeout   = 3 * time.Minute  // from its headers to the end of the answer; inference has a limit of its own
	idleTimeout    = 2 * time.Minute  // between two requests on a connection
	maxHeaderBytes = 64 << 10
)

// grace is how long the parts of stopping may take.
type grace struct {
	finish time.Duration // for what is under way to finish; then it is cancelled
	settle time.Duration // for what was cancelled to settle and be recorded
	drain  time.Duration // for the log to write its rows
}

func defaultGrace() grace { return grace{7 * time.Second, 2 * time.Second, 10 * time.Second} }

// errStopping is why a call is cancelled that did not finish in time; its
// caller is told so.
var errStopping = &modelservice.Error{Code: modelservice.CodeUnavailable, Message: "The server is shutting down."}

// running is a gateway that answers requests.
type running struct {
	*gateway
	url    string
	server *http.Server
	failed chan error              // why it does not answer any more
	cancel context.CancelCauseFunc // ends every call
	zap    *zap.Logger
}

// start makes a gateway and lets it listen.
func start(ctx context.Context, s *settings, logger *zap.Logger) (*running, error) {
	// The address first: a start that fails has changed nothing in data_dir.
	ln, err := net.Listen("tcp", s.listen)
	if err != nil {
		return nil, err
	}
	g, err := build(ctx, s, logger)
	if err != nil {
		return nil, errors.Join(err, ln.Close())
	}
	calls, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	r := &running{gateway: g, url: "http://" + ln.Addr().String(), failed: make(chan error, 1), cancel: cancel, zap: logger}
	r.server = &http.Server{
		Handler:           g.handler,
		BaseContext:       func(net.Listener) context.Context { return calls },
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          zap.NewStdLog(logger.Named("http")),
	}
	go func() { r.failed <- r.server.Serve(ln) }()
	return r, nil
}

// stop ends the server: no new calls, those under way finish or are cancelled,
// the log is drained, the stores are closed. It returns how many rows were lost
// since the start.
func (r *running) stop(within grace) (lost int64, err error) {
	finish, done := context.WithTimeout(context.Background(), within.finish)
	defer done()
	if r.server.Shutdown(finish) != nil {
		r.zap.Warn("calls under way are cancelled")
		r.cancel(errStopping)
		settle, done := context.WithTimeout(context.Background(), within.settle)
		defer done()
		if r.server.Shutdown(settle) != nil {
			r.server.Close()
		}
	}
	r.cancel(errStopping)
	drain, done := context.WithTimeout(context.Background(), within.drain)
	defer done()
	return r.gateway.close(drain)
}
