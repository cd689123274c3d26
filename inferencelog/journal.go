package inferencelog

import (
	"fmt"
	"os"
	"sync"
	"sync/atomic"

	"github.com/modelward/modelward/inferencelog/internal/segments"
)

// JournalOptions are the optional things of a [Journal]. Nil means every default; so does a field that is zero or negative.
type JournalOptions struct {
	// SegmentBytes is the length in bytes at which a file of the journal is full and another is begun. A file goes when
	// the sink has all of its rows, and what the files hold after a crash is offered to the sink again. Default: 16 MiB.
	SegmentBytes int64

	// MaxBytes bounds the files of the journal. When they are full, the rows that come are as with Fast until the sink
	// has taken some. Default: 1 GiB.
	MaxBytes int64
}

// Journal is a folder with the rows that were acknowledged and that the sink has not taken yet. Open one with
// [OpenJournal] and give it to one logger as [Options].Journal, which closes it; a second one goes without.
//
// Rows that the sink rejects for what is in them are put aside, as lines of JSON, in the file rejected.jsonl of the
// folder, up to 64 MiB; so are, as they are, those that only another version of this package can read. They are counted
// lost, and nothing reads that file but people.
//
// The sink should be one that remembers its tables and the ids of its rows, such as sqlitelog's: a journal is given to
// the sink again after a crash, and then a sink that forgets has no table for it, or has the rows twice.
type Journal struct {
	dir        string
	segments   *segments.Log
	groupBytes int64       // how much is written at once
	taken      atomic.Bool // a logger has it

	mu       sync.Mutex
	rejected *os.File // opened when it is needed
}

// OpenJournal opens the journal in a folder, which it makes when it is not there, readable by its owner only. Rows that
// an earlier process has left in it are stored first. Damage is passed over and counted ([JournalHealth].Damaged).
// A folder has one user at a time; it returns an error for the second one.
func OpenJournal(dir string, opts *JournalOptions) (*Journal, error) {
	var o segments.Options
	if opts != nil {
		o.SegmentBytes, o.MaxBytes = max(0, opts.SegmentBytes), max(0, opts.MaxBytes)
	}
	log, err := segments.Open(dir, &o)
	if err != nil {
		return nil, fmt.Errorf("inferencelog: journal: %w", err)
	}
	j := &Journal{dir: dir, segments: log, groupBytes: groupBytes}
	if o.MaxBytes > 0 {
		j.groupBytes = min(j.groupBytes, o.MaxBytes/4)
	}
	return j, nil
}

// Close closes a journal that no logger has.
func (j *Journal) Close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	err := j.segments.Close()
	if j.rejected != nil {
		if failed := j.rejected.Close(); err == nil {
			err = failed
		}
		j.rejected = nil
	}
	if err != nil {
		return fmt.Errorf("inferencelog: journal: %w", err)
	}
	return nil
}
