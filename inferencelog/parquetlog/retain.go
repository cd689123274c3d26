package parquetlog

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// retain removes the files whose rows are too old, and the oldest files of a table that is too large.
func (t *table) retain(d *disk, o *Options, known *known) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.leftover = slices.DeleteFunc(t.leftover, func(path string) bool {
		err := d.remove(path)
		return err == nil || errors.Is(err, os.ErrNotExist)
	})
	// A spool that could not be removed would bring its rows back once its file is gone.
	if t.dropped || len(t.leftover) > 0 {
		return
	}
	going := t.going(o)
	t.files = slices.DeleteFunc(t.files, func(f *file) bool {
		if !slices.Contains(going, f) {
			return false
		}
		known.forgetFile(f)
		t.doomed = append(t.doomed, filepath.Join(t.folder, f.name))
		return true
	})
	t.clear(d)
}

// going returns the files that are to be removed.
func (t *table) going(o *Options) []*file {
	var list []*file
	oldest := slices.SortedFunc(slices.Values(t.files), func(a, b *file) int { return compare(a.max, b.max, a.number, b.number) })
	total := int64(0)
	for _, f := range oldest {
		total += f.size
	}
	for _, f := range oldest {
		old := o.maxAge() > 0 && time.Since(time.UnixMicro(f.max)) >= o.maxAge()
		large := o.maxBytes() > 0 && total > o.maxBytes()
		if f.bad == nil && (old || large) {
			total -= f.size
			list = append(list, f)
		}
	}
	return list
}
