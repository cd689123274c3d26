package catalogtest

import (
	"cmp"
	"iter"
	"slices"
	"strings"

	"github.com/modelward/modelward/catalog"
)

// tb is what a law complains to; a *testing.T and a *rapid.T both are one.
type tb interface {
	Helper()
	Fatalf(format string, args ...any)
}

// compare asks a snapshot for every fact of the model, by every way of asking,
// and for facts that are not.
func compare(t tb, s *catalog.Snapshot, m *model) {
	t.Helper()
	for id := catalog.ID(0); uint64(id) <= m.next; id++ {
		compareNode(t, s, m, id)
	}
	for id := catalog.PrincipalID(0); uint64(id) <= m.next; id++ {
		comparePrincipal(t, s, m, id)
	}
	for _, typ := range s.Kinds().Types() {
		same(t, s.All(typ), m.nodesIf(func(n node) bool { return n.t == typ }), byID, "All(%s)", typ)
	}
	for _, typ := range principalTypes {
		var want []catalog.Principal
		for id, p := range m.principals {
			if p.t == typ {
				want = append(want, catalog.Principal{ID: id, Type: p.t, Name: p.name})
			}
		}
		var got []catalog.Principal
		for p := range s.Principals(typ) {
			got = append(got, catalog.Principal{ID: p.ID, Type: p.Type, Name: p.Name})
		}
		slices.SortFunc(want, func(a, b catalog.Principal) int {
			return cmp.Compare(foldName(a.Name), foldName(b.Name))
		})
		if !slices.Equal(got, want) {
			t.Fatalf("Principals(%s)\n got %v\nwant %v", typ, got, want)
		}
	}
}

func compareNode(t tb, s *catalog.Snapshot, m *model, id catalog.ID) {
	t.Helper()
	n, there := m.nodes[id]
	got, ok := s.Node(id)
	if want := m.node(id); ok != there || got != want {
		t.Fatalf("Node(%d)\n got %+v, %t\nwant %+v, %t", id, got, ok, want, there)
	}
	sec, ok := s.Securable(id)
	if ok != there {
		t.Fatalf("Securable(%d): %t, want %t", id, ok, there)
	}
	name := m.fullName(id)
	if full := s.FullName(id).String(); full != name {
		t.Fatalf("FullName(%d) is %q, want %q", id, full, name)
	}
	same(t, s.GrantsOn(id), m.grantsIf(func(g catalog.Grant) bool { return g.On == id }), byGrant, "GrantsOn(%d)", id)
	inside := m.nodesIf(func(child node) bool { return child.parent == id && child.t != catalog.TypeMetastore })
	if id == 0 {
		inside = m.nodesIf(func(child node) bool { return child.t == catalog.TypeMetastore })
	}
	same(t, s.Children(id, ""), inside, byKindAndName, "Children(%d)", id)
	for _, typ := range s.Kinds().Types() {
		some := slices.DeleteFunc(slices.Clone(inside), func(n catalog.Node) bool { return n.Type != typ })
		same(t, s.Children(id, typ), some, byKindAndName, "Children(%d, %s)", id, typ)
	}
	if !there {
		if s.Compiled(id) != nil {
			t.Fatalf("Compiled(%d) is there and the object is not", id)
		}
		return
	}
	if sec.Comment != n.comment || propertyText(sec.Properties) != n.properties || specText(sec.Spec) != n.spec {
		t.Fatalf("Securable(%d)\n got %+v %s\nwant %+v", id, sec, specText(sec.Spec), n)
	}
	full, err := catalog.ParseFullName(name)
	if err != nil && id != catalog.MetastoreID {
		t.Fatalf("ParseFullName(%q): %v", name, err)
	}
	for _, typ := range s.Kinds().Types() {
		var want catalog.ID
		for other := range m.nodes {
			if m.nodes[other].t == typ && m.fullName(other) == name {
				want = other
			}
		}
		if found, ok := s.Lookup(typ, full); found != want || ok != (want != 0) {
			t.Fatalf("Lookup(%s, %q) is %d, %t; want %d", typ, name, found, ok, want)
		}
	}
}

func comparePrincipal(t tb, s *catalog.Snapshot, m *model, id catalog.PrincipalID) {
	t.Helper()
	p, there := m.principals[id]
	got, ok := s.Principal(id)
	if ok != there || ok && (got.ID != id || got.Type != p.t || got.Name != p.name) {
		t.Fatalf("Principal(%d)\n got %+v, %t\nwant %+v, %t", id, got, ok, p, there)
	}
	if there {
		for _, spelling := range []string{p.name, strings.ToUpper(p.name), strings.ToLower(p.name)} {
			if named, ok := s.PrincipalNamed(spelling); !ok || named.ID != id {
				t.Fatalf("PrincipalNamed(%q) is %+v, %t; want %d", spelling, named, ok, id)
			}
		}
	}
	same(t, s.GrantsTo(id), m.grantsIf(func(g catalog.Grant) bool { return g.To == id }), byGrantee, "GrantsTo(%d)", id)
	same(t, s.OwnedBy(id), m.nodesIf(func(n node) bool { return n.owner == id }), byID, "OwnedBy(%d)", id)
	var in, of []catalog.PrincipalID
	for e := range m.members {
		if e.group == id {
			in = append(in, e.member)
		}
		if e.member == id {
			of = append(of, e.group)
		}
	}
	same(t, s.Members(id), in, cmp.Compare[catalog.PrincipalID], "Members(%d)", id)
	same(t, s.MemberOf(id), of, cmp.Compare[catalog.PrincipalID], "MemberOf(%d)", id)
}

// same compares what a snapshot lists with a set and the order promised.
func same[V comparable](t tb, got iter.Seq[V], want []V, order func(a, b V) int, format string, args ...any) {
	t.Helper()
	slices.SortFunc(want, order)
	if list := slices.Collect(got); !slices.Equal(list, want) {
		t.Fatalf(format+"\n got %v\nwant %v", append(args, list, want)...)
	}
}

func byID(a, b catalog.Node) int { return cmp.Compare(a.ID, b.ID) }

func byKindAndName(a, b catalog.Node) int {
	return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.Name, b.Name))
}

func byGrant(a, b catalog.Grant) int {
	return cmp.Or(cmp.Compare(a.On, b.On), cmp.Compare(a.To, b.To), cmp.Compare(a.Privilege, b.Privilege))
}

func byGrantee(a, b catalog.Grant) int { return cmp.Or(cmp.Compare(a.To, b.To), byGrant(a, b)) }

func (m *model) node(id catalog.ID) catalog.Node {
	n, ok := m.nodes[id]
	if !ok {
		return catalog.Node{}
	}
	return catalog.Node{ID: id, Type: n.t, Parent: n.parent, Name: n.name, Owner: n.owner, System: n.system, Revision: n.revision}
}

func (m *model) nodesIf(want func(node) bool) []catalog.Node {
	var nodes []catalog.Node
	for id, n := range m.nodes {
		if want(n) {
			nodes = append(nodes, m.node(id))
		}
	}
	return nodes
}

func (m *model) grantsIf(want func(catalog.Grant) bool) []catalog.Grant {
	var grants []catalog.Grant
	for g := range m.grants {
		if want(g) {
			grants = append(grants, g)
		}
	}
	return grants
}

func (m *model) fullName(id catalog.ID) string {
	n, ok := m.nodes[id]
	if !ok || id == catalog.MetastoreID {
		return ""
	}
	if above := m.fullName(n.parent); above != "" {
		return above + "." + n.name
	}
	return n.name
}
