package authztest

import (
	"cmp"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/modelward/modelward/catalog"
	"pgregory.net/rapid"
)

// ghosts are what was there once: no reading may find it again.
type ghosts struct {
	objects    map[catalog.ID]bool
	principals map[catalog.PrincipalID]bool
	names      map[typedName]bool // full names of objects
	called     map[string]bool    // names of principals
}

type typedName struct {
	t    catalog.SecurableType
	name catalog.FullName
}

func newGhosts() *ghosts {
	return &ghosts{map[catalog.ID]bool{}, map[catalog.PrincipalID]bool{}, map[typedName]bool{}, map[string]bool{}}
}

// remember takes down everything of a world.
func (g *ghosts) remember(w World) {
	o := newTables(w, &papers{})
	for _, n := range w.Objects {
		g.objects[n.ID] = true
		g.names[typedName{n.Type, o.fullName(n)}] = true
	}
	for _, p := range w.Principals {
		g.principals[p.ID] = true
		g.called[p.Name] = true
	}
}

// fullName is the object's name, put together from its levels.
func (t *tables) fullName(n catalog.Node) catalog.FullName {
	var parts []string
	for _, level := range t.upFrom(n) {
		if level.Parent != 0 {
			parts = append(parts, level.Name)
		}
	}
	parts = append(parts, "", "", "")
	switch slices.Index(parts, "") {
	case 1:
		return catalog.FullName{Catalog: parts[0]}
	case 2:
		return catalog.FullName{Catalog: parts[1], Schema: parts[0]}
	case 3:
		return catalog.FullName{Catalog: parts[2], Schema: parts[1], Object: parts[0]}
	}
	return catalog.FullName{}
}

// compareRows fails unless a snapshot shows exactly the rows of a world, by
// every way of reading and in the order promised, and nothing of what was.
// Revisions and who made what are not looked at.
func (o *Oracle) compareRows(t rapid.TB, s *catalog.Snapshot, was *ghosts) {
	t.Helper()
	r := reading{t, o, s}
	r.objects(was)
	r.principals(was)
}

// faraway is an id that differs from another in one digit, in some base.
func faraway(id uint64) uint64 {
	return id ^ 1<<[]int{6, 8, 14, 16, 20, 24, 26, 32, 40, 62}[id%10]
}

type reading struct {
	t rapid.TB
	*Oracle
	s *catalog.Snapshot
}

func (r reading) objects(was *ghosts) {
	r.t.Helper()
	children, ofType := map[catalog.ID][]catalog.Node{}, map[catalog.SecurableType][]catalog.Node{}
	ownedBy := map[catalog.PrincipalID][]catalog.Node{}
	grantsOn := map[catalog.ID][]catalog.Grant{}
	named := map[typedName]catalog.ID{}
	for _, n := range r.world.Objects {
		children[n.Parent] = append(children[n.Parent], n)
		ofType[n.Type] = append(ofType[n.Type], n)
		ownedBy[n.Owner] = append(ownedBy[n.Owner], n)
		named[typedName{n.Type, r.fullName(n)}] = n.ID
	}
	for _, g := range r.world.Grants {
		grantsOn[g.On] = append(grantsOn[g.On], g)
	}
	for id := range was.objects {
		want, there := r.Oracle.objects[id]
		if got, found := r.s.Node(id); found != there || plainNode(got) != want {
			r.t.Fatalf("Node(%d)\n got %+v, %t\nwant %+v, %t", id, got, found, want, there)
		}
		if there && r.s.FullName(id) != r.fullName(want) {
			r.t.Fatalf("FullName(%d) is %q, want %q", id, r.s.FullName(id), r.fullName(want))
		}
		if far := catalog.ID(faraway(uint64(id))); r.Oracle.objects[far].ID == 0 {
			if got, found := r.s.Node(far); found {
				r.t.Fatalf("Node(%d) is %+v", far, got)
			}
		}
		sameList(r.t, plainNodes(r.s.Children(id, "")), children[id], byKindAndName, "Children(%d)", id)
		sameList(r.t, r.s.GrantsOn(id), grantsOn[id], byGrantee, "GrantsOn(%d)", id)
	}
	for _, k := range r.world.Kinds {
		sameList(r.t, plainNodes(r.s.All(k.Type)), ofType[k.Type], byID, "All(%s)", k.Type)
	}
	for name := range was.names {
		if got, found := r.s.Lookup(name.t, name.name); got != named[name] || found != (named[name] != 0) {
			r.t.Fatalf("Lookup(%s, %q) is %d, %t; want %d", name.t, name.name, got, found, named[name])
		}
	}
	for p := range was.principals {
		sameList(r.t, plainNodes(r.s.OwnedBy(p)), ownedBy[p], byID, "OwnedBy(%d)", p)
	}
	for _, g := range r.world.Grants {
		if !r.s.Granted(g) {
			r.t.Fatalf("%+v is not granted", g)
		}
	}
}

func (r reading) principals(was *ghosts) {
	r.t.Helper()
	there, named := map[catalog.PrincipalID]catalog.Principal{}, map[string]catalog.PrincipalID{}
	ofType := map[catalog.PrincipalType][]catalog.Principal{}
	members, memberOf := map[catalog.PrincipalID][]catalog.PrincipalID{}, map[catalog.PrincipalID][]catalog.PrincipalID{}
	for _, p := range r.world.Principals {
		there[p.ID], named[p.Name] = p, p.ID
		ofType[p.Type] = append(ofType[p.Type], p)
	}
	for _, m := range r.world.Members {
		members[m.Group] = append(members[m.Group], m.Member)
		memberOf[m.Member] = append(memberOf[m.Member], m.Group)
	}
	for id := range was.principals {
		want, exists := there[id]
		if got, found := r.s.Principal(id); found != exists || plainPrincipal(got) != want {
			r.t.Fatalf("Principal(%d)\n got %+v, %t\nwant %+v, %t", id, got, found, want, exists)
		}
		if far := catalog.PrincipalID(faraway(uint64(id))); there[far].ID == 0 {
			if got, found := r.s.Principal(far); found {
				r.t.Fatalf("Principal(%d) is %+v", far, got)
			}
		}
		sameList(r.t, r.s.Members(id), members[id], cmp.Compare[catalog.PrincipalID], "Members(%d)", id)
		sameList(r.t, r.s.MemberOf(id), memberOf[id], cmp.Compare[catalog.PrincipalID], "MemberOf(%d)", id)
		sameList(r.t, r.s.GrantsTo(id), r.grants[id], byObject, "GrantsTo(%d)", id)
	}
	for name := range was.called {
		if got, found := r.s.PrincipalNamed(strings.ToUpper(name)); got.ID != named[name] || found != (named[name] != 0) {
			r.t.Fatalf("PrincipalNamed(%q) is %d, %t; want %d", name, got.ID, found, named[name])
		}
	}
	for _, t := range []catalog.PrincipalType{catalog.System, catalog.User, catalog.ServicePrincipal, catalog.Group} {
		got := slices.Collect(r.s.Principals(t))
		for i := range got {
			got[i] = plainPrincipal(got[i])
		}
		sameList(r.t, slices.Values(got), ofType[t], byFoldedName, "Principals(%s)", t)
	}
}

// plain is a world without what no decision depends on.
func (w World) plain() World {
	w.Objects = slices.Collect(plainNodes(slices.Values(w.Objects)))
	w.Principals = slices.Clone(w.Principals)
	for i, p := range w.Principals {
		w.Principals[i] = plainPrincipal(p)
	}
	return w
}

func plainNode(n catalog.Node) catalog.Node {
	n.Revision = 0
	return n
}

func plainNodes(nodes iter.Seq[catalog.Node]) iter.Seq[catalog.Node] {
	return func(yield func(catalog.Node) bool) {
		for n := range nodes {
			if !yield(plainNode(n)) {
				return
			}
		}
	}
}

func plainPrincipal(p catalog.Principal) catalog.Principal {
	p.CreatedAt, p.CreatedBy = time.Time{}, ""
	return p
}

// sameList compares what a snapshot lists with a set and the order promised.
func sameList[V comparable](t rapid.TB, got iter.Seq[V], want []V, order func(a, b V) int, format string, args ...any) {
	t.Helper()
	want = slices.Clone(want)
	slices.SortFunc(want, order)
	if list := slices.Collect(got); !slices.Equal(list, want) {
		t.Fatalf(format+"\n got %v\nwant %v", append(args, list, want)...)
	}
}

func byID(a, b catalog.Node) int { return cmp.Compare(a.ID, b.ID) }

func byKindAndName(a, b catalog.Node) int {
	return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.Name, b.Name))
}

func byGrantee(a, b catalog.Grant) int {
	return cmp.Or(cmp.Compare(a.On, b.On), cmp.Compare(a.To, b.To), cmp.Compare(a.Privilege, b.Privilege))
}

func byObject(a, b catalog.Grant) int { return cmp.Or(cmp.Compare(a.To, b.To), byGrantee(a, b)) }

func byFoldedName(a, b catalog.Principal) int {
	return cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
}
