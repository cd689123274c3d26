package segments

import (
	"bytes"
	"testing"
)

// nullSync writes to the operating system and waits for no disk, so that what is measured is ours.
type nullSync struct{ OS }

type nullFile struct{ File }

func (nullFile) Sync() error          { return nil }
func (nullSync) SyncDir(string) error { return nil }

func (n nullSync) Create(name string) (File, error) {
	f, err := n.OS.Create(name)
	return nullFile{f}, err
}

// Batches of 64 frames of 4 KB are appended, read and done.
func BenchmarkLog(b *testing.B) {
	batch := make([][]byte, 64)
	for i := range batch {
		batch[i] = bytes.Repeat([]byte{byte(i)}, 4096)
	}
	for _, disk := range []struct {
		name string
		fs   FS
	}{{"synced", OS{}}, {"unsynced", nullSync{}}} {
		b.Run(disk.name, func(b *testing.B) {
			l, err := Open(b.TempDir(), &Options{FS: disk.fs})
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(64 * 4096)
			b.ReportAllocs()
			var seqs []uint64
			for b.Loop() {
				if _, err := l.Append(batch); err != nil {
					b.Fatal(err)
				}
				frames, err := l.Next(64, 1<<20)
				if err != nil || len(frames) != 64 {
					b.Fatalf("%d frames, %v", len(frames), err)
				}
				seqs = seqs[:0]
				for _, f := range frames {
					seqs = append(seqs, f.Seq)
				}
				l.Done(seqs...)
			}
			if err := l.Close(); err != nil {
				b.Fatal(err)
			}
		})
	}
}
