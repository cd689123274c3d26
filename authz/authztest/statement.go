package authztest

import (
	"fmt"

	"github.com/modelward/modelward/catalog"
)

// change runs a statement that changes the world. It reads the words to the
// last one.
func change(tx *catalog.Tx, verb string, ws *words) error {
	if err := changeOne(tx, verb, ws); err != nil {
		return err
	}
	if len(*ws) > 0 {
		return fmt.Errorf("%q is too much", ws)
	}
	return nil
}

func changeOne(tx *catalog.Tx, verb string, ws *words) error {
	switch verb {
	case "user", "service_principal", "group":
		return addPrincipals(tx, catalog.PrincipalType(verb), ws)
	case "member":
		member, group, err := twoNames(ws, "of")
		if err != nil {
			return err
		}
		return tx.AddMember(principal(&tx.Snapshot, group), principal(&tx.Snapshot, member))
	case "unmember":
		member, group, err := twoNames(ws, "of")
		if err != nil {
			return err
		}
		return tx.RemoveMember(principal(&tx.Snapshot, group), principal(&tx.Snapshot, member))
	case "delete":
		name, err := ws.name()
		if err != nil {
			return err
		}
		return tx.DropPrincipal(principal(&tx.Snapshot, name))
	case "give":
		name, to, err := twoNames(ws, "to")
		if err != nil {
			return err
		}
		owner := principal(&tx.Snapshot, to)
		return tx.Change(object(&tx.Snapshot, name), catalog.Edit{Owner: &owner})
	case "drop":
		name, err := ws.name()
		if err != nil {
			return err
		}
		_, err = tx.Drop(object(&tx.Snapshot, name), true)
		return err
	case "grant":
		return changeGrants(ws, "to", &tx.Snapshot, tx.Grant)
	case "revoke":
		return changeGrants(ws, "from", &tx.Snapshot, tx.Revoke)
	}
	return addObject(tx, catalog.SecurableType(verb), ws)
}

func addPrincipals(tx *catalog.Tx, pt catalog.PrincipalType, ws *words) error {
	for first := true; first || len(*ws) > 0; first = false {
		name, err := ws.name()
		if err != nil {
			return err
		}
		if _, err := tx.CreatePrincipal(pt, name); err != nil {
			return err
		}
	}
	return nil
}

func addObject(tx *catalog.Tx, t catalog.SecurableType, ws *words) error {
	if _, known := tx.Kinds().Kind(t); !known {
		return fmt.Errorf("no statement begins with %q", t)
	}
	name, owner, err := twoNames(ws, "owner")
	if err != nil {
		return err
	}
	full, err := catalog.ParseFullName(name)
	if err != nil {
		return err
	}
	parent := catalog.MetastoreID
	if full.Parts() > 1 {
		parent = object(&tx.Snapshot, full.Parent().String())
	}
	_, err = tx.Create(catalog.Draft{
		Type: t, Parent: parent, Name: full.Leaf(), Owner: principal(&tx.Snapshot, owner),
	})
	return err
}

// changeGrants reads "PRIVILEGE, … on OBJECT to NAME" and grants or revokes.
func changeGrants(ws *words, to string, s *catalog.Snapshot,
	do func(catalog.ID, catalog.PrincipalID, ...catalog.Privilege) error) error {
	privileges := ws.until("on").lists()
	if err := ws.expect("on"); err != nil {
		return err
	}
	name, who, err := twoNames(ws, to)
	if err != nil {
		return err
	}
	for _, p := range privileges {
		err := do(object(s, name), principal(s, who), catalog.NormalizePrivilege(p.String()))
		if err != nil {
			return err
		}
	}
	return nil
}

// twoNames reads two names with a keyword between them.
func twoNames(ws *words, between string) (first, second string, err error) {
	if first, err = ws.name(); err != nil {
		return "", "", err
	}
	if err = ws.expect(between); err != nil {
		return "", "", err
	}
	second, err = ws.name()
	return first, second, err
}
