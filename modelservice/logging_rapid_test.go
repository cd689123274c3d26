package modelservice_test

import (
	"testing"
	"testing/synctest"

	"pgregory.net/rapid"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
)

// loggingModel is what logging of the service [chat] must be, in the plainest
// words: rights are who owns what and two grants.
type loggingModel struct {
	attached, dropped bool
	paused, stopped   bool
	service, table    string // who owns them
	uses              map[string]bool
	modifies          map[string]bool // on the table that there is
	rows              int
}

func (m *loggingModel) may() bool {
	return m.uses[m.service] && (m.table == m.service || m.modifies[m.service])
}

// Whatever is done in whatever order, the rows are those of the calls that ended
// while the table was there, was not paused, had not stopped and the owner could
// write.
func TestLoggingModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rapid.SyncTest(t, func(t *rapid.T) {
			w := openWorld(t, nil)
			defer w.close()
			w.playLogging(rapid.SliceOfN(rapid.IntRange(0, 199), 1, 60).Draw(t, "plan"))
		})
	})
}

func (w *world) playLogging(plan []int) {
	w.grant("account users", catalog.TypeCatalog, "main", catalog.UseCatalog)
	w.grant("account users", catalog.TypeSchema, "main.default", catalog.UseSchema)
	w.grant("carol", catalog.TypeSchema, "main.logging", catalog.UseSchema)
	w.service(to("one"))
	w.grant("alice", modelservice.TypeModelService, chat, catalog.Manage) // whoever owns it
	m := &loggingModel{attached: true, service: "alice", table: "alice",
		uses: map[string]bool{"alice": true, "carol": true}, modifies: map[string]bool{}}
	table := w.id(catalog.TypeTable, chatTable)
	there := func() bool { return m.attached && !m.dropped }
	for _, step := range plan {
		who := []string{"alice", "carol"}[step/10%2]
		switch step % 10 {
		case 0, 1, 2:
			if res := w.serve(w.ctx(), "bob", ask(), &recorder{}); res.Status != 200 {
				w.Errorf("the call answers %d (%v)", res.Status, res.Err)
			}
			switch {
			case !there() || m.paused || m.stopped:
			case !m.may():
				m.stopped = true
			default:
				m.rows++
			}
		case 3:
			m.service = who
			w.owned(modelservice.TypeModelService, chat, who)
		case 4:
			if there() {
				m.table = who
				w.owned(catalog.TypeTable, chatTable, who)
			}
		case 5:
			if m.uses[who] = !m.uses[who]; m.uses[who] {
				w.grant(who, catalog.TypeSchema, "main.logging", catalog.UseSchema)
			} else {
				w.revoke(who, catalog.TypeSchema, "main.logging", catalog.UseSchema)
			}
		case 6:
			if !there() {
				break
			}
			if m.modifies[who] = !m.modifies[who]; m.modifies[who] {
				w.grant(who, catalog.TypeTable, chatTable, catalog.Modify)
			} else {
				w.revoke(who, catalog.TypeTable, chatTable, catalog.Modify)
			}
		case 7, 8: // given, paused or not
			paused := step%3 == 0
			_, err := w.change("admin", modelservice.ServiceChange{InferenceTable: &modelservice.InferenceTable{Parent: "main.logging", Disabled: paused}})
			switch {
			case !m.attached && !m.uses[m.service], there() && !paused && (m.paused || m.stopped) && !m.may():
				w.refused(err, modelservice.CodePermissionDenied, "Owner '"+m.service+"' does not have")
			case !m.attached:
				w.must(err)
				m.attached, m.paused, m.stopped, m.table, m.rows = true, paused, false, "admin", 0
				m.modifies = map[string]bool{m.service: true}
				table = w.id(catalog.TypeTable, chatTable)
			default:
				w.must(err)
				if m.paused = paused; !paused && !m.dropped {
					m.stopped = false
				}
			}
		case 9:
			switch {
			case step/20%3 == 0:
				w.must(w.ms.Close(w.ctx())) // what only memory knows is lost in a crash
				w.reopen()
			case there() && step/20%3 == 1:
				w.must(w.drop("admin", catalog.TypeTable, chatTable, nil))
				m.dropped, m.rows = true, 0
			case m.dropped:
				_, err := w.change("admin", modelservice.ServiceChange{DetachTable: true})
				w.must(err)
				m.attached, m.dropped = false, false
			}
		}
		if step >= 100 {
			synctest.Wait() // the catalog has what is to be kept
		}
		w.isLogging(m, table)
	}
}

func (w *world) isLogging(m *loggingModel, table catalog.ID) {
	w.Helper()
	is := w.read().Spec.InferenceTable
	if !m.attached {
		if is != nil {
			w.Errorf("the table is %+v, want none", is)
		}
		return
	}
	want := modelservice.LoggingActive
	switch {
	case m.dropped:
		want = modelservice.LoggingDeleted
	case m.stopped:
		want = modelservice.LoggingStopped
	case m.paused:
		want = modelservice.LoggingPaused
	}
	if is == nil || is.Logging.Status != want || is.Deleted != m.dropped || is.Disabled != m.paused {
		w.Fatalf("the table is %+v, want %s (%+v)", is, want, m)
	}
	if m.dropped {
		return
	}
	if n := len(w.rowsOf(table)); n != m.rows {
		w.Fatalf("%d rows, want %d (%+v)", n, m.rows, m)
	}
}
