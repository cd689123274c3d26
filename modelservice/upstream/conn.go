package upstream

import (
	"net"
	"sync/atomic"
)

// conn counts the bytes written to a connection, so that it can be told
// whether anything of an attempt was. While a write is under way all of it
// counts: the count is never too low.
type conn struct {
	net.Conn
	written atomic.Int64
}

func (c *conn) Write(p []byte) (int, error) {
	c.written.Add(int64(len(p)))
	n, err := c.Conn.Write(p)
	if n < len(p) {
		c.written.Add(int64(n - len(p)))
	}
	return n, err
}
