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
	mu     sync.Mutex
	got    net.Conn // the connection used last; nil: there was none
	before int64    // what had been written to it by then
}

// trace returns ctx with s watching.
func (s *sending) trace(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: s.gotConn})
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

// nothing tells whether certainly no byte of the attempt was written.
func (s *sending) nothing() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.got == nil {
		return true
	}
	if t, ok := s.got.(*tls.Conn); ok && t.ConnectionState().NegotiatedProtocol == "h2" {
		return false // what is written there may belong to others
	}
	c := counted(s.got)
	return c != nil && c.written.Load() == s.before
}

// failure says what err, instead of an answer, means.
func (s *sending) failure(ctx context.Context, m *model, err error) error {
	f := &routing.Failure{Cause: routing.CauseReset, Class: routing.ClassUncertain,
		Err: m.scrub.error(fmt.Errorf("upstream: %s: %w", m.name, err))}
	if s.nothing() {
		f.Cause, f.Class = routing.CauseRefused, routing.ClassNotSent
		var timeout net.Error
		if !s.connected() && errors.As(err, &timeout) && timeout.Timeout() {
			f.Cause = routing.CauseTimeoutConnect
		}
	}
	if ctx.Err() != nil {
		f.Cause, f.Err = routing.CauseCanceled, ctx.Err()
	}
	return f
}
