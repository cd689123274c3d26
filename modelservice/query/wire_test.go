package query_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// dial sends bytes to the server and returns the connection.
func dial(t *testing.T, w *world, sends string) *net.TCPConn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(w.server.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := io.WriteString(conn, sends); err != nil {
		t.Fatal(err)
	}
	return conn.(*net.TCPConn)
}

// A stranger is answered without waiting for the body that he announces.
func TestStrangerIsNotWaitedFor(t *testing.T) {
	w := newWorld(t)
	conn := dial(t, w, "POST "+chatPath+" HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{")
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil || response.StatusCode != http.StatusUnauthorized {
		t.Errorf("%v, %v", response, err)
	}
}

// A caller that closes its sending half reads an error, not an empty success.
func TestHalfClosed(t *testing.T) {
	w := newWorld(t)
	w.primary.does(func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	})
	body := `{"model":"main.default.chat","messages":[]}`
	conn := dial(t, w, "POST "+chatPath+" HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer alice-token\r\nContent-Length: 43\r\n\r\n"+body)
	if err := conn.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != 499 || response.Header.Get("X-Databricks-Request-Id") == "" {
		t.Errorf("%s, %v", response.Status, response.Header)
	}
}
