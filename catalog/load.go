package catalog

import (
	"errors"
	"fmt"
)

// found is the first commit: what every catalog has.
func found(tx *Tx) error {
	if _, ok := tx.Node(MetastoreID); ok {
		return nil // another process was first
	}
	for _, p := range []Principal{
		{ID: SystemUser, Type: System, Name: SystemUserName},
		{ID: AccountUsers, Type: Group, Name: AccountUsersName},
		{ID: MetastoreAdmins, Type: Group, Name: MetastoreAdminsName},
	} {
		p.CreatedAt, p.CreatedBy = tx.at, tx.actor
		row, err := newPrincipalRow(p)
		if err != nil {
			return err
		}
		tx.insert(row)
	}
	papers, _ := tx.kinds.Papers(TypeMetastore)
	return tx.put(papers, Securable{
		ID: MetastoreID, Type: TypeMetastore, Name: "metastore", Owner: MetastoreAdmins,
		CreatedAt: tx.at, CreatedBy: tx.actor, System: true,
	})
}

// checkLoaded refuses rows that do not fit together, which no Tx makes: what a
// damaged, edited or half-restored store would bring.
func checkLoaded(s *Snapshot, head Head) error {
	if head.Version == 0 {
		return nil // nothing is there yet
	}
	if s.securable(MetastoreID) == nil {
		return errors.New("catalog: load: the store has no metastore")
	}
	for id := SystemUser; id < firstFreeID; id++ {
		want := Group
		if id == SystemUser {
			want = System
		}
		if p, ok := s.Principal(id); !ok || p.Type != want {
			return fmt.Errorf("catalog: load: the built-in principal %d is missing", id)
		}
	}
	for row := range s.securables() {
		if err := row.check(s, head); err != nil {
			return stored(row, err)
		}
	}
	for row := range seq(s, RowPrincipal, byID, nil, (*principalRow).row) {
		if err := row.check(s, head); err != nil {
			return stored(row, err)
		}
	}
	for row := range seq(s, RowMember, byID, nil, (*memberRow).row) {
		group, ok := s.Principal(row.group)
		member, there := s.Principal(row.member)
		switch {
		case !ok || !there || group.Type != Group:
			return stored(row, errors.New("no such group or member"))
		case row.group == AccountUsers || row.member == AccountUsers || member.Type == System || row.group == row.member:
			return stored(row, errors.New("such a membership cannot be"))
		}
	}
	for g := range s.grants() {
		to, ok := s.Principal(g.To)
		if on := s.securable(g.On); !ok || on == nil {
			return stored(&grantRow{g}, errors.New("no such securable or principal"))
		} else if _, known := s.kinds.sets[g.Privilege]; to.Type == System || known && !on.papers.Grantable.Meets(s.kinds.Set(g.Privilege)) {
			return stored(&grantRow{g}, errors.New("such a grant cannot be"))
		}
	}
	return nil
}

func (r *securableRow) check(s *Snapshot, head Head) error {
	if err := checkID(uint64(r.ID), head); err != nil {
		return err
	}
	// The owner may be gone (ruling R21), and is never one who is still to come.
	if err := checkID(uint64(r.Owner), head); err != nil {
		return fmt.Errorf("owner: %w", err)
	}
	if (r.ID == MetastoreID) != (r.Type == TypeMetastore) || r.Type == TypeMetastore && r.Parent != 0 {
		return errors.New("there is one metastore, and nothing above it")
	}
	if r.Type == TypeMetastore {
		return nil
	}
	if s.index.identity(PrincipalID(r.ID)) != nil {
		return errors.New("a principal has its id")
	}
	if parent := s.securable(r.Parent); parent == nil || parent.Type != r.papers.Parent {
		return fmt.Errorf("no %s with id %d to live in", r.papers.Parent, r.Parent)
	}
	if canon, err := CanonicalName(r.Name); err != nil || canon != r.Name {
		return fmt.Errorf("name %q is not canonical", r.Name)
	}
	if id, _ := s.index.among(r.papers).find(r.papers.name(r.Parent, r.Name)); id != uint64(r.ID) {
		return ErrAlreadyExists
	}
	return nil
}

func (r *principalRow) check(s *Snapshot, head Head) error {
	if err := checkID(uint64(r.ID), head); err != nil {
		return err
	}
	switch r.Type {
	case User, ServicePrincipal, Group:
	case System:
		if r.ID != SystemUser {
			return errors.New("there is one principal of type system")
		}
	default:
		return fmt.Errorf("principals have no type %q", r.Type)
	}
	if id, _ := s.index.called.find(nameKey{name: r.folded}); id != uint64(r.ID) {
		return ErrAlreadyExists
	}
	return nil
}

func checkID(id uint64, head Head) error {
	if id == 0 || id >= head.NextID {
		return fmt.Errorf("the id %d was never given out", id)
	}
	return nil
}

func stored(row any, err error) error {
	key := rowKey(row)
	return fmt.Errorf("catalog: load: stored %s %s: %w", key.Kind, key.Key, err)
}

func (r *principalRow) row() *principalRow { return r }
func (r *memberRow) row() *memberRow       { return r }
