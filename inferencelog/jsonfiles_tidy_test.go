package inferencelog_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/modelward/modelward/inferencelog"
)

// Files are finished by size and by age, compressed, and kept as told.
func TestJSONFilesRotation(t *testing.T) {
	f := newFolder(t, inferencelog.JSONFilesOptions{MaxFileBytes: 1000, MaxFileAge: time.Hour, Gzip: true, KeepFiles: 3, KeepFor: 10 * time.Hour})
	f.put("1") // less than 1000 bytes
	f.put("2")
	f.put("3") // the second file
	f.forward(time.Hour)
	f.put("4") // the third
	f.Tidy()
	if got := fmt.Sprint(f.files()); got != "[000001.jsonl.gz 000002.jsonl.gz 000003.jsonl]" {
		t.Fatal(got)
	}
	f.want("1", "2", "3", "4")
	for _, id := range []string{"5", "6"} {
		f.forward(time.Hour)
		f.put(id)
	}
	f.Tidy()
	if got := fmt.Sprint(f.files()); got != "[000002.jsonl.gz 000003.jsonl.gz 000004.jsonl.gz 000005.jsonl]" {
		t.Fatal(got)
	}
	f.forward(9*time.Hour - time.Second) // the third file has ended ten hours ago, less a second
	f.Tidy()
	if got := fmt.Sprint(f.files()); got != "[000003.jsonl.gz 000004.jsonl.gz 000005.jsonl]" {
		t.Fatal(got)
	}
	f.want("4", "5", "6")
	for _, name := range []string{".", "tables.json"} {
		is, err := os.Stat(filepath.Join(f.dir, name))
		if err != nil || is.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v, %v", name, is.Mode(), err)
		}
	}
}

// Finished files together are no longer than told.
func TestJSONFilesKeepBytes(t *testing.T) {
	f := newFolder(t, inferencelog.JSONFilesOptions{MaxFileBytes: 1, KeepBytes: 2000})
	for i := range 10 {
		f.put(fmt.Sprint("row ", i))
	}
	f.Tidy()
	f.want("row 7", "row 8", "row 9") // of about 760 bytes each
}

// A crash at any moment of a compression loses no row and leaves none twice.
func TestJSONFilesCompressionCrash(t *testing.T) {
	for _, c := range []struct {
		says  string
		leave func(f *folder, path string)
	}{
		{"part of the compressed file is there", func(f *folder, path string) { write(f.T, path+".gz.tmp", []byte{31, 139, 8}) }},
		{"both files are there", func(f *folder, path string) {
			text, err := os.ReadFile(path)
			if err != nil {
				f.Fatal(err)
			}
			var zipped bytes.Buffer
			z := gzip.NewWriter(&zipped)
			z.Write(text)
			z.Close()
			write(f.T, path+".gz", zipped.Bytes())
		}},
	} {
		f := newFolder(t, inferencelog.JSONFilesOptions{MaxFileBytes: 1})
		f.put("1")
		f.put("2")
		path, _ := filepath.Glob(filepath.Join(f.dir, "rows-*-000001.jsonl"))
		f.JSONFiles.Close()
		c.leave(f, path[0])
		f.open()
		f.Tidy()
		f.put("1", "2", "3")
		f.want("1", "2", "3")
		if t.Failed() {
			t.Log(c.says)
		}
	}
}

func write(t *testing.T, path string, text []byte) {
	t.Helper()
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// What else is in the folder is not touched, whatever its name, and links are not followed.
func TestJSONFilesOddNames(t *testing.T) {
	f := newFolder(t, inferencelog.JSONFilesOptions{MaxFileBytes: 1, KeepFiles: 1, Gzip: true})
	outside := filepath.Join(t.TempDir(), "outside")
	write(t, outside, []byte("outside"))
	odd := []string{
		"rows-20260301T120000Z-000002.jsonl", "rows-20250301T120000Z-000000.jsonl", // links
		"rows-20250301T120000Z-1.jsonl", "rows-x-000001.jsonl", "rows--.jsonl", "rows-20250301T120000Z-000000.jsonl.tmp",
		"rows-20250301T120000Z-99999999999999999999.jsonl", "rows-20259901T120000Z-000000.jsonl", "notes.txt", "-rf",
	}
	for i, name := range odd {
		path := filepath.Join(f.dir, name)
		if i > 1 {
			write(t, path, []byte("odd"))
		} else if err := os.Symlink(outside, path); err != nil {
			t.Fatal(err)
		}
	}
	f.reopen()
	for _, id := range []string{"1", "2", "3", "4"} {
		f.put(id)
	}
	f.Tidy()
	for i, name := range odd {
		text, err := os.ReadFile(filepath.Join(f.dir, name))
		if want := map[bool]string{true: "outside", false: "odd"}[i < 2]; err != nil || string(text) != want {
			t.Errorf("%s: %q, %v", name, text, err)
		}
	}
	kept, _ := filepath.Glob(filepath.Join(f.dir, "rows-20260301*.gz"))
	if len(kept) != 1 {
		t.Errorf("kept %q", kept)
	}
}

// A file that somebody takes away is not written to any more.
func TestJSONFilesTakenAway(t *testing.T) {
	f := newFolder(t, inferencelog.JSONFilesOptions{})
	f.put("1")
	path, _ := filepath.Glob(filepath.Join(f.dir, "rows-*"))
	if err := os.Remove(path[0]); err != nil {
		t.Fatal(err)
	}
	f.put("2")
	f.want("2")
	path, _ = filepath.Glob(filepath.Join(f.dir, "rows-*"))
	if err := os.Rename(path[0], filepath.Join(f.dir, "taken")); err != nil {
		t.Fatal(err)
	}
	write(t, path[0], nil) // in its place, as some that rotate logs do
	f.put("3")
	f.want("3")
}

// One folder has one sink.
func TestJSONFilesInUse(t *testing.T) {
	f := newFolder(t, inferencelog.JSONFilesOptions{})
	if _, err := inferencelog.OpenJSONFiles(f.dir, nil); !errors.Is(err, inferencelog.ErrFolderInUse) {
		t.Fatalf("opened twice: %v", err)
	}
	f.reopen()
	f.put("1")
}

// A tables.json that cannot be understood is no empty one.
func TestJSONFilesBadTables(t *testing.T) {
	for _, text := range []string{"", "{", `{"tables":[{"id":"0","name":"a.b.c"}]}`, `{"tables":[{"id":"1","name":"a"},{"id":"1","name":"b"}]}`, `{"x":1}`, `{} {}`} {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "tables.json"), []byte(text))
		if sink, err := inferencelog.OpenJSONFiles(dir, nil); err == nil {
			sink.Close()
			t.Errorf("%q was taken for tables", text)
		}
	}
}
