package catalog

import (
	"context"
	"encoding/json"
	"iter"
	"time"
)

// Store keeps commits. It is the wall between the catalog and a disk or a
// database; catalogtest holds the laws every Store must keep.
//
// A Store may be called from several goroutines.
type Store interface {
	// Load calls put for every row that the commits so far have left, and
	// returns where the store stands. The value given to put is valid only
	// during the call and must not be changed; put must not call the store.
	// An error from put ends Load and is returned.
	Load(ctx context.Context, put func(key RowKey, value []byte) error) (Head, error)

	// Append makes c durable as the commit after prev. When Append returns
	// nil the commit survives a crash; when it returns an error the commit
	// is not there, unless the error is ErrUnknownOutcome.
	// When prev is not the newest version, Append changes nothing and
	// returns ErrConflict. A commit whose version is not prev+1 is refused.
	// What c holds may be changed by the caller afterwards.
	Append(ctx context.Context, prev uint64, c Commit) error

	// Watch yields the commits after the given version, in order and without
	// gaps, waiting for more until ctx is done, which ends the sequence with
	// ctx's error, or until the store is closed, which ends it with ErrClosed.
	// When commits that it would have to yield have been trimmed, it ends at
	// once with a *TrimmedError and leaves nothing out silently.
	// What is yielded belongs to the receiver. The receiver may call the store.
	Watch(ctx context.Context, after uint64) iter.Seq2[Commit, error]

	// Trim forgets the commits up to and including a version; the rows that
	// they have left stay, and so does Head. When Trim returns nil they stay
	// forgotten after a crash. A version already trimmed does nothing; one
	// beyond the newest is refused and changes nothing. When Trim fails for
	// another reason, the oldest of the commits may be forgotten and the
	// others not.
	Trim(ctx context.Context, through uint64) error

	// Close releases what the store holds. Closing again does nothing; all
	// other calls return ErrClosed from then on.
	Close() error
}

// Batcher is what a [Store] is that can make several commits durable in about the
// time of one. A catalog then has it keep together what was committed while it
// was busy. One that wraps a store and has an Append of its own needs an
// AppendAll of its own, too.
type Batcher interface {
	// AppendAll is Append for commits that follow one after the other, the
	// first of them after prev; there is at least one. All of them are kept or,
	// when it returns an error, none; after ErrUnknownOutcome it is also all or
	// none that are there. No watcher gets the first before the last is kept.
	// A Batcher that finds out that it is none, because it wraps a store that
	// is none, changes nothing and returns errors.ErrUnsupported; it is given
	// one commit at a time from then on.
	AppendAll(ctx context.Context, prev uint64, cs []Commit) error
}

// Head is where a store stands.
type Head struct {
	Version uint64 // of the newest commit; 0 when there is none
	NextID  uint64 // the lowest id never used; 0 when there is no commit
}

// RowKind says which table of the catalog a row belongs to.
type RowKind string

// The tables.
const (
	RowSecurable RowKind = "securable"
	RowPrincipal RowKind = "principal"
	RowMember    RowKind = "member"
	RowGrant     RowKind = "grant"
)

// RowKey identifies a row in a store. Key is the row's id, or its ids joined
// by '/', in decimal.
type RowKey struct {
	Kind RowKind `json:"kind"`
	Key  string  `json:"key"`
}

// Change is one row as a commit left it.
type Change struct {
	RowKey
	Value json.RawMessage `json:"value,omitempty"` // nil: the row was removed
}

// Commit is one update, whole. One without changes only moves NextID. Commits
// are values to be read: a Store keeps them, a watcher follows them, and
// together they are the history of who changed what and when.
type Commit struct {
	Version uint64    `json:"version"`
	NextID  uint64    `json:"next_id"`
	At      time.Time `json:"at"`
	Actor   string    `json:"actor"`
	// Restored is the version of the backup whose state this commit has
	// brought back; 0 for every other commit.
	Restored uint64   `json:"restored,omitempty"`
	Changes  []Change `json:"changes"` // each row at most once
}
