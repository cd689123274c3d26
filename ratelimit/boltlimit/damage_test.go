package boltlimit_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"
	"pgregory.net/rapid"

	"github.com/modelward/modelward/ratelimit"
	"github.com/modelward/modelward/ratelimit/boltlimit"
)

// sound writes a file of some pages, and returns its bytes and how much is
// counted in it.
func sound(t *testing.T) (file []byte, total int64) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "limits.db")
	now := func() time.Time { return time.Unix(1_700_000_000, 0) }
	life := begin(t, path, now)
	for i := range uint64(500) {
		life.limiter.Admit(t.Context(), []ratelimit.Ask{{Bucket: bucketOf(i + 1), Limit: 1000, Amount: int64(i + 1)}}, nil)
	}
	total = totalOf(life.limiter.Memory())
	life.end(t)
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return file, total
}

func totalOf(m *ratelimit.Memory) (total int64) {
	for c := range m.Export(false) {
		total += c.Amount
	}
	return total
}

// tryDamaged opens a damaged file: it is refused, or says what it always did.
func tryDamaged(t rapid.TB, path string, file []byte, total int64) (refused bool) {
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	now := func() time.Time { return time.Unix(1_700_000_001, 0) }
	m := ratelimit.NewMemory(&ratelimit.Options{Now: now})
	k, err := boltlimit.Keep(path, m, &boltlimit.Options{Now: now, LockTimeout: -1, Every: time.Hour})
	if err != nil {
		if !errors.Is(err, boltlimit.ErrDamaged) && !strings.Contains(err.Error(), "format") || !strings.Contains(err.Error(), path) {
			t.Errorf("error %v", err)
		}
		if m.Len() != 0 {
			t.Errorf("%d buckets were added for all that", m.Len())
		}
		return true
	}
	if got := totalOf(m); got != total {
		t.Errorf("%d are counted, not %d", got, total)
	}
	if err := k.Close(context.Background()); err != nil {
		t.Errorf("close: %v", err)
	}
	return false
}

// Any few bytes of a file are changed, or its end is cut off.
func TestDamage(t *testing.T) {
	file, total := sound(t)
	path := filepath.Join(t.TempDir(), "limits.db")
	if tryDamaged(t, path, file, total) {
		t.Fatal("a sound file is refused")
	}
	refused := 0
	rapid.Check(t, func(t *rapid.T) {
		b := []byte(string(file))
		if rapid.IntRange(0, 9).Draw(t, "cut") == 0 {
			b = b[:rapid.IntRange(1, len(b)-1).Draw(t, "length")]
		} else {
			at := rapid.IntRange(0, len(b)-8).Draw(t, "at")
			with := rapid.SliceOfN(rapid.Byte(), 1, 8).Draw(t, "with")
			copy(b[at:], with)
		}
		if tryDamaged(t, path, b, total) {
			refused++
		}
	})
	if refused == 0 {
		t.Error("nothing was refused")
	}
}

// Rows that have been changed behind our back, through bbolt itself.
func TestTampered(t *testing.T) {
	file, total := sound(t)
	for what, tamper := range map[string]func(tx *bbolt.Tx) error{
		"a row is gone": func(tx *bbolt.Tx) error {
			k, _ := tx.Bucket([]byte("counts")).Cursor().First()
			return tx.Bucket([]byte("counts")).Delete(k)
		},
		"a row of another key": func(tx *bbolt.Tx) error {
			c := tx.Bucket([]byte("counts")).Cursor()
			k, _ := c.First()
			_, v := c.Next()
			return tx.Bucket([]byte("counts")).Put(k, v)
		},
		"no rows at all": func(tx *bbolt.Tx) error { return tx.DeleteBucket([]byte("counts")) },
		"no meta":        func(tx *bbolt.Tx) error { return tx.DeleteBucket([]byte("meta")) },
		"no head":        func(tx *bbolt.Tx) error { return tx.Bucket([]byte("meta")).Delete([]byte("head")) },
		"a later format": func(tx *bbolt.Tx) error {
			return tx.Bucket([]byte("meta")).Put([]byte("format"), boltlimit.Seal("format", "modelward limits 2"))
		},
		"a strange key": func(tx *bbolt.Tx) error {
			return tx.Bucket([]byte("counts")).Put([]byte("x"), boltlimit.Seal("x", "\x02\x00\x01"))
		},
	} {
		t.Run(what, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "limits.db")
			if err := os.WriteFile(path, file, 0o600); err != nil {
				t.Fatal(err)
			}
			db, err := bbolt.Open(path, 0o600, nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(db.Update(tamper), db.Close()); err != nil {
				t.Fatal(err)
			}
			tampered, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if !tryDamaged(t, path, tampered, total) {
				t.Error("not refused")
			}
		})
	}
}

// Files of other programs are refused and left as they are.
func TestForeignFiles(t *testing.T) {
	dir := t.TempDir()
	for what, content := range map[string]string{
		"text": strings.Repeat("hello\n", 10_000), "short": "x", "zeros": strings.Repeat("\x00", 1<<20),
	} {
		path := filepath.Join(dir, what)
		if !tryDamaged(t, path, []byte(content), 0) {
			t.Errorf("%s: not refused", what)
		}
		if after, _ := os.ReadFile(path); string(after) != content {
			t.Errorf("%s: the file was changed", what)
		}
	}
	for _, path := range []string{dir, filepath.Join(dir, "no", "folder")} {
		k, err := boltlimit.Keep(path, ratelimit.NewMemory(nil), nil)
		if err == nil || !strings.HasPrefix(err.Error(), "boltlimit: ") || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v, %v", path, k, err)
		}
	}
}

// Whatever is under a key, reading it does not panic, and what is read is
// written the same way.
func FuzzRow(f *testing.F) {
	f.Add(uint64(1), uint64(2), byte(1), byte(1), byte(1), "\x80\xe2\xcf\xaa\x0d\x00\x05\x03\x07")
	f.Add(uint64(0), uint64(0), byte(6), byte(2), byte(2), "\x02\x00\xff\xff\xff\xff\xff\xff\xff\xff\x7f")
	f.Fuzz(func(t *testing.T, service, principal uint64, key, period, dimension byte, value string) {
		boltlimit.CheckRow(t, service, principal, key, period, dimension, value)
	})
}
