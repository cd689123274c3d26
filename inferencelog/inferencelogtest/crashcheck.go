package inferencelogtest

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"

	"github.com/modelward/modelward/inferencelog"
)

// check opens what the children left and compares it with what they said.
func (c *crashed) check(ctx context.Context, o CrashOptions, dir string) error {
	ctx, cancel := context.WithTimeout(ctx, crashPatience)
	defer cancel()
	sink, err := o.Open(filepath.Join(dir, "sink"))
	if err != nil {
		return err
	}
	left, err := emptyJournal(ctx, sink, dir)
	if err == nil && (left.Accepted != left.Stored || left.Lost != 0) {
		err = fmt.Errorf("not all that was left in the journal is stored: %+v", left)
	}
	if err == nil {
		err = c.checkRows(ctx, sink)
	}
	if err == nil {
		if left, err = emptyJournal(ctx, sink, dir); left.Accepted != 0 {
			err = errors.Join(err, fmt.Errorf("a clean Close left rows in the journal: %+v", left))
		}
	}
	return errors.Join(err, sink.Close())
}

// emptyJournal stores what the journal holds, closes it, and returns the books of that.
func emptyJournal(ctx context.Context, sink inferencelog.LogSink, dir string) (inferencelog.Stats, error) {
	journal, err := openCrashJournal(dir)
	if err != nil {
		return inferencelog.Stats{}, err
	}
	log := inferencelog.New(sink, &inferencelog.Options{Journal: journal})
	err = log.Flush(ctx)
	if held := log.Health().Journal; err == nil && held.Rows != 0 {
		err = fmt.Errorf("after Flush the journal holds %d rows", held.Rows)
	}
	_, closing := log.Close(ctx)
	return log.Stats(), errors.Join(err, closing)
}

// checkRows checks that every acknowledged row is in both tables, and that every row there is whole and there once.
func (c *crashed) checkRows(ctx context.Context, sink inferencelog.LogSink) error {
	for _, table := range crashTables {
		rows, err := Rows(ctx, sink, table.ID, inferencelog.Query{})
		if errors.Is(err, inferencelog.ErrNoTable) && len(c.acked) == 0 {
			continue // no child lived to see it created
		}
		if err != nil {
			return fmt.Errorf("table %d: %w", table.ID, err)
		}
		there := make(map[string]bool, len(rows))
		for _, r := range rows {
			if there[r.ID] {
				return fmt.Errorf("table %d: row %q is there twice", table.ID, r.ID)
			}
			there[r.ID] = true
			if err := wholeCrashRow(table.Layout, r); err != nil {
				return fmt.Errorf("table %d: row %q is not what was logged: %w", table.ID, r.ID, err)
			}
		}
		missing := 0
		some := ""
		for id := range c.acked {
			if !there[id] {
				missing++
				some = id
			}
		}
		if missing > 0 {
			return fmt.Errorf("table %d: %d of %d acknowledged rows are not there, %q for one", table.ID, missing, len(c.acked), some)
		}
	}
	return nil
}

// wholeCrashRow compares a row with what follows from its id. The hashes are the logger's business.
func wholeCrashRow(l inferencelog.Layout, got *inferencelog.Record) error {
	want := crashRow(got.ID)
	for _, column := range l.Columns() {
		if column.Name == "request_sha256" || column.Name == "response_sha256" {
			continue
		}
		if g, w := got.Value(column.Name), want.Value(column.Name); !reflect.DeepEqual(g, w) {
			return fmt.Errorf("column %s: %.100v, want %.100v", column.Name, g, w)
		}
	}
	return nil
}
