package e2e

import (
	"bytes"
	"io"
	"net/http"
	"sync"
	"testing"

	"github.com/anthropics/anthropic-sdk-go"
	anthropicoption "github.com/anthropics/anthropic-sdk-go/option"
	"github.com/modelward/modelward/modelservice/query"
	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
)

// A program calls the gateway with the providers' own SDKs, which do not retry
// unless a request says so. What passes between them and the gateway is seen.
type program struct {
	openai    openai.Client
	anthropic anthropic.Client

	mu    sync.Mutex
	next  http.RoundTripper
	sent  [][]byte      // bodies
	heard []http.Header // of answers
}

// ways runs a test of a program of alice's for each way to a gateway: over
// HTTP, and in process, where there is no server and no credential.
func ways(t *testing.T, s *server, test func(t *testing.T, c *program)) {
	t.Helper()
	for _, way := range []struct {
		name string
		make func(*server, string) *program
	}{{"HTTP", (*server).overHTTP}, {"in process", (*server).inProcess}} {
		t.Run(way.name, func(t *testing.T) { test(t, way.make(s, alice)) })
	}
}

func (s *server) overHTTP(caller string) *program {
	return newProgram(s.via.Transport, s.url, token(caller))
}

func (s *server) inProcess(caller string) *program {
	return newProgram(s.transport(caller), "http://gateway.invalid", "no-token")
}

func (s *server) transport(caller string) http.RoundTripper {
	return listed(query.Transport(query.TransportConfig{Gateway: s.gateway, Metastore: s.metastore, Principal: caller}))
}

func newProgram(next http.RoundTripper, url, token string) *program {
	p := &program{next: next}
	client := &http.Client{Transport: p}
	p.openai = openai.NewClient(option.WithBaseURL(url+"/ai-gateway/openai/v1"), option.WithAPIKey(token),
		option.WithHTTPClient(client), option.WithMaxRetries(0))
	p.anthropic = anthropic.NewClient(anthropicoption.WithBaseURL(url+"/ai-gateway/anthropic"), anthropicoption.WithAPIKey(token),
		anthropicoption.WithHTTPClient(client), anthropicoption.WithMaxRetries(0))
	return p
}

// RoundTrip implements http.RoundTripper.
func (p *program) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		r.Body.Close()
		r = r.Clone(r.Context())
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	answer, err := p.next.RoundTrip(r)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sent = append(p.sent, body)
	if err == nil {
		p.heard = append(p.heard, answer.Header)
	}
	return answer, err
}

// header returns a header of the latest answer.
func (p *program) header(name string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.heard) == 0 {
		return ""
	}
	return p.heard[len(p.heard)-1].Get(name)
}

// body returns the body of the latest request.
func (p *program) body() []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.sent[len(p.sent)-1]
}
