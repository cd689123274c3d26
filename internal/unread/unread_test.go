package unread_test

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

	"github.com/modelward/modelward/internal/unread"
)

const most = 8 << 20

// refuses answers everybody with 413, without reading anything. At /short it
// does not say how long the answer is.
func refuses(t *testing.T) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		unread.Announce(w, r)
		if r.URL.Path != "/short" {
			w.Header().Set("Content-Length", "8")
		}
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		io.WriteString(w, "too long")
		unread.Drain(w, r, most)
	}))
	t.Cleanup(s.Close)
	return s
}

func dial(t *testing.T, s *httptest.Server) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(time.Minute))
	return conn
}

// hear reads an answer, behind which the connection is to be closed.
func hear(conn net.Conn) (status int, err error) {
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	if text, err := io.ReadAll(answer.Body); string(text) != "too long" || err != nil || !answer.Close {
		return 0, fmt.Errorf("%q, %v, closes: %t", text, err, answer.Close)
	}
	return answer.StatusCode, nil
}

// Who sends all before he reads anything reads the answer then.
func TestAnswerAfterTheBody(t *testing.T) {
	s := refuses(t)
	body := strings.Repeat("x", most-1)
	for _, c := range []struct{ says, head, body string }{
		{"declared", fmt.Sprintf("Content-Length: %d", len(body)), body},
		{"in chunks", "Transfer-Encoding: chunked", strings.Repeat("400\r\n"+strings.Repeat("x", 1<<10)+"\r\n", 4<<10) + "0\r\n\r\n"},
		{"short", "Content-Length: 1", "x"},
	} {
		for range 10 { // whether a reset comes first is for chance to say
			conn := dial(t, s)
			if _, err := io.WriteString(conn, "POST / HTTP/1.1\r\nHost: a\r\n"+c.head+"\r\n\r\n"+c.body); err != nil {
				t.Fatalf("%s: sending: %v", c.says, err)
			}
			if status, err := hear(conn); status != http.StatusRequestEntityTooLarge {
				t.Fatalf("%s: %d, %v", c.says, status, err)
			}
		}
	}
}

// Who waits for the answer before he sends has it at once, and whole. Nobody
// listens to who has declared too much.
func TestAnswerBeforeTheBody(t *testing.T) {
	s := refuses(t)
	for _, c := range []struct {
		head   string
		closes bool // at once
	}{
		{" HTTP/1.1\r\nContent-Length: 100", false},
		{" HTTP/1.1\r\nTransfer-Encoding: chunked", false},
		{"short HTTP/1.1\r\nContent-Length: 100", false},
		{fmt.Sprintf(" HTTP/1.1\r\nContent-Length: %d", most+1), true},
		{" HTTP/1.1\r\nContent-Length: 100\r\nExpect: 100-continue", false},
	} {
		conn := dial(t, s)
		conn.SetDeadline(time.Now().Add(3 * time.Second)) // long before nobody listens any more
		if _, err := io.WriteString(conn, "POST /"+c.head+"\r\nHost: a\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		if status, err := hear(conn); status != http.StatusRequestEntityTooLarge {
			t.Errorf("%s: %d, %v", c.head, status, err)
		}
		if !c.closes {
			continue
		}
		if n, err := conn.Read(make([]byte, 1)); n != 0 || err != io.EOF {
			t.Errorf("%s: %d bytes more, %v", c.head, n, err)
		}
	}
}

// A request without a body costs nobody his connection.
func TestNoBody(t *testing.T) {
	conn := dial(t, refuses(t))
	in := bufio.NewReader(conn)
	for range 3 {
		if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		answer, err := http.ReadResponse(in, nil)
		if err != nil || answer.Close {
			t.Fatalf("%v, %v", answer, err)
		}
		io.Copy(io.Discard, answer.Body)
	}
}
