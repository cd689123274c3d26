package catalogtest

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/modelward/modelward/catalog"
)

// machine runs random histories on two catalogs over one store and compares
// every snapshot with the model of its version.
type machine struct {
	t     *testing.T
	open  opener
	dir   string
	keeps bool // the store has its commits again when it is opened again

	store    catalog.Store
	catalogs [2]*catalog.Catalog
	models   map[uint64]*model // what each version is
	newest   *model
	compared [2]*catalog.Snapshot
	old      []*catalog.Snapshot
	etags    map[string]string // what the object was that had an etag
	fault    fault
}

// fault is what becomes of the next append.
type fault string

const (
	faultNone   fault = "none"
	faultBefore fault = "fails"
	faultAfter  fault = "succeeds, and nobody learns"
)

var errFault = errors.New("catalogtest: fault")

func checkMachine(t *testing.T, open opener) {
	keeps := durable(t, open)
	rapid.Check(t, func(rt *rapid.T) {
		m := &machine{
			t: t, open: open, dir: t.TempDir(), keeps: keeps,
			models: map[uint64]*model{}, etags: map[string]string{}, fault: faultNone,
		}
		m.store = open(t, m.dir)
		defer func() { m.store.Close() }()
		m.openCatalogs(rt)
		m.newest = newModel()
		m.models[1] = m.newest
		m.begin(rt)
		rt.Repeat(map[string]func(*rapid.T){
			"update":      m.update,
			"update more": m.update,
			"and more":    m.update,
			"fail":        m.fail,
			"reopen":      m.reopen,
			"keep":        m.keep,
			"look back":   m.lookBack,
			"follow":      m.follow,
			"":            m.compare,
		})
	})
}

// durable finds out whether a store has its commits again after Close.
func durable(t *testing.T, open opener) bool {
	dir := t.TempDir()
	s := open(t, dir)
	fill(t, s, 1)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir)
	defer s.Close()
	_, head := load(t, s)
	return head.Version == 1
}

func (m *machine) openCatalogs(t *rapid.T) {
	for i := range m.catalogs {
		faulty := &FaultStore{
			Store:  lend(m.store),
			Before: func(op Op) error { return m.fire(op, faultBefore) },
			After:  func(op Op) error { return m.fire(op, faultAfter) },
		}
		c, err := catalog.Open(t.Context(), faulty, testOptions())
		if err != nil {
			t.Fatalf("Open: %v", err)
		}
		m.catalogs[i] = c
	}
}

func (m *machine) fire(op Op, at fault) error {
	if op != OpAppend || m.fault != at {
		return nil
	}
	m.fault = faultNone
	return errFault
}

// begin fills the catalog a little, so that histories are about something.
func (m *machine) begin(t *rapid.T) {
	work := m.newest.clone()
	kinds := m.catalogs[0].Snapshot().Kinds()
	parents := []catalog.ID{catalog.MetastoreID, 5, 5, 6, 6, 6, 7, 6}
	var steps []step
	for i, typ := range []catalog.SecurableType{
		catalog.TypeCatalog, catalog.TypeSchema, catalog.TypeSchema,
		TypeService, TypeService, catalog.TypeModel, TypeService, catalog.TypeTable,
	} {
		d := catalog.Draft{Type: typ, Parent: parents[i], Name: fmt.Sprintf("n%d", i), Owner: catalog.MetastoreAdmins}
		if typ == TypeService {
			d.Spec = &Service{Text: d.Name}
		}
		steps = append(steps, step{d.Name, func(tx *catalog.Tx) error { _, err := tx.Create(d); return err }, work.create(d)})
	}
	for _, p := range []struct {
		t    catalog.PrincipalType
		name string
	}{{catalog.User, "ann"}, {catalog.Group, "staff"}, {catalog.Group, "team"}, {catalog.Group, "guests"}} {
		steps = append(steps, step{p.name, func(tx *catalog.Tx) error {
			_, err := tx.CreatePrincipal(p.t, p.name)
			return err
		}, work.createPrincipal(p.t, p.name)})
	}
	grants := []catalog.Privilege{catalog.Execute, catalog.Manage, catalog.AllPrivileges, catalog.ApplyTag}
	steps = append(steps, step{"grant", func(tx *catalog.Tx) error { return tx.Grant(8, 13, grants...) }, work.grant(kinds, 8, 13, grants)})
	if _, err := m.catalogs[0].Update(t.Context(), "tester", func(tx *catalog.Tx) error {
		for _, s := range steps {
			s.check(t, tx)
		}
		return nil
	}); err != nil {
		t.Fatalf("Update: %v", err)
	}
	m.advance(work)
}

// update makes one update of several steps, which ends well or by an error.
func (m *machine) update(t *rapid.T) {
	c := m.one(t)
	work := m.newest.clone()
	var steps []step
	for range rapid.IntRange(1, 6).Draw(t, "steps") {
		s := drawStep(t, c.Snapshot().Kinds(), work)
		t.Logf("%s breaks %v", s.text, s.broken)
		steps = append(steps, s)
	}
	var end error
	if rapid.IntRange(0, 4).Draw(t, "end by error") == 0 {
		end = errors.New("changed my mind")
	}
	stale := c.Snapshot().Version() != m.newest.version
	changed := !work.equal(m.newest)
	fault := m.fault
	version, err := c.Update(t.Context(), "tester", func(tx *catalog.Tx) error {
		if tx.Version() != m.newest.version {
			// Only a change makes the catalog find out that it is behind.
			_, err := tx.CreatePrincipal(catalog.Group, "made on an old state")
			return err
		}
		for _, s := range steps {
			s.check(t, tx)
		}
		compare(t, &tx.Snapshot, work) // a transaction sees what it has done
		return end
	})
	switch {
	case fault == faultBefore && (stale || changed && end == nil):
		if !errors.Is(err, errFault) {
			t.Fatalf("Update: %v, want the store's error", err)
		}
	case end != nil:
		if err != end {
			t.Fatalf("Update: %v, want the function's own error", err)
		}
	case !changed:
		if err != nil || version != m.newest.version {
			t.Fatalf("Update without a change: version %d, %v; want %d", version, err, m.newest.version)
		}
	case fault == faultAfter:
		if !errors.Is(err, errFault) {
			t.Fatalf("Update: %v, want the store's error", err)
		}
		m.advance(work)
	default:
		m.advance(work)
		if err != nil || version != m.newest.version || c.Snapshot().Version() != version {
			t.Fatalf("Update: version %d, %v; want %d", version, err, m.newest.version)
		}
	}
}

func (m *machine) advance(to *model) {
	to.version++
	m.newest, m.models[to.version] = to, to
}

// fail lets the next append fail.
func (m *machine) fail(t *rapid.T) {
	m.fault = rapid.SampledFrom([]fault{faultBefore, faultAfter}).Draw(t, "fault")
}

// reopen closes both catalogs, and the store where it keeps its commits.
func (m *machine) reopen(t *rapid.T) {
	for _, c := range m.catalogs {
		if err := c.Close(t.Context()); err != nil {
			t.Fatalf("Close: %v", err)
		}
	}
	if m.keeps {
		if err := m.store.Close(); err != nil {
			t.Fatalf("Close: %v", err)
		}
		m.store = m.open(m.t, m.dir)
	}
	m.openCatalogs(t)
	for _, c := range m.catalogs {
		if v := c.Snapshot().Version(); v != m.newest.version {
			t.Fatalf("opened again at version %d, want %d", v, m.newest.version)
		}
	}
}

// keep keeps a snapshot, to see later that it stood still.
func (m *machine) keep(t *rapid.T) {
	if len(m.old) == 3 {
		m.old = m.old[1:]
	}
	m.old = append(m.old, m.one(t).Snapshot())
}

// follow watches on one catalog until it shows what the other has done.
func (m *machine) follow(t *rapid.T) {
	c := m.one(t)
	version := c.Snapshot().Version()
	if version == m.newest.version {
		return
	}
	for commit, err := range c.Watch(t.Context(), version) {
		if version++; err != nil || commit.Version != version || c.Snapshot().Version() < version {
			t.Fatalf("Watch: version %d, %v; want %d, visible", commit.Version, err, version)
		}
		if version == m.newest.version {
			break
		}
	}
}

// lookBack compares the snapshots kept, whatever has happened since.
func (m *machine) lookBack(t *rapid.T) {
	for _, s := range m.old {
		m.compareSnapshot(t, s)
	}
}

// compare compares the snapshots that are new since the last time.
func (m *machine) compare(t *rapid.T) {
	for i, c := range m.catalogs {
		if s := c.Snapshot(); s != m.compared[i] {
			m.compareSnapshot(t, s)
			m.compared[i] = s
		}
	}
}

func (m *machine) one(t *rapid.T) *catalog.Catalog {
	return m.catalogs[rapid.IntRange(0, len(m.catalogs)-1).Draw(t, "catalog")]
}

func (m *machine) compareSnapshot(t *rapid.T, s *catalog.Snapshot) {
	want, ok := m.models[s.Version()]
	if !ok {
		t.Fatalf("a snapshot is at version %d, the newest is %d", s.Version(), m.newest.version)
	}
	compare(t, s, want)
	for id := range want.nodes {
		sec, _ := s.Securable(id)
		text := dumpSecurable(s, id)
		// The full name belongs to the path, not to the object alone.
		text = strings.Replace(text, fmt.Sprintf("%q", s.FullName(id)), fmt.Sprintf("%q", sec.Name), 1)
		if was, seen := m.etags[sec.Etag()]; seen && was != text {
			t.Fatalf("two states of an object have the etag %s\n%s%s", sec.Etag(), was, text)
		}
		m.etags[sec.Etag()] = text
	}
}
