package query_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/modelservice/query"
	"github.com/modelward/modelward/ratelimit"
	"github.com/modelward/modelward/routing"
)

// slow is a Backend whose stream takes its time before each event.
type slow struct {
	events   []string
	gap      time.Duration
	finished chan<- time.Time // when the stream was given up or read to its end; holds one
}

func (s slow) Send(ctx context.Context, _ modelservice.Target, _ *modelservice.Request) (*modelservice.Response, error) {
	body := &slowBody{slow: s, ctx: ctx}
	return &modelservice.Response{Status: http.StatusOK, Header: http.Header{"Content-Type": {"text/event-stream"}}, Body: body}, nil
}

type slowBody struct {
	slow
	ctx  context.Context
	rest string
}

func (b *slowBody) Read(p []byte) (int, error) {
	if b.rest == "" {
		if len(b.events) == 0 {
			return 0, io.EOF
		}
		select {
		case <-time.After(b.gap):
		case <-b.ctx.Done():
			return 0, b.ctx.Err()
		}
		b.rest, b.events = b.events[0], b.events[1:]
	}
	n := copy(p, b.rest)
	b.rest = b.rest[n:]
	return n, nil
}

func (b *slowBody) Close() error {
	b.finished <- time.Now()
	return nil
}

// pipes is a listener whose connections are pipes in this process, so that their
// deadlines run by a test's own time.
type pipes chan net.Conn

func (p pipes) Accept() (net.Conn, error) {
	conn, ok := <-p
	if !ok {
		return nil, net.ErrClosed
	}
	return conn, nil
}
func (p pipes) Close() error   { return nil }
func (p pipes) Addr() net.Addr { return &net.UnixAddr{} }

// overPipe calls main.default.chat as alice over a pipe, and hands the answer
// to look.
func overPipe(t *testing.T, http2 bool, backend modelservice.Backend, look func(*http.Response)) {
	ctx := context.Background()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	c, err := catalog.Open(ctx, nil, &catalog.Options{Kinds: modelservice.Kinds()})
	must(err)
	defer c.Close(ctx)
	metastore, err := modelservice.NewMetastore(ctx, c, authz.New(nil), nil)
	must(err)
	must(setUp(ctx, metastore))
	gateway, err := modelservice.NewGateway(modelservice.Config{
		Metastore: metastore, Limiter: ratelimit.New(nil), Backend: backend,
		Router: routing.New(&routing.Options{Timeouts: routing.Timeouts{FirstToken: time.Hour, Idle: time.Hour, Attempt: time.Hour, Total: time.Hour}}),
	})
	must(err)
	handler, err := query.New(query.Config{Gateway: gateway, Metastore: metastore,
		Authenticate: func(*http.Request) (string, error) { return "alice", nil }})
	must(err)

	protocols := new(http.Protocols)
	protocols.SetHTTP1(!http2)
	protocols.SetUnencryptedHTTP2(http2)
	server := &http.Server{Handler: handler, Protocols: protocols}
	conns := make(pipes)
	served := make(chan struct{})
	go func() {
		server.Serve(conns)
		close(served)
	}()
	transport := &http.Transport{Protocols: protocols, DialContext: func(context.Context, string, string) (net.Conn, error) {
		near, far := net.Pipe()
		conns <- far
		return near, nil
	}}
	response, err := (&http.Client{Transport: transport}).Post("http://gateway"+chatPath, "application/json", strings.NewReader(chatBody("chat", true)))
	must(err)
	if (response.ProtoMajor == 2) != http2 {
		t.Errorf("the answer came over %s", response.Proto)
	}
	look(response)
	response.Body.Close()
	transport.CloseIdleConnections()
	close(conns)
	server.Close()
	<-served
}

// A provider may be silent for longer than a caller may take to read: over
// HTTP/1, where the deadline of the last write passes meanwhile, and over HTTP/2,
// where one that passed would end the stream.
func TestSilence(t *testing.T) {
	for _, http2 := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			events := []string{event("a"), event("b"), event("c"), finish, done}
			backend := slow{events, 40 * time.Second, make(chan time.Time, 1)} // more than WriteTimeout
			overPipe(t, http2, backend, func(response *http.Response) {
				body, err := io.ReadAll(response.Body)
				if err != nil || string(body) != strings.Join(events, "") {
					t.Errorf("HTTP/2 %t: got %q, %v", http2, body, err)
				}
			})
		})
	}
}

// A caller who does not read is gone after WriteTimeout, and a second at most.
func TestNobodyReads(t *testing.T) {
	for _, http2 := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			long := event(strings.Repeat("x", 1<<20)) // more than what is sent ahead of a reader
			events := []string{event("a")}
			for range 20 {
				events = append(events, long)
			}
			finished := make(chan time.Time, 1)
			began := time.Now()
			overPipe(t, http2, slow{events, time.Millisecond, finished}, func(*http.Response) {
				if took := (<-finished).Sub(began); took < 30*time.Second || took > 31*time.Second+100*time.Millisecond {
					t.Errorf("HTTP/2 %t: the provider was let go after %v", http2, took)
				}
			})
		})
	}
}
