package catalog

import "fmt"

// CreatePrincipal makes a user, a service principal or a group. Errors:
// [*InvalidError], [ErrAlreadyExists].
func (tx *Tx) CreatePrincipal(t PrincipalType, name string) (PrincipalID, error) {
	switch t {
	case User, ServicePrincipal, Group:
	default:
		return 0, invalid("principal", fmt.Sprintf("type %q cannot be created", t))
	}
	if other, taken := tx.PrincipalNamed(name); taken {
		return 0, fmt.Errorf("%w: %s %q", ErrAlreadyExists, other.Type, other.Name)
	}
	if err := tx.checkNextID(); err != nil {
		return 0, err
	}
	row, err := newPrincipalRow(Principal{PrincipalID(tx.nextID), t, name, tx.at, tx.actor})
	if err != nil {
		return 0, err
	}
	tx.insert(row)
	tx.nextID++
	return row.ID, nil
}

// RenamePrincipal gives a principal another name; it keeps its id and with it
// all it holds. Errors: [ErrNotFound], [ErrBuiltIn], [*InvalidError],
// [ErrAlreadyExists].
func (tx *Tx) RenamePrincipal(id PrincipalID, name string) error {
	p, err := tx.changeable(id)
	if err != nil {
		return err
	}
	if other, taken := tx.PrincipalNamed(name); taken && other.ID != id {
		return fmt.Errorf("%w: %s %q", ErrAlreadyExists, other.Type, other.Name)
	}
	p.Name = name
	row, err := newPrincipalRow(p)
	if err != nil {
		return err
	}
	tx.insert(row)
	return nil
}

// DropPrincipal removes a principal with its grants and memberships. What it
// owned stays, owned by nobody alive: metastore admins steward it, and the
// same name later is a new principal (ruling R21). Errors: [ErrNotFound],
// [ErrBuiltIn].
func (tx *Tx) DropPrincipal(id PrincipalID) error {
	if _, err := tx.changeable(id); err != nil {
		return err
	}
	for g := range tx.GrantsTo(id) {
		tx.delete(&grantRow{g})
	}
	for group := range tx.MemberOf(id) {
		tx.delete(&memberRow{group, id})
	}
	for member := range tx.Members(id) {
		tx.delete(&memberRow{id, member})
	}
	tx.delete(tx.index.identity(id).row)
	return nil
}

// AddMember puts a user, service principal or group into a group. A member
// already there stays. Errors: [ErrNotFound], [*InvalidError] when group is
// not a group, [ErrBuiltIn] for the implied group, [ErrCycle].
func (tx *Tx) AddMember(group, member PrincipalID) error {
	if err := tx.checkMember(group, member); err != nil {
		return err
	}
	if group == member || tx.around(member, group) {
		return ErrCycle
	}
	if tx.first(RowMember, byID, u64(uint64(group), uint64(member))) == nil {
		tx.insert(&memberRow{group, member})
	}
	return nil
}

// RemoveMember takes a principal out of a group it was added to. One that is
// not in it stays out. The errors are those of [Tx.AddMember].
func (tx *Tx) RemoveMember(group, member PrincipalID) error {
	if err := tx.checkMember(group, member); err != nil {
		return err
	}
	tx.delete(&memberRow{group, member})
	return nil
}

func (tx *Tx) checkMember(group, member PrincipalID) error {
	g, ok := tx.Principal(group)
	if !ok {
		return fmt.Errorf("%w: group %d", ErrNotFound, group)
	}
	m, ok := tx.Principal(member)
	if !ok {
		return fmt.Errorf("%w: member %d", ErrNotFound, member)
	}
	if g.Type != Group {
		return invalid("group", fmt.Sprintf("%q is not a group", g.Name))
	}
	if group == AccountUsers || m.Type == System || member == AccountUsers {
		return ErrBuiltIn
	}
	return nil
}

// around reports whether a principal is a group that another one is in, directly
// or through groups. What is found on the way is not kept: in deep groups that
// would be as much again for each of them.
func (tx *Tx) around(p, member PrincipalID) bool {
	holds := tx.first(RowMember, byID+prefix, u64(uint64(p))) != nil
	return holds && tx.index.memberships(member).Has(p)
}

// changeable returns a principal that is not built in.
func (tx *Tx) changeable(id PrincipalID) (Principal, error) {
	if id >= SystemUser && id < firstFreeID {
		return Principal{}, ErrBuiltIn
	}
	p, ok := tx.Principal(id)
	if !ok {
		return Principal{}, fmt.Errorf("%w: principal %d", ErrNotFound, id)
	}
	return p, nil
}
