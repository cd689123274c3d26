package routingtest

import (
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// An Upstream is a provider of models that plays a [Schedule] over HTTP/1.1 on
// the loopback interface. It takes requests for any path that ends in an [API].
// Every request has a connection of its own. Its methods may be called from any
// goroutine.
type Upstream struct {
	*Player
	server  *http.Server
	address string
	dead    *deadPort
	aborter net.Listener
	closing chan struct{}

	state  sync.Mutex
	closed bool
	work   sync.WaitGroup
}

// NewUpstream starts an Upstream that is closed with the test. A schedule that
// cannot be played fails the test.
//
// Refused and TLSAbort happen before a request is seen, so over a network
// nothing can follow them: a model that begins with one of the two has no other
// replies. It has no arrivals either.
func NewUpstream(t testing.TB, s Schedule) *Upstream {
	t.Helper()
	player, err := NewPlayer(s)
	for model := range s {
		if _, early := s.early(model); err == nil {
			err = early
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	u := &Upstream{Player: player, closing: make(chan struct{}), aborter: listen(t)}
	listener := listen(t)
	u.address = listener.Addr().String()
	if u.dead, err = newDeadPort(); err != nil {
		t.Fatal(err)
	}
	u.server = &http.Server{Handler: u}
	u.work.Go(func() { u.server.Serve(listener) })
	u.work.Go(u.abort)
	t.Cleanup(u.Close)
	return u
}

// URL returns where the model is reached: the part of the address before an
// [API], without a slash. It is https for a model that plays TLSAbort.
func (u *Upstream) URL(model string) string {
	shape, _ := u.schedule.early(model)
	switch shape {
	case Refused:
		return "http://" + u.dead.address + "/v1"
	case TLSAbort:
		return "https://" + u.aborter.Addr().String() + "/v1"
	}
	return "http://" + u.address + "/v1"
}

// Close ends all requests and waits for them. NewUpstream sees to it that it is
// called; further calls do nothing.
func (u *Upstream) Close() {
	u.state.Lock()
	first := !u.closed
	u.closed = true
	u.state.Unlock()
	if first {
		close(u.closing)
		u.server.Close()
		u.aborter.Close()
		u.dead.close()
	}
	u.work.Wait()
}

// ServeHTTP implements [http.Handler]. The schedule's Refused and TLSAbort
// reset the connection here.
func (u *Upstream) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	u.state.Lock()
	if u.closed {
		u.state.Unlock()
		panic(http.ErrAbortHandler)
	}
	u.work.Add(1)
	u.state.Unlock()
	defer u.work.Done()
	u.serve(w, r)
}

func apiOf(path string) (API, bool) {
	for _, api := range []API{ChatCompletions, Embeddings, Responses, Messages} {
		if strings.HasSuffix(path, "/"+string(api)) {
			return api, true
		}
	}
	return "", false
}

func listen(t testing.TB) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// abort resets every connection when the client has begun the handshake. To do
// it before might look like a connection that was never made.
func (u *Upstream) abort() {
	for {
		conn, err := u.aborter.Accept()
		if err != nil {
			return
		}
		u.work.Go(func() {
			conn.SetReadDeadline(time.Now().Add(time.Second)) // who says nothing is not waited for
			conn.Read(make([]byte, 1))
			reset(conn)
		})
	}
}

// reset ends a connection such that the other side sees it reset.
func reset(conn net.Conn) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		tcp.SetLinger(0)
	}
	conn.Close()
}

// A deadPort is an address that refuses connections and that nobody else gets:
// the local end of a connection, on which nobody listens.
type deadPort struct {
	address string
	ends    [2]net.Conn
	through net.Listener
}

func newDeadPort() (*deadPort, error) {
	through, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	d := &deadPort{through: through}
	if d.ends[0], err = net.Dial("tcp", through.Addr().String()); err == nil {
		d.ends[1], err = through.Accept()
	}
	if err != nil {
		d.close()
		return nil, err
	}
	d.address = d.ends[0].LocalAddr().String()
	return d, nil
}

func (d *deadPort) close() {
	for _, end := range d.ends {
		if end != nil {
			end.Close()
		}
	}
	d.through.Close()
}
