package catalog

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"time"
)

// Tx is one update in the making. It reads like a [Snapshot] that includes
// what has been done so far. It belongs to the function that [Catalog.Update]
// gave it to and must not be used after that returns, nor from two goroutines.
//
// Every method either does the whole of what it says or returns an error and
// does nothing. Tx checks that the state stays whole; whether the caller may
// do it is decided by package authz.
type Tx struct {
	Snapshot
	at     time.Time
	actor  string
	nextID uint64
	before map[ID]*securableRow // of each securable touched; nil where there was none
	hadIt  map[Grant]bool       // of each grant touched
	broken error                // an internal failure: the update must not commit
	alone  bool                 // all that it begins with is kept, and nothing else happens
	asked  bool                 // to be alone, in vain
}

// At returns the time that this update's changes carry.
func (tx *Tx) At() time.Time { return tx.at }

// Actor returns the name that this update's changes carry.
func (tx *Tx) Actor() string { return tx.actor }

// errNotAlone is for a change that runs again when it can be alone.
var errNotAlone = errors.New("catalog: the change runs again, alone")

// Alone is called by a change before it acts on something outside the catalog.
// When it returns nil, the store has all that the change reads, and no other
// change runs until this one's commit is kept or has failed. Otherwise change
// must return, with this error or another: it runs again, and then it is alone.
func (tx *Tx) Alone() error {
	if tx.alone {
		return nil
	}
	tx.asked = true
	return errNotAlone
}

// Create makes a securable and returns its id. Errors: [*InvalidError],
// [ErrNotFound] for the parent or the owner, [ErrAlreadyExists].
func (tx *Tx) Create(d Draft) (ID, error) {
	papers, ok := tx.kinds.Papers(d.Type)
	if !ok || d.Type == TypeMetastore {
		return 0, invalid("type", fmt.Sprintf("%q cannot be created", d.Type))
	}
	if err := tx.checkParent(papers, d.Parent); err != nil {
		return 0, err
	}
	if _, ok := tx.Principal(d.Owner); !ok {
		return 0, fmt.Errorf("%w: owner of %s %q", ErrNotFound, d.Type, d.Name)
	}
	s := Securable{
		Type: d.Type, Parent: d.Parent, Owner: d.Owner,
		Comment: d.Comment, Properties: d.Properties, Spec: d.Spec, System: d.System,
		CreatedAt: tx.at, CreatedBy: tx.actor,
	}
	var err error
	if s.Name, err = tx.freeName(papers, d.Parent, 0, d.Name); err != nil {
		return 0, err
	}
	if err := CheckComment(d.Comment); err != nil {
		return 0, err
	}
	if err := CheckProperties(d.Properties); err != nil {
		return 0, err
	}
	if err := tx.checkNextID(); err != nil {
		return 0, err
	}
	s.ID = ID(tx.nextID)
	if err := tx.put(papers, s); err != nil {
		return 0, err
	}
	tx.nextID++
	return s.ID, nil
}

// checkNextID refuses to go on where ids would start again from zero.
func (tx *Tx) checkNextID() error {
	if tx.nextID == math.MaxUint64 {
		return errors.New("catalog: no ids left")
	}
	return nil
}

// Change edits a securable; one that is to be as it is stays as it is. Errors: [ErrNotFound] for it, its new parent or its
// new owner, [*InvalidError], [ErrAlreadyExists] for a name that is taken where
// it is to be, [ErrBuiltIn] for renaming or moving the metastore.
func (tx *Tx) Change(id ID, e Edit) error {
	row := tx.securable(id)
	if row == nil {
		return fmt.Errorf("%w: securable %d", ErrNotFound, id)
	}
	papers := row.papers
	s := row.Securable
	if e.Name != nil || e.Parent != nil {
		if id == MetastoreID {
			return ErrBuiltIn
		}
		if e.Parent != nil {
			if err := tx.checkParent(papers, *e.Parent); err != nil {
				return err
			}
			s.Parent = *e.Parent
		}
		name := s.Name
		if e.Name != nil {
			name = *e.Name
		}
		var err error
		if s.Name, err = tx.freeName(papers, s.Parent, id, name); err != nil {
			return err
		}
	}
	if e.Owner != nil {
		if _, ok := tx.Principal(*e.Owner); !ok {
			return fmt.Errorf("%w: new owner of %s %q", ErrNotFound, s.Type, s.Name)
		}
		s.Owner = *e.Owner
	}
	if e.Comment != nil {
		if err := CheckComment(*e.Comment); err != nil {
			return err
		}
		s.Comment = *e.Comment
	}
	if e.Properties != nil {
		if err := CheckProperties(*e.Properties); err != nil {
			return err
		}
		s.Properties = *e.Properties
	}
	if e.Spec != nil {
		s.Spec = e.Spec
	} else if s.Name == row.Name && s.Parent == row.Parent && s.Owner == row.Owner && s.Comment == row.Comment &&
		maps.Equal(s.Properties, row.Properties) {
		return nil // as it was
	}
	return tx.put(papers, s)
}

// Drop removes a securable and the grants on it. A container that is not empty
// is refused with [ErrNotEmpty], unless force is set: then everything inside
// goes in the same commit. Drop returns what it removed, children first. Other
// errors: [ErrNotFound], [ErrBuiltIn] for the metastore.
func (tx *Tx) Drop(id ID, force bool) ([]Node, error) {
	row := tx.securable(id)
	if row == nil {
		return nil, fmt.Errorf("%w: securable %d", ErrNotFound, id)
	}
	if id == MetastoreID {
		return nil, ErrBuiltIn
	}
	if !force && tx.HasChildren(id) {
		return nil, fmt.Errorf("%w: %s %q", ErrNotEmpty, row.Type, row.Name)
	}
	var dropped []Node
	for child := range tx.Children(id, "") {
		below, err := tx.Drop(child.ID, true)
		if err != nil {
			return nil, err
		}
		dropped = append(dropped, below...)
	}
	for g := range tx.GrantsOn(id) {
		tx.delete(&grantRow{g})
	}
	tx.delete(row)
	return append(dropped, row.node()), nil
}

// Grant gives privileges on a securable to a principal. What is granted
// already stays granted. Errors: [ErrNotFound] for the securable or the
// principal, [ErrBuiltIn] for the system user, [*InvalidError] for a privilege
// that cannot be granted there.
func (tx *Tx) Grant(on ID, to PrincipalID, privileges ...Privilege) error {
	if err := tx.checkGrant(on, to, privileges); err != nil {
		return err
	}
	for _, p := range privileges {
		if g := (Grant{on, to, p}); !tx.Granted(g) {
			tx.insert(&grantRow{g})
		}
	}
	return nil
}

// Revoke takes privileges back. What is not granted stays so. Revoking ALL
// PRIVILEGES also takes back every single privilege that it stands for, and
// leaves MANAGE (spec §12.2). The errors are those of [Tx.Grant].
func (tx *Tx) Revoke(on ID, from PrincipalID, privileges ...Privilege) error {
	if err := tx.checkGrant(on, from, privileges); err != nil {
		return err
	}
	for _, p := range privileges {
		tx.delete(&grantRow{Grant{on, from, p}})
		if p != AllPrivileges {
			continue
		}
		for g := range tx.index.grantsOn(on, from) {
			if g.Privilege.InAll() {
				tx.delete(&grantRow{g})
			}
		}
	}
	return nil
}

func (tx *Tx) checkGrant(on ID, to PrincipalID, privileges []Privilege) error {
	row := tx.securable(on)
	if row == nil {
		return fmt.Errorf("%w: securable %d", ErrNotFound, on)
	}
	if p, ok := tx.Principal(to); !ok {
		return fmt.Errorf("%w: principal %d", ErrNotFound, to)
	} else if p.Type == System {
		return ErrBuiltIn
	}
	for _, p := range privileges {
		if !tx.kinds.Grantable(p, row.Type) {
			return invalid("privilege", fmt.Sprintf("%s cannot be granted on a %s", p.SQL(), row.papers.Label))
		}
	}
	return nil
}

func (tx *Tx) checkParent(papers *Papers, id ID) error {
	parent := tx.securable(id)
	if parent == nil {
		return fmt.Errorf("%w: parent of a %s", ErrNotFound, papers.Type)
	}
	if parent.Type != papers.Parent {
		return invalid("parent", fmt.Sprintf("a %s lives in a %s, not in a %s", papers.Type, papers.Parent, parent.Type))
	}
	return nil
}

// freeName returns the canonical form of a name that nothing but the object
// itself may have in its name space.
func (tx *Tx) freeName(papers *Papers, parent, self ID, name string) (string, error) {
	canon, err := CanonicalName(name)
	if err != nil {
		return "", err
	}
	if id, _ := tx.index.among(papers).find(papers.name(parent, canon)); id != 0 && ID(id) != self {
		return "", fmt.Errorf("%w: %s %q", ErrAlreadyExists, papers.Type, canon)
	}
	return canon, nil
}

// put stores a copy of a securable.
func (tx *Tx) put(papers *Papers, s Securable) error {
	if s.Spec != nil && papers.Decode == nil {
		return invalid("spec", fmt.Sprintf("a %s has no content", papers.Type))
	}
	s.UpdatedAt, s.UpdatedBy, s.Revision = tx.at, tx.actor, tx.version+1
	s = s.clone()
	if len(s.Properties) == 0 {
		s.Properties = nil // none is none, here and after the next Open
	}
	row, err := newSecurableRow(papers, s)
	if err != nil {
		return err
	}
	tx.insert(row)
	return nil
}

// insert and delete fail only on a mistake in this package; the update is then
// refused as a whole.
func (tx *Tx) insert(row any) {
	old, err := insert(tx.txn, tx.index, row)
	tx.note(row, old, err)
}

func (tx *Tx) delete(row any) {
	old, err := remove(tx.txn, tx.index, row)
	tx.note(row, old, err)
}

// note remembers how securables and grants were before the transaction.
func (tx *Tx) note(row, old any, err error) {
	if err != nil && tx.broken == nil {
		tx.broken = err
	}
	switch r := row.(type) {
	case *securableRow:
		if _, known := tx.before[r.ID]; !known {
			tx.before[r.ID], _ = old.(*securableRow)
		}
	case *grantRow:
		if _, known := tx.hadIt[r.Grant]; !known {
			tx.hadIt[r.Grant] = old != nil
		}
	}
}
