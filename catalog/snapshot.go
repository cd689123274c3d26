package catalog

import (
	"iter"

	"github.com/hashicorp/go-memdb"
)

// Snapshot is one immutable moment of the catalog. Reading it never waits and
// never fails. It may be kept and shared; it holds on to the memory of its
// moment while it is kept.
//
// Inside [Catalog.Update], the snapshot that a [Tx] embeds also sees what the
// transaction has done so far, and ends with it.
type Snapshot struct {
	txn     *memdb.Txn
	version uint64
	kinds   *Kinds
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
	path := s.kinds.paths[t]
	if len(path) == 0 || name.Parts() != len(path) {
		return 0, false
	}
	parts := [maxDepth]string{name.Catalog, name.Schema, name.Object}
	at := MetastoreID
	for i, kind := range path {
		// Kinds may share a name space, so what is found can be of another kind.
		row := s.named(at, kind.Space, parts[i])
		if row == nil || row.Type != kind.Type {
			return 0, false
		}
		at = row.ID
	}
	return at, true
}

func (s *Snapshot) named(parent ID, space, name string) *securableRow {
	row, _ := s.first(RowSecurable, byName, nameBytes(nameKey{parent, space, name})).(*securableRow)
	return row
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
	return seq(s, RowSecurable, byParent+prefix, childBytes(childKey{parent, t}), (*securableRow).node)
}

// All returns all objects of one kind, ordered by id.
func (s *Snapshot) All(t SecurableType) iter.Seq[Node] {
	return seq(s, RowSecurable, byType, text(nil, string(t)), (*securableRow).node)
}

// OwnedBy returns the objects a principal owns itself, ordered by id.
func (s *Snapshot) OwnedBy(p PrincipalID) iter.Seq[Node] {
	return seq(s, RowSecurable, byOwner, u64(uint64(p)), (*securableRow).node)
}

// Granted reports whether exactly this grant exists.
func (s *Snapshot) Granted(g Grant) bool {
	return s.first(RowGrant, byID, grantBytes(g)) != nil
}

// GrantsOn returns the grants placed on an object itself, ordered by principal
// id and privilege.
func (s *Snapshot) GrantsOn(id ID) iter.Seq[Grant] {
	return seq(s, RowGrant, byOn, u64(uint64(id)), (*grantRow).grant)
}

// GrantsTo returns the grants given to a principal itself, ordered by object id
// and privilege.
func (s *Snapshot) GrantsTo(p PrincipalID) iter.Seq[Grant] {
	return seq(s, RowGrant, byTo, u64(uint64(p)), (*grantRow).grant)
}

// Principal returns the principal with the given id.
func (s *Snapshot) Principal(id PrincipalID) (Principal, bool) {
	row, _ := s.first(RowPrincipal, byID, u64(uint64(id))).(*principalRow)
	if row == nil {
		return Principal{}, false
	}
	return row.Principal, true
}

// PrincipalNamed finds a principal by name, without regard to case.
func (s *Snapshot) PrincipalNamed(name string) (Principal, bool) {
	folded, err := foldPrincipal(name)
	if err != nil {
		return Principal{}, false
	}
	row, _ := s.first(RowPrincipal, byName, text(nil, folded)).(*principalRow)
	if row == nil {
		return Principal{}, false
	}
	return row.Principal, true
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
// without [AccountUsers].
func (s *Snapshot) MemberOf(p PrincipalID) iter.Seq[PrincipalID] {
	return seq(s, RowMember, byMember, u64(uint64(p)), (*memberRow).groupID)
}

const prefix = "_prefix"

func (s *Snapshot) securable(id ID) *securableRow {
	row, _ := s.first(RowSecurable, byID, u64(uint64(id))).(*securableRow)
	return row
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
func (r *grantRow) grant() Grant             { return r.Grant }
func (r *principalRow) principal() Principal { return r.Principal }
func (r *memberRow) memberID() PrincipalID   { return r.member }
func (r *memberRow) groupID() PrincipalID    { return r.group }
