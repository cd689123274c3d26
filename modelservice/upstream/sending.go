package upstream

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http/httptrace"
	"sync"

	"github.com/modelward/modelward/routing"
)

// sending follows one attempt to the wire, to tell afterwards whether the
// provider may have seen any of it (ruling R3).
type sending struct {
	mu       sync.Mutex
	got      net.Conn // the connection used last; nil: there was none
	before   int64    // what had been written to it by then
	distrust bool     // a TLS handshake failed
	whole    bool     // a connection has taken the whole request
	hooks    httptrace.ClientTrace
}

// errRepeat ends an attempt that package http would have sent once more.
var errRepeat = errors.New("not sent once more: the provider may have the whole request")

// trace returns ctx with s watching.
func (s *sending) trace(ctx context.Context) context.Context {
	s.hooks = httptrace.ClientTrace{GotConn: s.gotConn, TLSHandshakeDone: s.shook, WroteRequest: s.wrote}
	return httptrace.WithClientTrace(ctx, &s.hooks)
}

func (s *sending) shook(_ tls.ConnectionState, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.distrust = err != nil
}

func (s *sending) wrote(info httptrace.WroteRequestInfo) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.whole = s.whole || info.Err == nil
}

func (s *sending) gotConn(info httptrace.GotConnInfo) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.got, s.before = info.Conn, 0
	if c := counted(info.Conn); c != nil {
		s.before = c.written.Load()
	}
}

// counted finds the connection that counts, below TLS.
func counted(c net.Conn) *conn {
	if t, ok := c.(*tls.Conn); ok {
		c = t.NetConn()
	}
	counting, _ := c.(*conn)
	return counting
}

// connected tells whether there was a connection to write to.
func (s *sending) connected() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.got != nil
}

// distrusted tells whether it was the TLS handshake that failed.
func (s *sending) distrusted() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.distrust
}

// nothing tells whether certainly no byte of the attempt was written.
func (s *sending) nothing() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.got == nil {
		return true
	}
	if shared(s.got) {
		return false // what is written there may belong to others
	}
	c := counted(s.got)
	return c != nil && c.written.Load() == s.before
}

// complete tells, when package http is about to send a request once more,
// whether the provider may have the whole of it. Over HTTP/1 nothing was written
// then, whatever wrote was told of a buffer. Over HTTP/2 all may have been:
// package http believes a provider that says it did not look.
func (s *sending) complete() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.whole && shared(s.got)
}

// shared tells whether HTTP/2 is spoken on a connection.
func shared(c net.Conn) bool {
	t, ok := c.(*tls.Conn)
	return ok && t.ConnectionState().NegotiatedProtocol == "h2"
}

// failure says what err, instead of an answer, means.
func (s *sending) failure(ctx context.Context, m *model, err error) error {
	f := &routing.Failure{Cause: routing.CauseReset, Class: routing.ClassUncertain,
		Err: m.scrub.error(fmt.Errorf("upstream: %s: %w", m.name, err))}
	if s.nothing() {
		f.Cause, f.Class = routing.CauseRefused, routing.ClassNotSent
		var timeout net.Error
		switch {
		case s.connected():
		case errors.As(err, &timeout) && timeout.Timeout():
			f.Cause = routing.CauseTimeoutConnect
		case s.distrusted():
			f.Cause = routing.CauseTLS
		}
	}
	if ctx.Err() != nil {
		f.Cause, f.Err = routing.CauseCanceled, ctx.Err()
	}
	return f
}
