package modelservice

import (
	"testing"
	"testing/synctest"
	"time"
)

// What is decided between the commit of a restore and its end waits, and is then
// forgotten; after a restore that came to nothing it is kept.
func TestStopWhileRestored(t *testing.T) {
	for _, restored := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			m, service, _ := loggingWorld(t)
			kept := func() bool { return m.catalog.Snapshot().Compiled(service).(*compiled).table.Stopped != nil }
			table := m.catalog.Snapshot().Compiled(service).(*compiled).table
			m.stops.replace()
			m.stops.replace() // somebody else's, which fails
			m.stop(logged{service, table.ID}, stop{table.Resumes, "why"}, m.catalog.Snapshot().Version())
			m.stops.replaced(0)
			time.Sleep(time.Hour)
			if kept() {
				t.Error("a stop is kept while it is not known of which state it is")
			}
			version := uint64(0)
			if restored {
				version = m.catalog.Snapshot().Version()
			}
			m.stops.replaced(version)
			time.Sleep(time.Hour)
			if kept() == restored {
				t.Errorf("restored: %v, stopped: %v", restored, kept())
			}
			if err := m.Close(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}
