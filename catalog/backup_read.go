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
	"hash"
	"io"

	"github.com/hashicorp/go-memdb"
)

// backup is what was read of one.
type backup struct {
	backupHeader
	rows []Change // in the order of the file
}

// readBackup reads a backup whole and checks that nothing of it is missing or
// altered.
func readBackup(ctx context.Context, r io.Reader) (*backup, error) {
	lines := &backupLines{ctx: ctx, sum: sha256.New(), in: bufio.NewScanner(r)}
	lines.in.Buffer(nil, maxBackupLine+1)
	lines.in.Split(wholeLines)
	b := new(backup)
	if err := lines.next(&b.backupHeader); err != nil {
		return nil, err
	}
	if b.Backup != backupName {
		return nil, lines.bad("is not a backup of a catalog")
	}
	if b.Format != backupFormat {
		return nil, lines.bad(fmt.Sprintf("has format %d, this is format %d", b.Format, backupFormat))
	}
	for {
		var line backupLine
		if err := lines.next(&line); err != nil {
			return nil, err
		}
		switch {
		case line.Rows == nil && line.Change != nil && line.Value != nil:
			b.rows = append(b.rows, *line.Change)
		case line.Rows == nil || line.Change != nil:
			return nil, lines.bad("is neither a row nor the end")
		case line.SHA256 != hex.EncodeToString(lines.sum.Sum(nil)):
			return nil, lines.bad("has another checksum than what is above it")
		case *line.Rows != len(b.rows):
			return nil, lines.bad(fmt.Sprintf("counts %d rows, and there are %d", *line.Rows, len(b.rows)))
		default:
			return b, lines.end()
		}
	}
}

// check builds what the backup holds beside the catalog, and looks at it as
// Open does at a store.
func (b *backup) check(kinds *Kinds) (*Snapshot, error) {
	db, err := memdb.NewMemDB(schema())
	if err != nil {
		return nil, err
	}
	txn, x := db.Txn(true), newIndex(kinds)
	defer txn.Abort()
	seen := make(map[RowKey]bool, len(b.rows))
	for i, change := range b.rows {
		if seen[change.RowKey] {
			return nil, fmt.Errorf("%s %s is there twice", change.Kind, change.Key)
		}
		seen[change.RowKey] = true
		row, err := decode(kinds, change.RowKey, change.Value)
		if err != nil {
			return nil, err
		}
		// In the spelling of today, so that only what differs is a change.
		if b.rows[i].Value, err = encode(row); err != nil {
			return nil, err
		}
		if _, err := insert(txn, x, row); err != nil {
			return nil, err
		}
	}
	x.loaded()
	x.publish()
	txn.Commit()
	s := &Snapshot{txn: db.Txn(false), index: x, version: b.Version, kinds: kinds, nextID: b.NextID}
	// After a counter near its end nothing could be made any more.
	if b.Version == 0 || b.NextID < firstFreeID || b.NextID > 1<<62 {
		return nil, fmt.Errorf("version %d with next id %d cannot be", b.Version, b.NextID)
	}
	return s, checkLoaded(s, Head{Version: b.Version, NextID: b.NextID})
}

// backupLines reads the lines of a backup.
type backupLines struct {
	ctx context.Context
	in  *bufio.Scanner
	sum hash.Hash // of the lines before the one at hand
	at  int       // number of the line at hand
}

// next reads the next line, which must be there.
func (l *backupLines) next(into any) error {
	if err := l.ctx.Err(); err != nil {
		return err
	}
	l.sum.Write(l.in.Bytes())
	l.at++
	if !l.in.Scan() {
		switch err := l.in.Err(); {
		case err == nil, errors.Is(err, errHalfLine):
			return l.bad("is missing: the backup is cut short")
		case errors.Is(err, bufio.ErrTooLong):
			return l.bad("is too long")
		default:
			return fmt.Errorf("catalog: restore: %w", err)
		}
	}
	d := json.NewDecoder(bytes.NewReader(l.in.Bytes()))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return l.bad("is not of a backup: " + err.Error())
	}
	if _, err := d.Token(); err != io.EOF {
		return l.bad("has something after its end")
	}
	return nil
}

// end refuses anything after the last line.
func (l *backupLines) end() error {
	l.at++
	if l.in.Scan() || errors.Is(l.in.Err(), errHalfLine) || errors.Is(l.in.Err(), bufio.ErrTooLong) {
		return l.bad("comes after the end")
	}
	if err := l.in.Err(); err != nil {
		return fmt.Errorf("catalog: restore: %w", err)
	}
	return nil
}

func (l *backupLines) bad(what string) error {
	return fmt.Errorf("%w: line %d %s", ErrBackup, l.at, what)
}

var errHalfLine = errors.New("catalog: half a line")

// wholeLines splits into lines with their ends; what has no end is no line.
func wholeLines(data []byte, atEOF bool) (advance int, token []byte, err error) {
	if i := bytes.IndexByte(data, '\n'); i >= 0 {
		return i + 1, data[:i+1], nil
	}
	if atEOF && len(data) > 0 {
		return 0, nil, errHalfLine
	}
	return 0, nil, nil
}
