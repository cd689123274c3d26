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

// checkLoaded refuses rows that do not fit together: what a damaged, edited or
// half-restored store would bring.
func checkLoaded(s *Snapshot, head Head) error {
	if head.Version > 0 && s.securable(MetastoreID) == nil {
		return errors.New("catalog: load: the store has no metastore")
	}
	for row := range s.securables() {
		if err := row.check(s, head); err != nil {
			return stored(row, err)
		}
	}
	for row := range seq(s, RowPrincipal, byID, nil, (*principalRow).row) {
		if uint64(row.ID) >= head.NextID {
			return stored(row, errors.New("its id is still to be given out"))
		}
		if id, _ := s.index.called.find(nameKey{name: row.folded}); id != uint64(row.ID) {
			return stored(row, ErrAlreadyExists)
		}
	}
	for row := range seq(s, RowMember, byID, nil, (*memberRow).row) {
		group, ok := s.Principal(row.group)
		if _, there := s.Principal(row.member); !ok || !there || group.Type != Group {
			return stored(row, errors.New("no such group or member"))
		}
	}
	for g := range s.grants() {
		if _, ok := s.Principal(g.To); !ok || s.securable(g.On) == nil {
			return stored(&grantRow{g}, errors.New("no such securable or principal"))
		}
	}
	return nil
}

func (r *securableRow) check(s *Snapshot, head Head) error {
	if uint64(r.ID) >= head.NextID {
		return errors.New("its id is still to be given out")
	}
	if (r.ID == MetastoreID) != (r.Type == TypeMetastore) {
		return errors.New("there is one metastore")
	}
	if r.Type == TypeMetastore {
		return nil
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

func stored(row any, err error) error {
	key := rowKey(row)
	return fmt.Errorf("catalog: load: stored %s %s: %w", key.Kind, key.Key, err)
}

func (r *principalRow) row() *principalRow { return r }
func (r *memberRow) row() *memberRow       { return r }
