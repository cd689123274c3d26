package catalog

import (
	"iter"
	"slices"

	"github.com/hashicorp/go-memdb"
)

// Snapshot is one immutable moment of the catalog. Reading it never waits and
// never fails. It may be kept and shared; it holds on to the memory of its
// moment while it is kept.
//
// Inside [Catalog.Update], the snapshot that a [Tx] embeds also sees what the
// transaction has done so far, and ends with it.
type Snapshot struct {
	index   *index       // securables and grants, and everything else that is read by the million
	txn     *memdb.Txn   // principals and members
	db      *memdb.MemDB // what txn reads, never changed; nil inside an update
	version uint64
	kinds   *Kinds
	nextID  uint64 // the lowest id never used; 0 inside an update
}

// Node is what deciding about an object takes. It is a value without
// references into the catalog.
type Node struct {
	ID       ID
	Type     SecurableType
	Parent   ID
	Name     string
	Owner    PrincipalID
	System   bool
	Revision uint64
}

// Version returns the version of the newest commit that the snapshot shows.
func (s *Snapshot) Version() uint64 { return s.version }

// Kinds returns the kinds this catalog was opened with.
func (s *Snapshot) Kinds() *Kinds { return s.kinds }

// Lookup finds an object by kind and canonical name. The metastore has no name.
func (s *Snapshot) Lookup(t SecurableType, name FullName) (ID, bool) {
	if t == TypeMetastore && name == (FullName{}) {
		return MetastoreID, true
	}
	papers, ok := s.kinds.papers[t]
	if !ok || len(papers.path) == 0 || name.Parts() != len(papers.path) {
		return 0, false
	}
	parts := [maxDepth]string{name.Catalog, name.Schema, name.Object}
	at := MetastoreID
	for i, papers := range papers.path {
		id, kind := s.index.among(papers).find(papers.name(at, parts[i]))
		// Kinds may share a name space, so what is found can be of another kind.
		if id == 0 || kind != papers.number {
			return 0, false
		}
		at = ID(id)
	}
	return at, true
}

// Node returns the object with the given id.
func (s *Snapshot) Node(id ID) (Node, bool) {
	row := s.securable(id)
	if row == nil {
		return Node{}, false
	}
	return row.node(), true
}

// Compiled returns what the object's [Kind] has prepared of its content, or
// nil. It is immutable and shared.
func (s *Snapshot) Compiled(id ID) any {
	row := s.securable(id)
	if row == nil {
		return nil
	}
	return row.compiled
}

// Securable returns a copy of the object with the given id.
func (s *Snapshot) Securable(id ID) (Securable, bool) {
	row := s.securable(id)
	if row == nil {
		return Securable{}, false
	}
	return row.clone(), true
}

// FullName returns the object's name, of no parts when there is none.
func (s *Snapshot) FullName(id ID) FullName {
	var parts [3]string
	n := 0
	for row := s.securable(id); row != nil && row.Parent != 0 && n < len(parts); row = s.securable(row.Parent) {
		parts[n] = row.Name
		n++
	}
	switch n {
	case 1:
		return FullName{Catalog: parts[0]}
	case 2:
		return FullName{Catalog: parts[1], Schema: parts[0]}
	case 3:
		return FullName{Catalog: parts[2], Schema: parts[1], Object: parts[0]}
	}
	return FullName{}
}

// Children returns what lives directly in a container, of one kind or, with an
// empty kind, of all kinds, ordered by kind and name.
func (s *Snapshot) Children(parent ID, t SecurableType) iter.Seq[Node] {
	return s.ChildrenAfter(parent, t, "")
}

// ChildrenAfter is [Snapshot.Children] without those whose names are not after
// a given one.
func (s *Snapshot) ChildrenAfter(parent ID, t SecurableType, name string) iter.Seq[Node] {
	return func(yield func(Node) bool) {
		for id := range s.childIDs(parent, t, name) {
			if o := s.index.object(id); o != nil && !yield(o.row.node()) {
				return
			}
		}
	}
}

// childIDs yields the ids of those that [Snapshot.ChildrenAfter] yields.
func (s *Snapshot) childIDs(parent ID, t SecurableType, name string) iter.Seq[ID] {
	o := s.index.objects.get(uint64(parent))
	if o == nil {
		return func(func(ID) bool) {}
	}
	families := o.families()
	if t != "" {
		n, ok := o.family(t)
		if !ok {
			return func(func(ID) bool) {}
		}
		families = families[n : n+1]
	}
	ids := func(yield func(ID) bool) {
		for _, family := range families {
			for c := range family.all.from(child{name: name}, byName) {
				if c.name != name && !yield(c.id) {
					return
				}
			}
		}
	}
	if s.index.edit == nil {
		return ids
	}
	// Who walks inside a transaction may change what is walked over.
	return slices.Values(slices.Collect(ids))
}

// HeldIn returns the objects in a container, of all kinds and in no order, that
// a principal owns or is granted something on itself.
func (s *Snapshot) HeldIn(p PrincipalID, container ID) iter.Seq[ID] {
	ids := s.index.heldIn(p, container)
	if s.index.edit == nil {
		return ids
	}
	return slices.Values(slices.Collect(ids))
}

// HasChildren reports whether anything is directly in a container.
func (s *Snapshot) HasChildren(container ID) bool {
	o := s.index.objects.get(uint64(container))
	return o != nil && len(o.families()) > 0
}

// All returns all objects of one kind, ordered by id.
func (s *Snapshot) All(t SecurableType) iter.Seq[Node] {
	return func(yield func(Node) bool) {
		for row := range s.securables() {
			if row.Type == t && !yield(row.node()) {
				return
			}
		}
	}
}

// OwnedBy returns the objects a principal owns itself, ordered by id.
func (s *Snapshot) OwnedBy(p PrincipalID) iter.Seq[Node] {
	return func(yield func(Node) bool) {
		for _, id := range s.heldBy(p) {
			if o := s.index.object(id); o != nil && o.owner == p && !yield(o.row.node()) {
				return
			}
		}
	}
}

// heldBy returns, ordered, what a principal owns or is granted something on.
func (s *Snapshot) heldBy(p PrincipalID) []ID {
	var ids []ID
	for at := range s.index.held.get(uint64(p)).from(spot{}, byContainer) {
		ids = append(ids, at.id)
	}
	slices.Sort(ids)
	return ids
}

// Granted reports whether exactly this grant exists.
func (s *Snapshot) Granted(g Grant) bool {
	return s.index.granted(g)
}

// GrantsOn returns the grants placed on an object itself, ordered by principal
// id and privilege.
func (s *Snapshot) GrantsOn(id ID) iter.Seq[Grant] {
	return s.index.grantsOn(id, 0)
}

// GrantsTo returns the grants given to a principal itself, ordered by object id
// and privilege.
func (s *Snapshot) GrantsTo(p PrincipalID) iter.Seq[Grant] {
	return func(yield func(Grant) bool) {
		for _, id := range s.heldBy(p) {
			for g := range s.index.grantsOn(id, p) {
				if !yield(g) {
					return
				}
			}
		}
	}
}

// Principal returns the principal with the given id.
func (s *Snapshot) Principal(id PrincipalID) (Principal, bool) {
	i := s.index.identity(id)
	if i == nil {
		return Principal{}, false
	}
	return i.row.Principal, true
}

// PrincipalNamed finds a principal by name, without regard to case.
func (s *Snapshot) PrincipalNamed(name string) (Principal, bool) {
	folded, err := foldPrincipal(name)
	if err != nil {
		return Principal{}, false
	}
	id, _ := s.index.called.find(nameKey{name: folded})
	return s.Principal(PrincipalID(id))
}

// Principals returns the principals of one kind, ordered by name.
func (s *Snapshot) Principals(t PrincipalType) iter.Seq[Principal] {
	return seq(s, RowPrincipal, byType+prefix, text(nil, string(t)), (*principalRow).principal)
}

// Members returns who was added to a group directly, ordered by id. Those of
// [AccountUsers] are implied and not listed.
func (s *Snapshot) Members(group PrincipalID) iter.Seq[PrincipalID] {
	return seq(s, RowMember, byID+prefix, u64(uint64(group)), (*memberRow).memberID)
}

// MemberOf returns the groups a principal was added to directly, ordered by id,
// without [AccountUsers]. [Snapshot.Memberships] has those it is in through
// groups, too.
func (s *Snapshot) MemberOf(p PrincipalID) iter.Seq[PrincipalID] {
	return func(yield func(PrincipalID) bool) {
		i := s.index.identities.get(uint64(p))
		if i == nil {
			return
		}
		groups := i.groups
		if s.index.edit != nil {
			groups = slices.Clone(groups) // the transaction may change it meanwhile
		}
		for _, group := range groups {
			if !yield(group) {
				return
			}
		}
	}
}

const prefix = "_prefix"

// securables yields the rows of all securables, ordered by id.
func (s *Snapshot) securables() iter.Seq[*securableRow] {
	rows := func(yield func(*securableRow) bool) {
		for _, o := range s.index.objects.all() {
			if o != nil && o.row != nil && !yield(o.row) {
				return
			}
		}
	}
	if s.index.edit == nil {
		return rows
	}
	return slices.Values(slices.Collect(rows))
}

func (s *Snapshot) securable(id ID) *securableRow {
	o := s.index.object(id)
	if o == nil {
		return nil
	}
	return o.row
}

// grants yields all grants, ordered by object, principal and privilege, those on
// what is not there included.
func (s *Snapshot) grants() iter.Seq[Grant] {
	return func(yield func(Grant) bool) {
		for n, o := range s.index.objects.all() {
			if o == nil || !o.granted() {
				continue
			}
			for g := range s.index.grantsOn(ID(n), 0) {
				if !yield(g) {
					return
				}
			}
		}
	}
}

// first returns the one row of a unique key, or nil. go-memdb fails only on an
// unknown table or index, which TestSchema rules out.
func (s *Snapshot) first(kind RowKind, index string, key []byte) any {
	row, err := s.txn.First(kind.table(), index, key)
	if err != nil {
		return nil
	}
	return row
}

// seq walks the rows of a key and hands out values. It collects before it
// yields, so that a transaction may change what it is walking over.
func seq[R, V any](s *Snapshot, kind RowKind, index string, key []byte, value func(*R) V) iter.Seq[V] {
	return func(yield func(V) bool) {
		rows, err := s.txn.Get(kind.table(), index, key)
		if err != nil {
			return
		}
		var all []*R
		for row := rows.Next(); row != nil; row = rows.Next() {
			all = append(all, row.(*R))
		}
		for _, row := range all {
			if !yield(value(row)) {
				return
			}
		}
	}
}

func (r *securableRow) node() Node {
	return Node{r.ID, r.Type, r.Parent, r.Name, r.Owner, r.System, r.Revision}
}
func (r *principalRow) principal() Principal { return r.Principal }
func (r *memberRow) memberID() PrincipalID   { return r.member }
