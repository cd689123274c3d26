package parquetlog

import (
	"cmp"
	"errors"
	"fmt"
	"hash/maphash"
	"os"
	"slices"
	"sync"

	"github.com/parquet-go/parquet-go"

	"github.com/modelward/modelward/inferencelog"
)

// knownBytes bounds the memory for the ids of finished files, over all tables: eight bytes a row.
const knownBytes = 32 << 20

// known is the ids of finished files, as hashes, of as many files as there is room for: those asked for last.
type known struct {
	seed maphash.Seed

	mu     sync.Mutex
	recent []knownFile // the one asked for last is the last
	bytes  int
}

type knownFile struct {
	file   *file
	hashes []uint64 // in order
}

func newKnown() *known { return &known{seed: maphash.MakeSeed()} }

// learn takes up the ids of a file.
func (k *known) learn(f *file, ids map[string]struct{}) {
	hashes := make([]uint64, 0, len(ids))
	for id := range ids {
		hashes = append(hashes, maphash.String(k.seed, id))
	}
	k.keep(f, hashes)
}

func (k *known) keep(f *file, hashes []uint64) {
	slices.Sort(hashes)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.remove(func(have *file) bool { return have == f })
	k.recent = append(k.recent, knownFile{f, hashes})
	k.bytes += 8 * len(hashes)
	for k.bytes > knownBytes && len(k.recent) > 1 {
		k.bytes -= 8 * len(k.recent[0].hashes)
		k.recent = slices.Delete(k.recent, 0, 1)
	}
}

// hashes returns the hashes of a file's ids, if they are here.
func (k *known) hashes(f *file) ([]uint64, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for i, have := range k.recent {
		if have.file == f {
			k.recent = append(slices.Delete(k.recent, i, i+1), have)
			return have.hashes, true
		}
	}
	return nil, false
}

func (k *known) forgetFile(f *file) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.remove(func(have *file) bool { return have == f })
}

// forget lets go of the files of a table.
func (k *known) forget(t *table) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	k.mu.Lock()
	defer k.mu.Unlock()
	k.remove(func(have *file) bool { return slices.Contains(t.files, have) })
}

// remove lets go of files. The caller holds mu.
func (k *known) remove(which func(*file) bool) {
	k.recent = slices.DeleteFunc(k.recent, func(have knownFile) bool {
		gone := which(have.file)
		if gone {
			k.bytes -= 8 * len(have.hashes)
		}
		return gone
	})
}

// unknown returns the rows of a batch that are not in the table yet. The caller holds t.writing.
func (s *Sink) unknown(t *table, batch []*inferencelog.Record) ([]*inferencelog.Record, error) {
	files, spools, err := t.pin()
	if err != nil {
		return nil, err
	}
	defer t.unpin(s.disk, spools)
	clear(t.seen)
	if t.seen == nil {
		t.seen = make(map[string]struct{}, len(batch))
	}
	fresh := make([]*inferencelog.Record, 0, len(batch))
	for _, r := range batch {
		_, there := t.seen[r.ID]
		for _, sp := range spools {
			if !there {
				_, there = sp.ids[r.ID]
			}
		}
		if !there {
			t.seen[r.ID] = struct{}{}
			fresh = append(fresh, r)
		}
	}
	for _, f := range files {
		if fresh, err = s.notIn(t, f, fresh); err != nil {
			return nil, err
		}
	}
	return fresh, nil
}

// notIn returns the rows that are not in the finished file. A row that comes again has the time it had, so that a file
// of other times need not be asked.
func (s *Sink) notIn(t *table, f *file, rows []*inferencelog.Record) ([]*inferencelog.Record, error) {
	within := func(r *inferencelog.Record) bool {
		micros := microsOf(r)
		return f.bad == nil && f.min <= micros && micros <= f.max
	}
	if !slices.ContainsFunc(rows, within) {
		return rows, nil
	}
	hashes, ok := s.known.hashes(f)
	if !ok {
		err := eachID(t.path(f.name), func(id []byte) { hashes = append(hashes, maphash.Bytes(s.known.seed, id)) })
		if err != nil {
			return rows, s.unreadable(t, f, err)
		}
		s.known.keep(f, hashes)
	}
	suspects := make(map[string]bool)
	for _, r := range rows {
		if _, there := slices.BinarySearch(hashes, maphash.String(s.known.seed, r.ID)); there && within(r) {
			suspects[r.ID] = false
		}
	}
	if len(suspects) == 0 {
		return rows, nil
	}
	// Two ids may have one hash; and no row is given up for that.
	err := eachID(t.path(f.name), func(id []byte) {
		if _, ok := suspects[string(id)]; ok {
			suspects[string(id)] = true
		}
	})
	if err != nil {
		return rows, s.unreadable(t, f, err)
	}
	return slices.DeleteFunc(rows, func(r *inferencelog.Record) bool { return suspects[r.ID] }), nil
}

// unreadable goes on without a file that is damaged. What the operating system
// refuses may be read another time: that is the error of the write.
func (s *Sink) unreadable(t *table, f *file, err error) error {
	if errors.As(err, new(*os.PathError)) {
		return err
	}
	s.known.forgetFile(f)
	t.spoil(f, err)
	return nil
}

// eachID reads the ids of a finished file.
func eachID(path string, f func(id []byte)) (err error) {
	defer rescue(&err)
	p, err := openParquet(path)
	if err != nil {
		return fmt.Errorf("parquetlog: %w", err)
	}
	defer p.file.Close()
	leaf, ok := p.Schema().Lookup("invocation_id")
	if !ok {
		return fmt.Errorf("parquetlog: %s: no ids", path)
	}
	err = p.each(leaf.ColumnIndex, upTo(p.NumRows()), func(_ int, values []parquet.Value) error {
		f(values[0].ByteArray())
		return nil
	})
	if err != nil {
		return fmt.Errorf("parquetlog: %s: %w", path, err)
	}
	return nil
}

// upTo returns the numbers below n.
func upTo(n int64) []int64 {
	list := make([]int64, n)
	for i := range list {
		list[i] = int64(i)
	}
	return list
}

// compare orders by the first two, and by the other two where those are equal.
func compare(a, b int64, na, nb uint64) int { return cmp.Or(cmp.Compare(a, b), cmp.Compare(na, nb)) }
