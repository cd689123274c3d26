package parquetlog

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"
)

// run makes files in the background, of spools that have ended or are old enough, until the sink is closed.
func (s *Sink) run() {
	defer close(s.done)
	ticker := time.NewTicker(s.opts.pause())
	defer ticker.Stop()
	for {
		select {
		case <-s.stop:
			return
		case <-s.wake:
		case <-ticker.C:
		}
		for _, t := range s.all() {
			t.sealOld(s.opts.rollAge())
			_ = s.buildTable(context.Background(), t) // Err tells
			t.retain(s.disk, s.opts, s.known)
		}
	}
}

// wakeUp tells the background that there is something to do.
func (s *Sink) wakeUp() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// seal ends the spool that is open, and when that is the end nothing is written any more.
func (t *table) seal(ctx context.Context, end bool) error {
	if err := t.writing.take(ctx); err != nil {
		return err
	}
	defer t.writing.give()
	t.ended = t.ended || end
	t.endSpool()
	return nil
}

// sealOld ends the spool that is open when its first row is that old.
func (t *table) sealOld(age time.Duration) {
	t.writing.wait()
	defer t.writing.give()
	if t.active != nil && time.Since(t.active.born) >= age {
		t.endSpool()
	}
}

// finish makes files of all rows, and when that is the end nothing is written any more.
func (s *Sink) finish(ctx context.Context, end bool) error {
	var err error
	for _, t := range s.all() {
		if gaveUp := t.seal(ctx, end); gaveUp != nil {
			return errors.Join(err, gaveUp)
		}
		err = errors.Join(err, s.buildTable(ctx, t))
		t.retain(s.disk, s.opts, s.known)
	}
	return err
}

// buildTable makes files of a table's spools that have ended. It waits while others build, at most as long as ctx.
func (s *Sink) buildTable(ctx context.Context, t *table) error {
	if err := s.building.take(ctx); err != nil {
		return err
	}
	defer s.building.give()
	for ctx.Err() == nil {
		sp := t.firstEnded()
		if sp == nil {
			t.fail(nil)
			return nil
		}
		if err := s.build(t, sp); err != nil {
			if t.gone() {
				return nil
			}
			err = fmt.Errorf("parquetlog: table %d: no file can be made of its rows: %w", t.ID, err)
			t.fail(err)
			return err
		}
	}
	return ctx.Err()
}

// firstEnded returns the first spool that has ended, or nil.
func (t *table) firstEnded() *spool {
	t.mu.RLock()
	defer t.mu.RUnlock()
	if t.dropped || len(t.spools) == 0 || t.spools[0] == t.active {
		return nil
	}
	return t.spools[0]
}

func (t *table) gone() bool {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.dropped
}

func (t *table) fail(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.failure = err
}

// build makes a file of a spool that has ended, and lets the file take the spool's place. The caller has the turn to
// build.
func (s *Sink) build(t *table, sp *spool) error {
	var made *file
	damage := sp.damage
	if len(sp.rows) > 0 {
		b := s.builder
		if b == nil || b.shape != sp.shape {
			b = newBuilder(sp.shape)
		}
		s.builder = nil // for an error leaves it in pieces
		made = &file{name: fileName(sp.min, sp.number), number: sp.number, rows: int64(len(sp.rows)), min: sp.min, max: sp.max}
		size, found, err := b.buildFile(s.disk, sp, t.Name, t.path(made.name))
		if err != nil {
			return err
		}
		made.size = size
		damage = errors.Join(damage, found)
		s.builder = b
		if err := s.disk.syncFolder(filepath.Dir(t.path(made.name))); err != nil {
			return err // the spool stays, and the file is written again
		}
		s.known.learn(made, sp.ids)
	}
	t.replace(s.disk, sp, made, damage != nil)
	return nil
}

// setAside keeps a damaged spool whose file is there. One that cannot be given its
// name now is, when the folder is opened again. The caller holds mu.
func (t *table) setAside(d *disk, path string) {
	if d.rename(path, path+damagedSuffix) == nil {
		path += damagedSuffix
	}
	t.damaged = append(t.damaged, path)
}

// replace puts the file in the place of the spool. Until the spool is removed, the number tells that they are the same.
func (t *table) replace(d *disk, sp *spool, made *file, damaged bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.spools = slices.DeleteFunc(t.spools, func(other *spool) bool { return other == sp })
	t.release(sp)
	if t.dropped {
		return
	}
	if made != nil {
		t.files = append(t.files, made)
	}
	if damaged {
		t.setAside(d, sp.path)
		return
	}
	if d.remove(sp.path) != nil {
		t.leftover = append(t.leftover, sp.path)
	}
}
