package upstream_test

import (
	"io"
	"net"
	"testing"

	"github.com/modelward/modelward/modelservice/upstream"
)

// A provider may close a connection that is kept for the next attempt. When its
// end is there before that attempt, the attempt goes out on another one: it is
// not lost on the one that is gone, where nobody could say whether it was seen.
func TestClosedWhileKept(t *testing.T) {
	closed := make(chan struct{})
	address := serveRaw(t, func(c net.Conn) {
		readRequest(c)
		const answer = `{"choices":[{"index":0,"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}]}`
		io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 94\r\n\r\n"+answer)
		c.Close()
		closed <- struct{}{}
	})
	backend := backendFor(t, "http://"+address, func(*upstream.Config) {})
	w := newWorld(t, backend)
	for i := range 300 {
		if _, err := w.call(t.Context(), `{"model":"main.default.chat","messages":[]}`); err != nil {
			t.Fatalf("call %d: %v", i, err)
		}
		<-closed
	}
}
