package e2e

import (
	"context"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	anthropicoption "github.com/anthropics/anthropic-sdk-go/option"
	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/ratelimit"
	"github.com/openai/openai-go/v3/option"
)

// A program that went over a limit and lets its SDK try again is answered at
// the first retry: the SDK waits as long as Retry-After says, and that is
// enough.
func TestSDKWaitsForTheLimit(t *testing.T) {
	for _, family := range []string{"gpt", "claude"} {
		t.Run(family, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, p := bubble(t)
				c := s.inProcess(admin)
				for _, wait := range []time.Duration{0, time.Minute} { // one call a minute
					began := time.Now()
					must(t, c.again(t.Context(), family, "main.default.small_"+family))
					if took := time.Since(began); took < wait || took > wait+2*time.Second {
						t.Errorf("answered after %v, want %v", took, wait)
					}
				}
				if n := len(p.requests()); n != 2 {
					t.Errorf("%d requests reached the provider", n)
				}
				if n := len(c.sent); n != 3 {
					t.Errorf("the SDK asked %d times", n)
				}
			})
		})
	}
}

// While the provider has too much to do, the SDK tries again by itself, because
// the status that says so is passed on, and after the time that the provider
// asks for. What is not worth trying again is tried once.
func TestSDKTriesAgain(t *testing.T) {
	patient := func(answer http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Retry-After", "7")
			answer(w, r)
		}
	}
	tooMany := refusal(429, "rate_limit_error", "rate_limit_exceeded", "Slow down.")
	tooManyMessages := refuse(429, `{"type":"error","error":{"type":"rate_limit_error","message":"Slow down."}}`)
	for _, test := range []struct {
		name, family, model string
		answer              http.HandlerFunc
		attempts            int
		wait                time.Duration
	}{
		{"503", "gpt", primaryUpstream, down(), 2, 0},
		{"503 and Retry-After", "gpt", primaryUpstream, patient(down()), 2, 7 * time.Second},
		{"429", "gpt", primaryUpstream, tooMany, 2, 0},
		{"429 and Retry-After", "gpt", primaryUpstream, patient(tooMany), 2, 7 * time.Second},
		{"400", "gpt", primaryUpstream, refusal(400, "invalid_request_error", "", "No."), 1, 0},
		{"529", "claude", sonnetUpstream, overloaded(), 2, 0},
		{"429 and Retry-After, messages", "claude", sonnetUpstream, patient(tooManyMessages), 2, 7 * time.Second},
		{"413", "claude", sonnetUpstream, refuse(413, `{"type":"error","error":{"type":"request_too_large","message":"No."}}`), 1, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, p := bubble(t)
				c := s.inProcess(admin)
				p.script(test.model, func(w http.ResponseWriter, r *http.Request) {
					p.script(test.model, nil)
					test.answer(w, r)
				})
				began := time.Now()
				err := c.again(t.Context(), test.family, "main.default."+test.family)
				if n := len(p.requests()); n != test.attempts || (err == nil) != (test.attempts > 1) {
					t.Errorf("after %d requests: %v", n, err)
				}
				if took := time.Since(began); took < test.wait || took > test.wait+2*time.Second {
					t.Errorf("it took %v, want %v", took, test.wait)
				}
			})
		})
	}
}

// again makes a call whose SDK tries again, as SDKs do by default: twice.
func (p *program) again(ctx context.Context, family, service string) error {
	if family == "claude" {
		_, err := p.anthropic.Messages.New(ctx, prompt(service), anthropicoption.WithMaxRetries(2))
		return err
	}
	_, err := p.openai.Chat.Completions.New(ctx, ask(service), option.WithMaxRetries(2))
	return err
}

// bubble puts a gateway and a provider together that share a test's own time:
// everything is in memory, the connections between the two are pipes, and there
// is no server. It has services of one destination, small ones of which take
// one call a minute.
func bubble(t *testing.T) (*server, *provider) {
	t.Helper()
	line := make(pipes)
	p := &provider{url: "http://provider.invalid", dial: line.dial, scripts: map[string]http.HandlerFunc{}}
	there := &http.Server{Handler: p}
	go there.Serve(line)
	t.Cleanup(func() {
		there.Close()
		p.report(t)
	})
	s := compose(t, nil, inferencelog.NewMemory(), p)
	ctx, main := t.Context(), catalog.FullName{Catalog: "main"}
	owner, _ := s.catalog.Snapshot().PrincipalNamed(admin)
	_, err := s.metastore.CreateCatalog(ctx, owner.ID, modelservice.NewObject{Name: main.Catalog})
	must(t, err)
	_, err = s.metastore.CreateSchema(ctx, owner.ID, main, modelservice.NewObject{Name: "default"})
	must(t, err)
	one := int64(1)
	limits := []modelservice.RateLimit{{Key: ratelimit.KeyService, Period: ratelimit.Minute, Requests: &one}}
	for family, model := range map[string]string{"gpt": primaryModel, "claude": sonnetModel} {
		for name, limits := range map[string][]modelservice.RateLimit{family: nil, "small_" + family: limits} {
			_, err := s.metastore.CreateService(ctx, owner.ID, modelservice.NewService{
				Parent: catalog.FullName{Catalog: "main", Schema: "default"}, Name: name,
				Spec: modelservice.Spec{RateLimits: limits, Destinations: []modelservice.Destination{
					{Name: "only", Type: modelservice.PayPerToken, Model: "system.ai." + model},
				}},
			})
			must(t, err)
		}
	}
	return s, p
}

// pipes is a net.Listener to which one dials in memory.
type pipes chan net.Conn

func (p pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case p <- far:
		return near, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept implements net.Listener.
func (p pipes) Accept() (net.Conn, error) {
	if c, ok := <-p; ok {
		return c, nil
	}
	return nil, net.ErrClosed
}

// Close implements net.Listener. Nobody dials any more.
func (p pipes) Close() error {
	close(p)
	return nil
}

// Addr implements net.Listener.
func (p pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipes"} }
