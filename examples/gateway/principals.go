package main

import (
	"errors"
	"fmt"

	"github.com/modelward/modelward/catalog"
)

// fromFile marks in the catalog, as created_by, the principals that the
// configuration file has made. No principal can be called that, because names
// hold no such quotation marks: what somebody has made by SQL is never mistaken
// for the file's.
const fromFile = "«configuration file»"

// syncPrincipals makes the principals in the catalog those of the file: it
// makes the ones that are not there, drops the file's own that left it, and
// leaves those that were made by SQL. The members of the file's groups and the
// metastore admins are exactly what the file says: nobody, if it says so. SQL
// must leave the metastore an admin; the file is the host's word.
//
// A name that is in the file and was made by SQL is used as it is; it is not
// the file's, and stays when it leaves the file. What cannot be done is a
// [*fault] with the place in the file.
func syncPrincipals(tx *catalog.Tx, doc *document) error {
	listed := map[catalog.PrincipalID]bool{}
	for _, entry := range doc.principals() {
		id, err := ensurePrincipal(tx, entry, listed)
		if err != nil {
			return err
		}
		listed[id] = true
	}
	for _, t := range []catalog.PrincipalType{catalog.User, catalog.ServicePrincipal, catalog.Group} {
		for p := range tx.Principals(t) {
			if p.CreatedBy == fromFile && !listed[p.ID] {
				if err := tx.DropPrincipal(p.ID); err != nil {
					return err
				}
			}
		}
	}
	return syncMembers(tx, doc, listed)
}

// entry is a principal of the file.
type entry struct {
	kind    catalog.PrincipalType
	name    string
	pointer string // of the name
}

// principals returns all principals of the file in reading order.
func (doc *document) principals() []entry {
	var all []entry
	for i, u := range doc.Users {
		all = append(all, entry{catalog.User, u.Name, fmt.Sprintf("/users/%d/name", i)})
	}
	for i, sp := range doc.ServicePrincipals {
		all = append(all, entry{catalog.ServicePrincipal, sp.Name, fmt.Sprintf("/service_principals/%d/name", i)})
	}
	for i, g := range doc.Groups {
		all = append(all, entry{catalog.Group, g.Name, fmt.Sprintf("/groups/%d/name", i)})
	}
	return all
}

// ensurePrincipal returns the id of a principal of the file, and makes it where
// it is not there. listed are those that the file has named already.
func ensurePrincipal(tx *catalog.Tx, e entry, listed map[catalog.PrincipalID]bool) (catalog.PrincipalID, error) {
	there, ok := tx.PrincipalNamed(e.name)
	switch {
	case !ok:
	case builtIn(there):
		return 0, faultf(e.pointer, "%q is built in", there.Name)
	case listed[there.ID]:
		return 0, faultf(e.pointer, "the name %q is used twice", e.name)
	case there.Type == e.kind:
		return there.ID, nil
	case there.CreatedBy != fromFile:
		return 0, faultf(e.pointer, "%q is there already: a %s, made by %q", there.Name, there.Type, there.CreatedBy)
	default: // it was another kind of principal in the file
		if err := tx.DropPrincipal(there.ID); err != nil {
			return 0, err
		}
	}
	id, err := tx.CreatePrincipal(e.kind, e.name)
	var bad *catalog.InvalidError
	if errors.As(err, &bad) {
		return 0, faultf(e.pointer, "%s", bad.Reason)
	}
	return id, err
}

func builtIn(p catalog.Principal) bool {
	return p.Type == catalog.System || p.ID == catalog.AccountUsers || p.ID == catalog.MetastoreAdmins
}

// syncMembers gives the file's groups the members that the file says. Members
// that are too many leave all groups first, so that a membership may be turned
// around.
func syncMembers(tx *catalog.Tx, doc *document, listed map[catalog.PrincipalID]bool) error {
	wanted, err := doc.memberships(tx, listed)
	if err != nil {
		return err
	}
	for _, of := range wanted {
		for member := range tx.Members(of.group) {
			if _, stays := of.members[member]; stays {
				continue
			}
			if err := tx.RemoveMember(of.group, member); err != nil {
				return err
			}
		}
	}
	for _, of := range wanted {
		for _, member := range of.order {
			err := tx.AddMember(of.group, member)
			if errors.Is(err, catalog.ErrCycle) {
				return faultf(of.members[member], "the group would contain itself")
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// membership is who is to be in one group.
type membership struct {
	group   catalog.PrincipalID
	order   []catalog.PrincipalID
	members map[catalog.PrincipalID]string // to their pointers
}

// memberships looks up the members of every group of the file, and the admins.
func (doc *document) memberships(tx *catalog.Tx, listed map[catalog.PrincipalID]bool) ([]membership, error) {
	var all []membership
	for i, g := range doc.Groups {
		p, _ := tx.PrincipalNamed(g.Name)
		of, err := lookupMembers(tx, p.ID, g.Members, fmt.Sprintf("/groups/%d/members", i), listed)
		if err != nil {
			return nil, err
		}
		all = append(all, of)
	}
	admins, err := lookupMembers(tx, catalog.MetastoreAdmins, doc.Admins, "/admins", listed)
	if err != nil {
		return nil, err
	}
	for _, id := range admins.order {
		if p, _ := tx.Principal(id); p.Type == catalog.ServicePrincipal {
			return nil, faultf(admins.members[id], "%q is a service principal; an admin is a user or a group", p.Name)
		}
	}
	return append(all, admins), nil
}

func lookupMembers(tx *catalog.Tx, group catalog.PrincipalID, names []string, pointer string, listed map[catalog.PrincipalID]bool) (membership, error) {
	of := membership{group: group, members: map[catalog.PrincipalID]string{}}
	for i, name := range names {
		at := fmt.Sprintf("%s/%d", pointer, i)
		p, ok := tx.PrincipalNamed(name)
		if !ok || !listed[p.ID] {
			return of, faultf(at, "%q is not a user, service principal or group of this file", name)
		}
		if _, twice := of.members[p.ID]; twice {
			return of, faultf(at, "%q is given twice", name)
		}
		of.members[p.ID] = at
		of.order = append(of.order, p.ID)
	}
	return of, nil
}
