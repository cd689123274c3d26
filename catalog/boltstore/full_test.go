//go:build linux || darwin

package boltstore_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/catalog/boltstore"
)

// When the disk is full, an append fails and is not there; the store goes on
// and appends again once there is room. The child's file may not grow.
func TestDiskFull(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	p := start(t, "full", path)
	for line := p.line(); line != "done"; line = p.line() {
		if line != "opening" && line != "open" {
			t.Fatalf("the child says %q", line)
		}
	}
	if err := p.Wait(); err != nil {
		t.Fatal(err)
	}
	if newest := checkWhole(t, path); newest < 20 {
		t.Errorf("the file has %d commits", newest)
	}
}

func childFull(s *boltstore.Store, path string) error {
	signal.Ignore(syscall.SIGXFSZ) // writing then fails with EFBIG
	version := uint64(0)
	for range 3 {
		for range 5 {
			version++
			if err := s.Append(context.Background(), version-1, commitOf(version)); err != nil {
				return err
			}
		}
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		var was syscall.Rlimit
		if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
			return err
		}
		limit := was
		limit.Cur = uint64(info.Size())
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
			return err
		}
		failed := 0
		for failed < 3 {
			err := s.Append(context.Background(), version, commitOf(version+1))
			if err == nil {
				version++ // there was a free page
				continue
			}
			failed++
			if errors.Is(err, boltstore.ErrUnknownOutcome) || errors.Is(err, boltstore.ErrDamaged) {
				return fmt.Errorf("append to a full disk: %w", err)
			}
			head, err := s.Load(context.Background(), func(catalog.RowKey, []byte) error { return nil })
			if err != nil || head.Version != version {
				return fmt.Errorf("after a failed append to %d: %+v, %w", version, head, err)
			}
		}
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
			return err
		}
	}
	for range 5 {
		version++
		if err := s.Append(context.Background(), version-1, commitOf(version)); err != nil {
			return err
		}
	}
	fmt.Println("done")
	return s.Close()
}
