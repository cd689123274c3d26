//go:build !unix || aix || solaris || illumos

package upstream

import "syscall"

// closedByPeer does not know, here.
func closedByPeer(syscall.RawConn) bool { return false }
