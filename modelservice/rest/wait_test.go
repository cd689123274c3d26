package rest_test

import (
	"bufio"
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
