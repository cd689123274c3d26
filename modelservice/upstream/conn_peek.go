//go:build unix && !aix && !solaris && !illumos

package upstream

import "syscall"

// closedByPeer reports whether the other side of a connection has ended it, and
// nothing that it sent before is left to be read. It does not wait, and takes
// nothing from whoever reads.
func closedByPeer(raw syscall.RawConn) (closed bool) {
	raw.Control(func(fd uintptr) {
		var one [1]byte
		n, _, err := syscall.Recvfrom(int(fd), one[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		closed = n == 0 && err == nil || err == syscall.ECONNRESET
	})
	return closed
}
