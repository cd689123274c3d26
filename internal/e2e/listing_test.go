package e2e

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// listedBytes is how much of a body is told.
const listedBytes = 160

// listed makes every call over a transport, and its answer, a line of the
// output when tests are verbose.
func listed(next http.RoundTripper) http.RoundTripper {
	if !testing.Verbose() {
		return next
	}
	return listing{next}
}

type listing struct{ next http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (l listing) RoundTrip(r *http.Request) (*http.Response, error) {
	asked := r.Method + " " + r.URL.RequestURI()
	if client := r.UserAgent(); client != "" {
		asked += " by " + client
	}
	if r.GetBody != nil {
		if body, err := r.GetBody(); err == nil {
			begun, _ := io.ReadAll(io.LimitReader(body, listedBytes))
			body.Close()
			asked += " " + oneLine(begun)
		}
	}
	answer, err := l.next.RoundTrip(r)
	if err != nil {
		fmt.Printf("    %s -> %v\n", asked, err)
		return nil, err
	}
	answer.Body = &listedBody{ReadCloser: answer.Body, line: fmt.Sprintf("    %s -> %d ", asked, answer.StatusCode)}
	return answer, nil
}

// CloseIdleConnections is what http.Client looks for.
func (l listing) CloseIdleConnections() {
	if c, ok := l.next.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// listedBody remembers how an answer begins, and tells it when it is read or
// given up.
type listedBody struct {
	io.ReadCloser
	line string
	told sync.Once

	mu    sync.Mutex
	begun []byte
}

// Read implements io.Reader.
func (b *listedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.mu.Lock()
	b.begun = append(b.begun, p[:min(n, listedBytes-len(b.begun))]...)
	b.mu.Unlock()
	if err != nil {
		b.tell()
	}
	return n, err
}

// Close implements io.Closer.
func (b *listedBody) Close() error {
	b.tell()
	return b.ReadCloser.Close()
}

func (b *listedBody) tell() {
	b.told.Do(func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		fmt.Println(b.line + oneLine(b.begun))
	})
}

// oneLine writes how a body begins.
func oneLine(begun []byte) string {
	text := strings.Join(strings.Fields(strings.ToValidUTF8(string(begun), "")), " ")
	if len(begun) == listedBytes {
		text += "…"
	}
	return text
}
