package parquetlog

import (
	"context"
	"fmt"
	"path/filepath"
	"unicode/utf8"

	"github.com/modelward/modelward/inferencelog"
)

// waiting is the number of ended spools of a table, beyond which writing waits for one of them to become a file.
const waiting = 2

// Write stores the batch in the table's spool. When the spool has enough, it becomes a Parquet file in the background;
// when that does not keep up, Write waits for it, and while no files can be made at all, Write fails.
//
// Beside what the wall says, a batch is rejected in which the id of a row is not valid UTF-8, or an event time is not
// in the years 1 to 9999, and one of 4 GiB. Other text that is not valid UTF-8 is mended with U+FFFD.
func (s *Sink) Write(ctx context.Context, id uint64, batch []*inferencelog.Record) error {
	for _, r := range batch {
		if err := check(r); err != nil {
			return err
		}
	}
	t, err := s.table(ctx, id)
	if err != nil {
		return err
	}
	if err := t.writing.take(ctx); err != nil {
		return err
	}
	defer t.writing.give()
	switch {
	case t.ended:
		return inferencelog.ErrClosed
	case t.dropped:
		return fmt.Errorf("%w: %d", inferencelog.ErrNoTable, id)
	}
	if t.behind() {
		if err := s.buildTable(ctx, t); err != nil {
			return err
		}
	}
	rows, err := s.unknown(t, batch)
	if err != nil || len(rows) == 0 {
		return err
	}
	if err := s.spoolRows(t, rows); err != nil {
		return err
	}
	if sp := t.active; len(sp.rows) >= s.opts.rollRows() || sp.size >= s.opts.rollBytes() {
		t.endSpool()
		s.wakeUp()
	}
	return nil
}

func check(r *inferencelog.Record) error {
	if err := r.Validate(); err != nil {
		return err
	}
	if !utf8.ValidString(r.ID) {
		return fmt.Errorf("%w: id is not valid UTF-8", inferencelog.ErrRejected)
	}
	if y := r.EventTime.UTC().Year(); y < 1 || y > 9999 {
		return fmt.Errorf("%w: event time in the year %d", inferencelog.ErrRejected, y)
	}
	return nil
}

// behind reports whether too many spools wait to become files.
func (t *table) behind() bool {
	t.mu.RLock()
	defer t.mu.RUnlock()
	ended := len(t.spools)
	if t.active != nil {
		ended--
	}
	return ended > waiting
}

// spoolRows writes the rows to the spool of the table, and begins one if none is open. The caller holds t.writing, so
// that nobody else changes the spool; readers look at it meanwhile.
func (s *Sink) spoolRows(t *table, rows []*inferencelog.Record) error {
	buffer := s.buffers.Get().(*[]byte)
	defer s.giveBack(buffer)
	frame := append((*buffer)[:0], make([]byte, frameHead)...)
	for _, r := range rows {
		from := len(frame) + 4
		frame = t.shape.appendRow(append(frame, 0, 0, 0, 0), r)
		fillSize(frame, from)
		if len(frame) > maxContent {
			return fmt.Errorf("%w: %d rows have more than 4 GiB", inferencelog.ErrRejected, len(rows))
		}
	}
	*buffer = frame
	seal(frame, uint32(len(rows)))
	sp, err := t.current(s.disk, s.opts.sync())
	if err == nil {
		err = sp.append(s.disk, frame, s.opts.sync())
	}
	if err != nil {
		return fmt.Errorf("parquetlog: %w", err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	at := sp.size + frameHead
	sp.size += int64(len(frame))
	for i, content := 0, frame[frameHead:]; i < len(rows); i++ {
		row, rest, err := cut(content)
		if err != nil {
			return err
		}
		at += 4
		sp.add(rows[i].ID, spoolRow{microsOf(rows[i]), at, uint32(len(row))})
		at, content = at+int64(len(row)), rest
	}
	return nil
}

// giveBack keeps a buffer for the next batch, unless it is large.
func (s *Sink) giveBack(buffer *[]byte) {
	if cap(*buffer) <= 4<<20 {
		s.buffers.Put(buffer)
	}
}

// microsOf returns the event time as rows have it.
func microsOf(r *inferencelog.Record) int64 {
	if r.EventTime.IsZero() {
		return zeroTime
	}
	return r.EventTime.UnixMicro()
}

// current returns the spool that is written to, and begins one if there is none. The caller holds writing.
func (t *table) current(d *disk, sync bool) (*spool, error) {
	if t.active != nil {
		return t.active, nil
	}
	t.mu.Lock()
	number, path := t.next, filepath.Join(t.folder, spoolName(t.next))
	t.next++
	t.mu.Unlock()
	sp, err := newSpool(d, path, number, t.shape, sync)
	if err != nil {
		return nil, err
	}
	if sync {
		if err := d.syncFolder(t.folder); err != nil {
			return nil, sp.discard(err)
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.spools = append(t.spools, sp)
	t.active = sp
	return sp, nil
}

// endSpool lets nothing more be written to the spool that is open. The caller holds writing.
func (t *table) endSpool() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.active = nil
}
