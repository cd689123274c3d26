//go:build linux

package boltstore_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/catalog/boltstore"
)

const sector = 512 // what a disk writes whole

// writeFaults are the ways in which a write can fail.
var writeFaults = map[string]func(f *os.File, b []byte, at int64) error{
	"error":    func(*os.File, []byte, int64) error { return syscall.EIO },
	"no space": func(*os.File, []byte, int64) error { return syscall.ENOSPC },
	"short write": func(f *os.File, b []byte, at int64) error {
		_, err := f.WriteAt(b[:len(b)/2], at)
		return errors.Join(syscall.EIO, err)
	},
	"cut in the header": func(f *os.File, b []byte, at int64) error {
		_, err := f.WriteAt(b[:40], at)
		return errors.Join(syscall.EIO, err)
	},
	"torn page": func(f *os.File, b []byte, at int64) error {
		for i := sector; i < len(b); i += 2 * sector {
			if _, err := f.WriteAt(b[i:min(i+sector, len(b))], at+int64(i)); err != nil {
				return err
			}
		}
		return syscall.EIO
	},
	"written and not said": func(f *os.File, b []byte, at int64) error {
		_, err := f.WriteAt(b, at)
		return errors.Join(syscall.EIO, err)
	},
}

// Every write of the script fails once, in every way.
func TestEveryWriteFails(t *testing.T) {
	for kind, fail := range writeFaults {
		t.Run(kind, func(t *testing.T) {
			unknown := 0
			for k := 1; ; k++ {
				writes, fired := 0, false
				r := &faultRun{t: t, what: fmt.Sprintf("%s at write %d", kind, k)}
				r.arm = func(s *seam, _ int) {
					*s.writeAt = func(b []byte, at int64) (int, error) {
						if writes++; writes == k {
							fired = true
							return 0, fail(s.own, b, at)
						}
						return s.own.WriteAt(b, at)
					}
				}
				r.play()
				unknown += r.unknown
				if !fired {
					if k < 50 {
						t.Errorf("the script has only %d writes", k-1)
					}
					break
				}
				if r.failures != 1 {
					t.Fatalf("%s: %d operations failed", r.what, r.failures)
				}
			}
			t.Logf("%d outcomes are unknown", unknown)
			// Only a meta page that was written whole leaves a doubt.
			if doubts := kind == "written and not said" || kind == "short write"; doubts != (unknown > 0) {
				t.Errorf("%d outcomes are unknown", unknown)
			}
		})
	}
}

// In every operation of the script, syncing the data, syncing the page that
// makes it count, growing the file and mapping it anew fail once.
func TestEverySyncFails(t *testing.T) {
	for _, kind := range []string{"data sync", "meta sync", "grow", "map"} {
		t.Run(kind, func(t *testing.T) {
			failures, unknown := 0, 0
			for k := range script {
				r := &faultRun{t: t, what: fmt.Sprintf("%s in operation %d", kind, k)}
				r.arm = func(s *seam, operation int) {
					if operation != k {
						return
					}
					switch kind {
					case "grow":
						s.breakFile(t, "grow")
					case "map":
						s.breakFile(t, "map")
					default:
						*s.writeAt = func(b []byte, at int64) (int, error) {
							if (at < 2*pageSize) == (kind == "meta sync") {
								s.breakFile(t, "sync")
							}
							return s.own.WriteAt(b, at)
						}
					}
				}
				r.play()
				failures += r.failures
				unknown += r.unknown
			}
			least := map[string]int{"data sync": len(script), "meta sync": len(script), "grow": 1, "map": 1}[kind]
			if failures < least {
				t.Errorf("only %d operations failed", failures)
			}
			if kind == "meta sync" && unknown != failures || kind == "data sync" && unknown > 0 || kind == "grow" && unknown > 0 {
				t.Errorf("%d of %d outcomes are unknown", unknown, failures)
			}
		})
	}
}

// faultRun plays the script over a new file, with one fault. Whenever an
// operation fails it compares what a crash would leave with what was said, and
// goes on for a few operations: on the same handle if that claims to be well,
// else on a new one.
type faultRun struct {
	t    *testing.T
	what string
	arm  func(s *seam, operation int) // before each operation, until one fails

	failures, unknown int
}

func (r *faultRun) play() {
	t := r.t
	t.Helper()
	path := filepath.Join(fastDir(t), "catalog.db")
	s, err := boltstore.Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	seam := seamOf(t, s)
	defer func() {
		if seam.mend(); s.Close() != nil {
			t.Errorf("%s: Close: %v", r.what, err)
		}
	}()
	var at state
	for i, more := 0, 5; i < len(script) && more > 0; i++ {
		if r.failures == 0 {
			r.arm(seam, i)
		} else {
			more--
		}
		err := script[i].do(t, s, at)
		seam.mend()
		if err == nil {
			at = script[i].after(at)
			continue
		}
		if r.failures++; r.failures > 1 {
			t.Fatalf("%s: the fault is over, and operation %d fails with %v", r.what, i, err)
		}
		left := r.crash(path)
		switch {
		case errors.Is(err, boltstore.ErrDamaged):
			t.Fatalf("%s: a fault of the disk is called damage: %v", r.what, err)
		case !errors.Is(err, boltstore.ErrUnknownOutcome):
			if left != at {
				t.Fatalf("%s: %v, and the file has %+v, not %+v", r.what, err, left, at)
			}
			i-- // the handle claims to be well: the same once more
		default:
			r.unknown++
			if left != at && left != script[i].after(at) {
				t.Fatalf("%s: %v, and the file has %+v after %+v", r.what, err, left, at)
			}
			r.expectLost(s, at)
			if err := s.Close(); err != nil {
				t.Fatalf("%s: Close: %v", r.what, err)
			}
			if s, err = boltstore.Open(path, nil); err != nil {
				t.Fatalf("%s: opening again: %v", r.what, err)
			}
			seam = seamOf(t, s)
			if left == at {
				i-- // it did not happen
			}
			at = left
		}
	}
	if is, err := readStore(t.Context(), s); err != nil || is != at {
		t.Fatalf("%s: at the end the store has %+v, %v; want %+v", r.what, is, err, at)
	}
	if left := r.crash(path); left != at {
		t.Fatalf("%s: at the end the file has %+v, want %+v", r.what, left, at)
	}
}

// crash reads what is in the file now, as the next process would.
func (r *faultRun) crash(path string) state {
	r.t.Helper()
	image, err := os.ReadFile(path)
	if err != nil {
		r.t.Fatal(err)
	}
	left, err := read(r.t, image)
	if err != nil {
		r.t.Fatalf("%s: after a crash: %v", r.what, err)
	}
	return left
}

// expectLost asks a store that cannot know for everything.
func (r *faultRun) expectLost(s catalog.Store, at state) {
	t := r.t
	t.Helper()
	_, load := s.Load(t.Context(), func(catalog.RowKey, []byte) error { return nil })
	var watch error
	for _, watch = range s.Watch(t.Context(), at.version) {
		break
	}
	for what, err := range map[string]error{
		"Load": load, "Watch": watch, "Trim": s.Trim(t.Context(), 0),
		"Append": s.Append(t.Context(), at.version, commitOf(at.version+1)),
	} {
		if !errors.Is(err, boltstore.ErrUnknownOutcome) || !errors.Is(err, catalog.ErrUnknownOutcome) {
			t.Fatalf("%s: %s afterwards: %v", r.what, what, err)
		}
	}
}
