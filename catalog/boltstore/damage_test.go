package boltstore_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.etcd.io/bbolt"
	"pgregory.net/rapid"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/catalog/boltstore"
)

// sound writes a file of many pages and returns its bytes and what is in it.
func sound(t *testing.T) (file []byte, content string) {
	t.Helper()
	dir := t.TempDir()
	s := open(t, dir)
	for version := range uint64(commits) {
		if err := s.Append(t.Context(), version, commitOf(version+1)); err != nil {
			t.Fatal(err)
		}
	}
	content, err := everything(s)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	file, err = os.ReadFile(filepath.Join(dir, "catalog.db"))
	if err != nil {
		t.Fatal(err)
	}
	return file, content
}

// everything is all that a store says, as text.
func everything(s catalog.Store) (string, error) {
	var b strings.Builder
	ctx, cancel := withDeadline()
	defer cancel()
	head, err := s.Load(ctx, func(key catalog.RowKey, value []byte) error {
		_, err := fmt.Fprintf(&b, "%s %s %s\n", key.Kind, key.Key, value)
		return err
	})
	if err != nil || head.Version == 0 {
		return "", err
	}
	fmt.Fprintf(&b, "%+v\n", head)
	for c, err := range s.Watch(ctx, 0) {
		if err != nil {
			return "", err
		}
		text, err := json.Marshal(c)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "%s\n", text)
		if c.Version == head.Version {
			break
		}
	}
	return b.String(), nil
}

// tryDamaged opens a damaged file: it is refused, or shows what it always did.
func tryDamaged(t interface{ Errorf(string, ...any) }, path string, file []byte, content, what string) (refused bool) {
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Errorf("%v", err)
		return false
	}
	s, err := boltstore.Open(path, nil)
	if err != nil {
		if !errors.Is(err, boltstore.ErrDamaged) {
			t.Errorf("%s: Open: %v", what, err)
		}
		return true
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Errorf("%s: Close: %v", what, err)
		}
	}()
	ctx, cancel := withDeadline()
	defer cancel()
	got, err := everything(s)
	switch {
	case errors.Is(err, boltstore.ErrDamaged):
		refused = true
		// From now on the store says the same to everything.
		if err := s.Append(ctx, commits, commitOf(commits+1)); !errors.Is(err, boltstore.ErrDamaged) {
			t.Errorf("%s: Append to a damaged file: %v", what, err)
		}
		for _, err := range s.Watch(ctx, 1000) {
			if !errors.Is(err, boltstore.ErrDamaged) {
				t.Errorf("%s: Watch of a damaged file: %v", what, err)
			}
		}
	case err != nil:
		t.Errorf("%s: %v", what, err)
	case got != content:
		// An older page where the newest was, with its number, is older state:
		// all of it if it is the root, else the rows that were in it then.
		if is, err := readStore(ctx, s); what != moved {
			t.Errorf("%s: the file is read and shows something else: %+v, %v", what, is, err)
		}
	default:
		if err := s.Append(ctx, commits, commitOf(commits+1)); err != nil && !errors.Is(err, boltstore.ErrDamaged) {
			t.Errorf("%s: Append: %v", what, err)
		}
	}
	return refused
}

// moved says that a page was put in the place of another and given its number,
// which no disk does.
const moved = "page moved"

const (
	commits  = 12 // in a sound file
	pageSize = 4096
	metas    = 2 * pageSize // a damaged meta page is a write that was cut; see TestDamagedMeta
)

func TestDamage(t *testing.T) {
	file, content := sound(t)
	if size := os.Getpagesize(); size != pageSize {
		t.Fatalf("pages have %d bytes here", size)
	}
	path := filepath.Join(t.TempDir(), "damaged.db")
	refused, tried := 0, 0
	try := func(what string, damaged []byte) {
		if tried++; t.Failed() {
			t.FailNow()
		}
		if tryDamaged(t, path, damaged, content, what) {
			refused++
		}
	}
	try("nothing", file)
	if refused != 0 {
		t.Fatal("the sound file was refused")
	}
	// The header of every page, word by word, and its first elements.
	for at := metas; at < len(file); at += pageSize {
		if bytes.Equal(file[at:at+pageSize], make([]byte, pageSize)) {
			continue // never used
		}
		for _, word := range []int{0, 8, 12, 16, 20, 24, 28} {
			for _, value := range []uint32{0, 1<<32 - 1} {
				b := append([]byte(nil), file...)
				binary.NativeEndian.PutUint32(b[at+word:], value)
				try(fmt.Sprintf("word %d of page %d is %d", word, at/pageSize, value), b)
			}
		}
	}
	for pages := range len(file) / pageSize {
		if pages > 0 { // an empty file is a new one
			try(fmt.Sprintf("cut after %d pages", pages), file[:pages*pageSize])
		}
		try(fmt.Sprintf("cut in page %d", pages), file[:pages*pageSize+1000])
	}
	t.Logf("%d of %d files refused", refused, tried)
	if refused < 100 {
		t.Error("that is too few to mean anything")
	}
}

func TestDamageDrawn(t *testing.T) {
	file, content := sound(t)
	path := filepath.Join(t.TempDir(), "damaged.db")
	rapid.Check(t, func(rt *rapid.T) {
		b, what := append([]byte(nil), file...), "drawn"
		for range rapid.IntRange(1, 3).Draw(rt, "hits") {
			at := rapid.IntRange(metas, len(b)-9).Draw(rt, "at")
			page := func(label string) []byte {
				from := rapid.IntRange(2, len(b)/pageSize-1).Draw(rt, label) * pageSize
				return b[from : from+pageSize]
			}
			switch rapid.SampledFrom([]string{"bit", "word", "page lost", "page copied", moved}).Draw(rt, "how") {
			case "bit":
				b[at] ^= 1 << rapid.IntRange(0, 7).Draw(rt, "bit")
			case "word":
				binary.NativeEndian.PutUint64(b[at:], rapid.Uint64().Draw(rt, "word"))
			case "page lost":
				clear(page("page"))
			case "page copied":
				copy(page("to"), page("from"))
			case moved:
				what = moved
				from := rapid.IntRange(2, len(b)/pageSize-1).Draw(rt, "from")
				to := rapid.IntRange(2, len(b)/pageSize-1).Draw(rt, "to")
				copy(b[to*pageSize:(to+1)*pageSize], b[from*pageSize:(from+1)*pageSize])
				binary.NativeEndian.PutUint64(b[to*pageSize:], uint64(to)) // and says so
			}
		}
		tryDamaged(rt, path, b, content, what)
	})
}

// One damaged meta page is what a crash during a write leaves: the other one
// counts, which is the newest state or the one before. Two are the end.
func TestDamagedMeta(t *testing.T) {
	file, _ := sound(t)
	path := filepath.Join(t.TempDir(), "damaged.db")
	versions := map[uint64]bool{}
	for page := range 2 {
		b := append([]byte(nil), file...)
		b[page*pageSize+40] ^= 1
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		versions[checkWhole(t, path)] = true
	}
	if !versions[commits] || !versions[commits-1] || len(versions) != 2 {
		t.Errorf("with one meta page the versions are %v", versions)
	}
	b := append([]byte(nil), file...)
	b[40] ^= 1
	b[pageSize+40] ^= 1
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := boltstore.Open(path, nil); !errors.Is(err, boltstore.ErrDamaged) {
		t.Errorf("with no meta page: %v", err)
	}
}

// Damage that bbolt cannot see: entries that were written by something else.
func TestEditedContent(t *testing.T) {
	for what, edit := range map[string]func(tx *bbolt.Tx) error{
		"row changed": func(tx *bbolt.Tx) error { return rows(tx).Put(firstRow(tx), []byte("\x00\x00\x00\x00{}")) },
		"row emptied": func(tx *bbolt.Tx) error { return rows(tx).Put(firstRow(tx), nil) },
		"row lost":    func(tx *bbolt.Tx) error { return rows(tx).Delete(firstRow(tx)) },
		"row moved": func(tx *bbolt.Tx) error {
			return rows(tx).Put([]byte("securable\x00other"), rows(tx).Get(firstRow(tx)))
		},
		"row added":      func(tx *bbolt.Tx) error { return rows(tx).Put([]byte("nonsense"), []byte("nonsense")) },
		"bucket in rows": func(tx *bbolt.Tx) error { _, err := rows(tx).CreateBucket([]byte("b")); return err },
		"commit lost":    func(tx *bbolt.Tx) error { return history(tx).Delete(version(5)) },
		"first lost":     func(tx *bbolt.Tx) error { return history(tx).Delete(version(1)) },
		"last lost":      func(tx *bbolt.Tx) error { return history(tx).Delete(version(commits)) },
		"commit moved":   func(tx *bbolt.Tx) error { return history(tx).Put(version(5), history(tx).Get(version(6))) },
		"commit added": func(tx *bbolt.Tx) error {
			return history(tx).Put(version(commits+1), history(tx).Get(version(commits)))
		},
		"head lost":   func(tx *bbolt.Tx) error { return tx.Bucket([]byte("meta")).Delete([]byte("head")) },
		"head edited": func(tx *bbolt.Tx) error { return tx.Bucket([]byte("meta")).Put([]byte("head"), make([]byte, 28)) },
		"format lost": func(tx *bbolt.Tx) error { return tx.Bucket([]byte("meta")).Delete([]byte("format")) },
		"no rows":     func(tx *bbolt.Tx) error { return tx.DeleteBucket([]byte("rows")) },
		"no log":      func(tx *bbolt.Tx) error { return tx.DeleteBucket([]byte("log")) },
		"no meta":     func(tx *bbolt.Tx) error { return tx.DeleteBucket([]byte("meta")) },
	} {
		t.Run(what, func(t *testing.T) {
			file, content := sound(t)
			path := filepath.Join(t.TempDir(), "edited.db")
			if err := os.WriteFile(path, file, 0o600); err != nil {
				t.Fatal(err)
			}
			db, err := bbolt.Open(path, 0o600, nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(db.Update(edit), db.Close()); err != nil {
				t.Fatal(err)
			}
			edited, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if !tryDamaged(t, path, edited, content, what) {
				t.Error("nobody noticed")
			}
		})
	}
}

func rows(tx *bbolt.Tx) *bbolt.Bucket    { return tx.Bucket([]byte("rows")) }
func history(tx *bbolt.Tx) *bbolt.Bucket { return tx.Bucket([]byte("log")) }
func version(v uint64) []byte            { return binary.BigEndian.AppendUint64(nil, v) }

func firstRow(tx *bbolt.Tx) []byte {
	k, _ := rows(tx).Cursor().First()
	return append([]byte(nil), k...)
}
