package authztest

import (
	"bytes"
	"context"

	"github.com/modelward/modelward/catalog"
)

// What befalls a story's state as a whole.

// reopen opens the state again from its store, and goes on with it or not.
func (s *story) reopen() {
	s.t.Helper()
	s.note("open again")
	c := s.open()
	s.examine(c.Snapshot(), s.now, s.shape.callers, &s.tally.Again)
	if s.rng.IntN(2) == 0 {
		s.catalogs[s.rng.IntN(2)] = c
	}
}

// anew builds the state in another catalog, where every decision must be the
// same.
func (s *story) anew() {
	s.t.Helper()
	c := s.catalogs[0]
	if c.Snapshot().Version() != s.version {
		c = s.open()
	}
	callers := s.some(s.now.world.Callers(), s.shape.callers)
	newTwin(s.t, s.now.world, s.rng).compare(s.t, s.a, c.Snapshot(), s.now.asked, callers...)
}

// leap lets a stretch of ids pass, as if they had been used in between.
func (s *story) leap() {
	s.t.Helper()
	head, err := s.store.Load(context.Background(), func(catalog.RowKey, []byte) error { return nil })
	if err != nil {
		s.t.Fatal(err)
	}
	far := head.NextID + 1<<s.rng.IntN(58)
	s.note("ids go on at %d", far)
	err = s.store.Append(context.Background(), head.Version, catalog.Commit{Version: head.Version + 1, NextID: far, Actor: "story"})
	if err != nil {
		s.t.Fatal(err)
	}
	s.version++
}

// restore goes back to an old moment: what was dropped since is back under its
// old id, and what was made since is gone.
func (s *story) restore() {
	s.t.Helper()
	if len(s.old) == 0 {
		return
	}
	var backup bytes.Buffer
	m, c := pick(s.rng, s.old), s.catalogs[s.rng.IntN(2)]
	if s.rng.IntN(4) == 0 {
		m = s.foreign(m)
	}
	if err := m.Backup(&backup); err != nil {
		s.t.Fatal(err)
	}
	s.note("-- back to version %d", m.Version())
	version, err := c.Restore(context.Background(), "story", &backup, nil)
	if err != nil || version != s.version+1 {
		s.t.Fatalf("Restore: version %d, %v; want %d", version, err, s.version+1)
	}
	s.version, s.now = version, m.truth
	s.examine(c.Snapshot(), s.now, s.shape.callers, &s.tally.Again)
}

// foreign is a moment's world in another catalog, under ids that mean something
// else in this one.
func (s *story) foreign(m moment) moment {
	s.t.Helper()
	at := newTwin(s.t, m.truth.world, s.rng).Snapshot
	s.note("-- in another catalog")
	w := WorldOf(at).plain()
	s.was.remember(w)
	for _, n := range w.Objects {
		s.spent[uint64(n.ID)] = true
	}
	for _, p := range w.Principals {
		s.spent[uint64(p.ID)] = true
	}
	return moment{at, s.exam(s.now.of(w))}
}
