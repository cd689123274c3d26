package upstream_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/modelservice/upstream"
	"github.com/modelward/modelward/ratelimit"
	"github.com/modelward/modelward/routing"
)

// canary is the credential of all tests. It has characters that URLs, JSON and
// base64 each write in their own way.
const canary = `sk-canary/+="&<\key`

// world is a whole gateway with one service, main.default.chat, that sends to
// system.ai.m.
type world struct {
	gateway *modelservice.Gateway
	caller  catalog.PrincipalID
}

func newWorld(t testing.TB, backend modelservice.Backend) *world {
	t.Helper()
	ctx := context.Background()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	c, err := catalog.Open(ctx, nil, &catalog.Options{Kinds: modelservice.Kinds()})
	must(err)
	t.Cleanup(func() { c.Close(ctx) })
	ms, err := modelservice.NewMetastore(ctx, c, authz.New(nil), nil)
	must(err)
	must(ms.SyncSystem(ctx, []string{"m"}))
	w := new(world)
	_, err = c.Update(ctx, "test", func(tx *catalog.Tx) error {
		if w.caller, err = tx.CreatePrincipal(catalog.User, "admin"); err != nil {
			return err
		}
		return tx.AddMember(catalog.MetastoreAdmins, w.caller)
	})
	must(err)
	_, err = ms.CreateCatalog(ctx, w.caller, modelservice.NewObject{Name: "main"})
	must(err)
	_, err = ms.CreateSchema(ctx, w.caller, catalog.FullName{Catalog: "main"}, modelservice.NewObject{Name: "default"})
	must(err)
	_, err = ms.CreateService(ctx, w.caller, modelservice.NewService{
		Parent: catalog.FullName{Catalog: "main", Schema: "default"}, Name: "chat",
		Spec: modelservice.Spec{Destinations: []modelservice.Destination{
			{Name: "one", Type: modelservice.PayPerToken, Model: "system.ai.m"},
		}},
	})
	must(err)
	w.gateway, err = modelservice.NewGateway(modelservice.Config{
		Metastore: ms, Router: routing.New(nil), Limiter: ratelimit.New(nil), Backend: backend,
	})
	must(err)
	return w
}

// call sends a chat completion through the gateway.
func (w *world) call(ctx context.Context, body string) (*modelservice.Answer, error) {
	return w.ask(ctx, modelservice.ChatCompletions, body)
}

// ask sends a body of any API through the gateway.
func (w *world) ask(ctx context.Context, api modelservice.API, body string) (*modelservice.Answer, error) {
	return w.gateway.Invoke(ctx, &modelservice.Call{Caller: w.caller, API: api, Body: []byte(body)})
}

const (
	whole  = `{"model":"main.default.chat","messages":[{"role":"user","content":"hello"}]}`
	stream = `{"model":"main.default.chat","stream":true,"messages":[{"role":"user","content":"hello"}]}`
)

// capture is a Backend that keeps what it is asked to send.
type capture struct {
	to modelservice.Target
	r  *modelservice.Request
}

func (c *capture) Send(_ context.Context, to modelservice.Target, r *modelservice.Request) (*modelservice.Response, error) {
	c.to, c.r = to, r
	return nil, errors.New("captured")
}

// captured returns what the gateway hands to a Backend for a chat completion.
func captured(t testing.TB, body string) (modelservice.Target, *modelservice.Request) {
	t.Helper()
	return capturedCall(t, &modelservice.Call{Body: []byte(body)})
}

// capturedCall returns what the gateway hands to a Backend for a call.
func capturedCall(t testing.TB, call *modelservice.Call) (modelservice.Target, *modelservice.Request) {
	t.Helper()
	var c capture
	w := newWorld(t, &c)
	call.Caller = w.caller
	w.gateway.Invoke(t.Context(), call)
	if c.r == nil {
		t.Fatal("the gateway has sent nothing")
	}
	return c.to, c.r
}

// backendFor returns a backend whose system.ai.m is at base.
func backendFor(t testing.TB, base string, more ...func(*upstream.Config)) *upstream.Backend {
	t.Helper()
	cfg := upstream.Config{Models: map[string]upstream.Model{
		"system.ai.m": {BaseURL: base, APIKey: inferencelog.NewSecret(canary)},
	}}
	for _, change := range more {
		change(&cfg)
	}
	b, err := upstream.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

// family makes a backend's system.ai.m a model of a family.
func family(api upstream.API) func(*upstream.Config) {
	return func(c *upstream.Config) {
		m := c.Models["system.ai.m"]
		m.API = api
		c.Models["system.ai.m"] = m
	}
}

// serve starts a provider.
func serve(t testing.TB, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server
}

// serveRaw starts a provider that is given each connection as it comes.
func serveRaw(t testing.TB, handle func(net.Conn)) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				handle(c)
			}()
		}
	}()
	return l.Addr().String()
}

// readRequest reads one request with a Content-Length from c.
func readRequest(c net.Conn) {
	var got []byte
	buffer := make([]byte, 4096)
	for {
		n, err := c.Read(buffer)
		got = append(got, buffer[:n]...)
		head, body, whole := strings.Cut(string(got), "\r\n\r\n")
		var length int
		if _, after, ok := strings.Cut(head, "Content-Length: "); ok {
			fmt.Sscan(after, &length)
		}
		if whole && len(body) >= length || err != nil {
			return
		}
	}
}

// reset closes c so that the other end sees a reset.
func reset(c net.Conn) {
	c.(*net.TCPConn).SetLinger(0)
	c.Close()
}

// settled waits until no more goroutines run than before, for as long as
// connections may take to notice that they were closed.
func settled(t *testing.T, before int) {
	t.Helper()
	deadline := time.After(5 * time.Second)
	for runtime.NumGoroutine() > before {
		select {
		case <-deadline:
			stacks := make([]byte, 1<<20)
			t.Fatalf("%d goroutines before, %d now:\n%s", before, runtime.NumGoroutine(), stacks[:runtime.Stack(stacks, true)])
		default:
			runtime.Gosched()
		}
	}
}

// noCanary fails if any part of text shows the credential.
func noCanary(t *testing.T, where, text string) {
	t.Helper()
	for _, part := range []string{"canary", "c2stY2FuYXJ5", "stY2FuYXJ5", "Y2FuYXJ5"} {
		if strings.Contains(text, part) {
			t.Errorf("%s shows the credential: %q", where, text)
		}
	}
}

func readAll(t *testing.T, r io.Reader) string {
	t.Helper()
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
