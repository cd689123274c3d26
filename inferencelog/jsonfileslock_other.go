//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package inferencelog

import "os"

// lockFolder takes nothing: the standard library has no lock for this system that ends with the process.
func lockFolder(root *os.Root) (*os.File, error) {
	return root.OpenFile("lock", os.O_RDWR|os.O_CREATE, 0o600)
}
