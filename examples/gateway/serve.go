package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/modelward/modelward/modelservice"
	"go.uber.org/zap"
)

// door is how much an HTTP client may take of the server. The greatest length of
// a body is the handlers' business.
type door struct {
	headers     time.Duration // for the headers of a request, and for the first byte of a connection
	read        time.Duration // for the whole of a request; an answer may take longer
	write       time.Duration // from its headers to the end of the answer; inference has a limit of its own
	idle        time.Duration // between two requests on a connection
	headerBytes int           // of headers; net/http adds 4,096
}

func defaultDoor() door {
	return door{headers: 10 * time.Second, read: 2 * time.Minute, write: 3 * time.Minute, idle: 2 * time.Minute, headerBytes: 64 << 10}
}

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

	answering sync.RWMutex // held by each request that is being answered, for reading
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
	url := "http://" + ln.Addr().String()
	g.surfaces.discovery = discoveryOf(url)
	calls, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	r := &running{gateway: g, url: url, failed: make(chan error, 1), cancel: cancel, zap: logger}
	r.server = &http.Server{
		Handler:           http.HandlerFunc(r.answer),
		BaseContext:       func(net.Listener) context.Context { return calls },
		ReadHeaderTimeout: s.door.headers,
		ReadTimeout:       s.door.read,
		WriteTimeout:      s.door.write,
		IdleTimeout:       s.door.idle,
		MaxHeaderBytes:    s.door.headerBytes,
		ErrorLog:          zap.NewStdLog(logger.Named("http")),
		// OPTIONS * is answered as any other path that is not there.
		DisableGeneralOptionsHandler: true,
	}
	go func() { r.failed <- r.server.Serve(framing{ln}) }()
	return r, nil
}

func (r *running) answer(w http.ResponseWriter, request *http.Request) {
	r.answering.RLock()
	defer r.answering.RUnlock()
	r.surfaces.ServeHTTP(w, request)
}

// settled waits until all calls have ended whose connections were closed, for
// which http.Server does not: each has a row to write yet.
func (r *running) settled(within time.Duration) {
	done := make(chan struct{})
	go func() {
		r.answering.Lock()
		defer r.answering.Unlock() // who got it has waited for all
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(within):
		r.zap.Warn("calls did not end in time")
	}
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
			r.settled(within.settle / 2)
		}
	}
	r.cancel(errStopping)
	drain, done := context.WithTimeout(context.Background(), within.drain)
	defer done()
	return r.gateway.close(drain)
}
