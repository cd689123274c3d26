package rest_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// What is refused for its caller or its length is refused without waiting for
// the body that is announced (ruling R37).
func TestBodyIsNotWaitedFor(t *testing.T) {
	w := newMain(t)
	server := httptest.NewServer(w.api)
	defer server.Close()
	for _, tt := range []struct {
		headers string
		status  int
	}{
		{"Content-Length: 1000\r\n", http.StatusUnauthorized},
		{"Authorization: Bearer alice\r\nContent-Length: 99999999\r\n", http.StatusRequestEntityTooLarge},
	} {
		conn, err := net.Dial("tcp", strings.TrimPrefix(server.URL, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		conn.SetDeadline(time.Now().Add(10 * time.Second))
		io.WriteString(conn, "POST /api/2.1/unity-catalog/catalogs HTTP/1.1\r\nHost: x\r\n"+tt.headers+"\r\n{")
		response, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil || response.StatusCode != tt.status {
			t.Errorf("%q: %v, %v", tt.headers, response, err)
		}
		conn.Close()
	}
}

// Who sends all of a body that is too long before he reads finds the answer, and
// no reset; so does who is refused before his body was looked at.
func TestRefusedBeforeTheBody(t *testing.T) {
	w := newService(t)
	server := httptest.NewServer(w.api)
	defer server.Close()
	body := strings.Repeat(" ", 30<<20)
	for _, c := range []struct {
		token  string
		status int
	}{{admin, 413}, {"nobody's", 401}} {
		conn, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		conn.SetDeadline(time.Now().Add(time.Minute))
		if _, err := fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n%s", sqlPath, c.token, len(body), body); err != nil {
			t.Fatalf("%d: sending: %v", c.status, err)
		}
		if a, err := http.ReadResponse(bufio.NewReader(conn), nil); err != nil || a.StatusCode != c.status {
			t.Errorf("%v, %v, want %d", a, err, c.status)
		}
	}
}
