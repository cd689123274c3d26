package upstream

import (
	"net"
	"sync/atomic"
	"syscall"
)

// conn counts the bytes written to a connection, so that it can be told
// whether anything of an attempt was. While a write is under way all of it
// counts: the count is never too low.
//
// It also looks, before a request goes out on a connection that was kept,
// whether the other side has closed it in the meantime. Package http finds that
// out by itself, but a moment later: a request that is written in between is
// lost, and nobody can say that it was not seen. Of a write that was not begun
// everybody can, and package http takes another connection.
type conn struct {
	net.Conn
	written  atomic.Int64
	answered atomic.Bool // something was read since the last write
	raw      syscall.RawConn
}

func newConn(c net.Conn) *conn {
	n := &conn{Conn: c}
	if s, ok := c.(syscall.Conn); ok {
		n.raw, _ = s.SyscallConn() // without it nothing is looked at
	}
	return n
}

func (c *conn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 {
		c.answered.Store(true)
	}
	return n, err
}

func (c *conn) Write(p []byte) (int, error) {
	if c.answered.Swap(false) && c.raw != nil && closedByPeer(c.raw) {
		return 0, net.ErrClosed
	}
	c.written.Add(int64(len(p)))
	n, err := c.Conn.Write(p)
	if n < len(p) {
		c.written.Add(int64(n - len(p)))
	}
	return n, err
}
