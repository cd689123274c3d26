package catalog

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// ErrBackup: a backup is damaged, cut short, of another format, or its rows do
// not fit together or into this catalog. The error says which.
var ErrBackup = errors.New("catalog: backup cannot be restored")

// The backup format is lines of JSON. The first says what it is, then comes
// every row as a [Store] keeps it, by kind and key, and the last line has the
// number of rows and the SHA-256 of all bytes before it, in hexadecimal.
//
//	{"backup":"modelward catalog","format":1,"version":7,"next_id":12}
//	{"kind":"securable","key":"1","value":{"type":"metastore",…}}
//	{"rows":31,"sha256":"9f86d0…"}
const (
	backupName   = "modelward catalog"
	backupFormat = 1
	// maxBackupLine bounds a line, so that what is no backup cannot fill the
	// memory.
	maxBackupLine = 64 << 20
)

type backupHeader struct {
	Backup  string `json:"backup"`
	Format  int    `json:"format"`
	Version uint64 `json:"version"`
	NextID  uint64 `json:"next_id"`
}

// backupLine is a row or the last line, which has Rows.
type backupLine struct {
	*Change
	Rows   *int   `json:"rows,omitempty"`
	SHA256 string `json:"sha256,omitempty"`
}

// Backup writes the whole snapshot: every securable, principal, membership and
// grant, and which ids were given out. It does not hold up updates. The bytes
// are the same for the same snapshot, and [Catalog.Restore] reads them. The
// history is not in a backup; the contents of specs are, so keep it as safe as
// the store. Errors are w's; a snapshot inside an update cannot be backed up.
func (s *Snapshot) Backup(w io.Writer) error {
	if s.nextID == 0 {
		return errors.New("catalog: backup: an update in the making has no backup")
	}
	sum := sha256.New()
	out := bufio.NewWriter(w)
	line := func(v any) error {
		text, err := json.Marshal(v)
		if err != nil {
			return err
		}
		if len(text) >= maxBackupLine {
			return fmt.Errorf("a row has %d bytes", len(text))
		}
		text = append(text, '\n')
		sum.Write(text)
		_, err = out.Write(text)
		return err
	}
	err := line(backupHeader{backupName, backupFormat, s.version, s.nextID})
	rows := 0
	if err == nil {
		err = s.rows(func(c Change) error {
			rows++
			return line(backupLine{Change: &c})
		})
	}
	if err == nil {
		err = line(backupLine{Rows: &rows, SHA256: hex.EncodeToString(sum.Sum(nil))})
	}
	if err == nil {
		err = out.Flush()
	}
	if err != nil {
		return fmt.Errorf("catalog: backup: %w", err)
	}
	return nil
}

// rows gives every row in its stored form, by kind and primary key.
func (s *Snapshot) rows(each func(Change) error) error {
	put := func(row any) error {
		value, err := encode(row)
		if err != nil {
			return err
		}
		return each(Change{rowKey(row), value})
	}
	for row := range s.securables() {
		if err := put(row); err != nil {
			return err
		}
	}
	for _, kind := range []RowKind{RowPrincipal, RowMember} {
		rows, err := s.txn.Get(kind.table(), byID)
		if err != nil {
			return err
		}
		for row := rows.Next(); row != nil; row = rows.Next() {
			if err := put(row); err != nil {
				return err
			}
		}
	}
	for g := range s.grants() {
		if err := put(&grantRow{g}); err != nil {
			return err
		}
	}
	return nil
}

// RestoreOptions are the optional parts of [Catalog.Restore]. A nil
// *RestoreOptions is valid.
type RestoreOptions struct {
	// Allow is asked whether the state that is about to be replaced may be
	// replaced with that of the backup; nobody changes the catalog meanwhile.
	// Its error refuses the restore and is returned as it is. It may be asked
	// more than once, and must not call Update, Restore, Watch or Close.
	// Default: it may.
	Allow func(now, then *Snapshot) error
}

func (o *RestoreOptions) allow(now, then *Snapshot) error {
	if o == nil || o.Allow == nil {
		return nil
	}
	return o.Allow(now, then)
}

// Restore makes the state that of a backup, in one commit, and returns the
// version at which it is visible: what was made since the backup is gone, what
// was dropped is back under its old id with its grants, and every row is as it
// was, etags included. Only the ids move on: none that either side ever gave
// out is given out again. There is a commit also when nothing differs, since
// only the store knows whether this is its newest state. The history stays, and
// has the restore in it. The backup may be another catalog's, whose kinds must
// be known here.
//
// Restore reads r to its end before it changes anything, and holds up updates
// only for its commit. Errors: [ErrBackup], r's, those of opts.Allow,
// [ErrClosed], ctx's and the store's. After each of them nothing has changed
// here, as with [Catalog.Update], inside which Restore must not be called.
func (c *Catalog) Restore(ctx context.Context, actor string, r io.Reader, opts *RestoreOptions) (version uint64, err error) {
	b, err := readBackup(ctx, r)
	if err != nil {
		return 0, err
	}
	then, err := b.check(c.kinds)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrBackup, err)
	}
	return c.turn(ctx, func() (uint64, bool, error) {
		if err := opts.allow(c.Snapshot(), then); err != nil {
			return 0, false, err
		}
		return c.tryRestore(ctx, actor, b)
	})
}

// tryRestore makes one attempt on the state as it is known here, like try.
func (c *Catalog) tryRestore(ctx context.Context, actor string, b *backup) (version uint64, late bool, err error) {
	now := c.Snapshot()
	commit := Commit{
		Version: now.version + 1, NextID: max(now.nextID, b.NextID), At: c.now().UTC(),
		Actor: strings.ToValidUTF8(actor, "\uFFFD"), Restored: b.Version,
	}
	if commit.Changes, err = b.changes(now); err != nil {
		return 0, false, err
	}
	db := now.db.Snapshot()
	txn := db.Txn(true)
	defer txn.Abort() // does nothing after Commit
	index := now.index.editable()
	if err := apply(txn, index, c.kinds, commit); err != nil {
		return 0, false, fmt.Errorf("catalog: restore: %w", err)
	}
	txn.Commit()
	return c.land(ctx, newPending(commit, c.seal(db, index, commit.Version, commit.NextID)))
}

// changes returns what turns a snapshot into the backup: what goes, then what
// comes.
func (b *backup) changes(now *Snapshot) ([]Change, error) {
	present := map[RowKey]json.RawMessage{}
	if err := now.rows(func(c Change) error {
		present[c.RowKey] = c.Value
		return nil
	}); err != nil {
		return nil, err
	}
	var come []Change
	for _, change := range b.rows {
		value, there := present[change.RowKey]
		delete(present, change.RowKey)
		if !there || !bytes.Equal(value, change.Value) {
			come = append(come, change)
		}
	}
	changes := make([]Change, 0, len(present)+len(come))
	for _, key := range slices.SortedFunc(maps.Keys(present), compareKeys) {
		changes = append(changes, Change{RowKey: key})
	}
	return append(changes, come...), nil
}

func compareKeys(a, b RowKey) int {
	if c := strings.Compare(string(a.Kind), string(b.Kind)); c != 0 {
		return c
	}
	return strings.Compare(a.Key, b.Key)
}
