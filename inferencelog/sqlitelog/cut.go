package sqlitelog

import (
	"cmp"
	"context"
	"database/sql"
	"errors"

	"github.com/modelward/modelward/inferencelog"
)

// What one transaction deletes at most, so that a write that waits for it does not wait long.
const (
	cutRows  = 500
	cutBytes = 4 << 20 // of payloads, to the next row
)

// rowBytes is about what a row takes beside its payloads.
const rowBytes = 512

// pass is one search for rows that are beyond the limits.
type pass struct {
	oldest map[uint64]row // each table's oldest row, as last seen; nil: not looked yet
}

// row is what decides whether a row goes before another.
type row struct {
	at    string // the event time
	usage bool   // whether the table is of layout Usage
}

// rank tells what goes first: rows that are too old, whichever they are, then those with payloads, of which there is most to
// be freed, and then what tells who has used how much.
func (r row) rank(before string) int {
	switch {
	case r.at < before:
		return 0
	case !r.usage:
		return 1
	}
	return 2
}

// look finds the oldest row of every table that has rows.
func (p *pass) look(ctx context.Context, tx *sql.Tx) error {
	tables, err := listTables(ctx, tx)
	if err != nil {
		return err
	}
	p.oldest = make(map[uint64]row)
	for _, t := range tables {
		var at string
		err := tx.QueryRowContext(ctx, "SELECT event_time FROM "+quote(tableName(t.ID))+" ORDER BY event_time LIMIT 1").Scan(&at)
		switch {
		case err == nil:
			p.oldest[t.ID] = row{at, t.Layout == inferencelog.Usage}
		case !errors.Is(err, sql.ErrNoRows):
			return err
		}
	}
	return nil
}

// first returns the table with the row that goes first, or false when there are no rows.
func (p *pass) first(before string) (id uint64, first row, ok bool) {
	for table, r := range p.oldest {
		if !ok || cmp.Or(cmp.Compare(r.rank(before), first.rank(before)), cmp.Compare(r.at, first.at), cmp.Compare(table, id)) < 0 {
			id, first, ok = table, r, true
		}
	}
	return id, first, ok
}

// onlyUsage reports whether no other rows are known; meanwhile there may be some.
func (p *pass) onlyUsage() bool {
	for _, r := range p.oldest {
		if !r.usage {
			return false
		}
	}
	return true
}

// cut is one transaction's deletion of the rows that go first.
type cut struct {
	pass     *pass
	before   string // older rows go
	maxBytes int64  // rows go until the file uses no more; 0: no limit

	rows  map[uint64]int64 // how many of which table
	total int64
	freed int64 // bytes, about
	over  int64 // bytes to be freed
	heads map[uint64]*head
}

// prune chooses rows and deletes them.
func (c *cut) prune(ctx context.Context, tx *sql.Tx) error {
	if c.pass.onlyUsage() {
		if err := c.pass.look(ctx, tx); err != nil {
			return err
		}
	}
	if c.maxBytes > 0 {
		used, err := used(ctx, tx)
		if err != nil {
			return err
		}
		c.over = used - c.maxBytes
	}
	c.rows, c.heads = make(map[uint64]int64), make(map[uint64]*head)
	err := c.choose(ctx, tx)
	for _, h := range c.heads {
		err = errors.Join(err, h.rows.Close())
	}
	if err != nil {
		return err
	}
	for id, n := range c.rows {
		table := quote(tableName(id))
		_, err := tx.ExecContext(ctx, "DELETE FROM "+table+" WHERE rowid IN (SELECT rowid FROM "+table+" ORDER BY event_time, rowid LIMIT ?)", n)
		if err != nil {
			return err
		}
	}
	return nil
}

// choose counts the rows that go. It leaves in the pass the oldest that are left.
func (c *cut) choose(ctx context.Context, tx *sql.Tx) error {
	for c.total < cutRows && c.freed < cutBytes {
		id, first, ok := c.pass.first(c.before)
		if !ok {
			return nil
		}
		h := c.heads[id]
		if h == nil { // what the pass knows may be out of date
			var err error
			if h, err = openHead(ctx, tx, id); errors.Is(err, inferencelog.ErrNoTable) {
				delete(c.pass.oldest, id)
				continue
			} else if err != nil {
				return err
			}
			c.heads[id] = h
		} else {
			if first.at >= c.before && c.freed >= c.over {
				return nil
			}
			c.rows[id]++
			c.total++
			c.freed += h.bytes
		}
		more, err := h.next()
		if err != nil {
			return err
		}
		c.pass.oldest[id] = row{h.at, first.usage}
		if !more {
			delete(c.pass.oldest, id)
		}
	}
	return nil
}

// head is the beginning of a table, the oldest rows first.
type head struct {
	rows  *sql.Rows
	at    string // the event time of the row
	bytes int64  // about what it takes
}

func openHead(ctx context.Context, tx *sql.Tx, id uint64) (*head, error) {
	_, layout, err := lookUp(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	size := "?"
	if layout.Has("request") && layout.Has("response") {
		size += " + ifnull(octet_length(request), 0) + ifnull(octet_length(response), 0)"
	}
	// One more than can go: whose time is that of the oldest left.
	rows, err := tx.QueryContext(ctx, "SELECT event_time, "+size+" FROM "+quote(tableName(id))+" ORDER BY event_time, rowid LIMIT ?", rowBytes, cutRows+1)
	if err != nil {
		return nil, err
	}
	return &head{rows: rows}, nil
}

// next goes to the next row, or returns false when there is none.
func (h *head) next() (bool, error) {
	if !h.rows.Next() {
		return false, h.rows.Err()
	}
	return true, h.rows.Scan(&h.at, &h.bytes)
}

// used returns the size of the pages that hold something.
func used(ctx context.Context, q querier) (bytes int64, err error) {
	err = q.QueryRowContext(ctx, "SELECT (page_count - freelist_count) * page_size FROM pragma_page_count, pragma_freelist_count, pragma_page_size").Scan(&bytes)
	return bytes, err
}
