package authztest

import (
	"fmt"
	"math/rand/v2"

	"github.com/modelward/modelward/catalog"
)

// deed is an update of a history, as a transaction makes it and as it changes
// the rows. Both find what they are about by name, in whatever state they meet.
type deed struct {
	what string
	do   func(tx *catalog.Tx) error
	rows func(World) World
}

// The places of every history. Services come and go, groups too.
const (
	stageWorld = `
user u0 u1 u2
group g0 g1 g2
catalog main owner "System user"
schema main.default owner "System user"
model_service main.default.s0 owner u0
model_service main.default.s1 owner "System user"
model_service main.default.s2 owner "System user"
grant USE CATALOG on main to g0
grant USE SCHEMA on main.default to g0
grant EXECUTE on main.default.s0 to g1
grant EXECUTE on main.default.s1 to g2
member g2 of g1
member g1 of g0
member u0 of g2
`
	stagePeople, stageGroups, stageServices = 3, 3, 3
)

func drawDeed(rng *rand.Rand) deed {
	return pick(rng, []func(*rand.Rand) deed{
		drawGranting, drawGranting, drawRevoking, drawRevoking, drawJoining, drawLeaving,
		drawMaking, drawDropping, drawRemaking, drawExchange, drawTransfer, drawRehiring,
	})(rng)
}

func personName(rng *rand.Rand) string { return fmt.Sprintf("u%d", rng.IntN(stagePeople)) }
func groupName(rng *rand.Rand) string  { return fmt.Sprintf("g%d", rng.IntN(stageGroups)) }
func serviceName(rng *rand.Rand) string {
	return fmt.Sprintf("main.default.s%d", rng.IntN(stageServices))
}

// whoever is a person or a group.
func whoever(rng *rand.Rand) string {
	if rng.IntN(2) == 0 {
		return personName(rng)
	}
	return groupName(rng)
}

// somewhere is an object and a privilege that means something there.
func somewhere(rng *rand.Rand) (string, catalog.Privilege) {
	switch rng.IntN(4) {
	case 0:
		return "main", pick(rng, []catalog.Privilege{catalog.UseCatalog, catalog.UseCatalog, catalog.AllPrivileges, catalog.Execute})
	case 1:
		return "main.default", pick(rng, []catalog.Privilege{catalog.UseSchema, catalog.UseSchema, catalog.AllPrivileges, catalog.Manage})
	}
	return serviceName(rng), pick(rng, []catalog.Privilege{catalog.Execute, catalog.Execute, catalog.AllPrivileges, catalog.Manage})
}

func drawGranting(rng *rand.Rand) deed {
	on, p := somewhere(rng)
	to := whoever(rng)
	return deed{
		fmt.Sprintf("grant %s on %s to %s", p, on, to),
		func(tx *catalog.Tx) error {
			if id := object(&tx.Snapshot, on); id != absent {
				return tx.Grant(id, principal(&tx.Snapshot, to), p)
			}
			return nil
		},
		func(w World) World {
			if id := w.named(on); id != absent {
				return w.granted(catalog.Grant{On: id, To: w.called(to), Privilege: p})
			}
			return w
		},
	}
}

func drawRevoking(rng *rand.Rand) deed {
	on, p := somewhere(rng)
	from := whoever(rng)
	return deed{
		fmt.Sprintf("revoke %s on %s from %s", p, on, from),
		func(tx *catalog.Tx) error {
			if id := object(&tx.Snapshot, on); id != absent {
				return tx.Revoke(id, principal(&tx.Snapshot, from), p)
			}
			return nil
		},
		func(w World) World {
			if id := w.named(on); id != absent {
				return w.revoked(id, w.called(from), p)
			}
			return w
		},
	}
}

// drawPair draws a group and somebody who may be in it: groups are nested one
// way only, so that there are no circles.
func drawPair(rng *rand.Rand) (group, member string) {
	i, j := rng.IntN(stageGroups), rng.IntN(stageGroups)
	if i == j {
		return fmt.Sprintf("g%d", i), personName(rng)
	}
	return fmt.Sprintf("g%d", min(i, j)), fmt.Sprintf("g%d", max(i, j))
}

func drawJoining(rng *rand.Rand) deed {
	group, member := drawPair(rng)
	return deed{
		member + " joins " + group,
		func(tx *catalog.Tx) error {
			return tx.AddMember(principal(&tx.Snapshot, group), principal(&tx.Snapshot, member))
		},
		func(w World) World { return w.joined(Membership{w.called(group), w.called(member)}) },
	}
}

func drawLeaving(rng *rand.Rand) deed {
	group, member := drawPair(rng)
	return deed{
		member + " leaves " + group,
		func(tx *catalog.Tx) error {
			return tx.RemoveMember(principal(&tx.Snapshot, group), principal(&tx.Snapshot, member))
		},
		func(w World) World { return w.left(Membership{w.called(group), w.called(member)}) },
	}
}

func drawMaking(rng *rand.Rand) deed {
	name, owner := serviceName(rng), whoever(rng)
	var made catalog.ID
	return deed{
		"make " + name + " for " + owner,
		func(tx *catalog.Tx) (err error) {
			made, err = 0, nil
			if object(&tx.Snapshot, name) == absent {
				made, err = makeService(tx, name, principal(&tx.Snapshot, owner))
			}
			return err
		},
		func(w World) World {
			if w.named(name) == absent {
				return w.withService(made, name, w.called(owner))
			}
			return w
		},
	}
}

func drawDropping(rng *rand.Rand) deed {
	name := serviceName(rng)
	return deed{
		"drop " + name,
		func(tx *catalog.Tx) error { return dropNamed(tx, name) },
		func(w World) World { return w.without(w.named(name)) },
	}
}

// drawRemaking drops a service and makes another of the same name.
func drawRemaking(rng *rand.Rand) deed {
	name, owner := serviceName(rng), whoever(rng)
	var made catalog.ID
	return deed{
		"make " + name + " anew for " + owner,
		func(tx *catalog.Tx) error {
			err := dropNamed(tx, name)
			if err == nil {
				made, err = makeService(tx, name, principal(&tx.Snapshot, owner))
			}
			return err
		},
		func(w World) World { return w.without(w.named(name)).withService(made, name, w.called(owner)) },
	}
}

// drawExchange lets two services change names.
func drawExchange(rng *rand.Rand) deed {
	one := rng.IntN(stageServices)
	other := (one + 1) % stageServices
	names := []string{fmt.Sprintf("s%d", one), fmt.Sprintf("s%d", other)}
	return deed{
		"exchange " + names[0] + " and " + names[1],
		func(tx *catalog.Tx) error {
			a, b := object(&tx.Snapshot, "main.default."+names[0]), object(&tx.Snapshot, "main.default."+names[1])
			if a == absent || b == absent {
				return nil
			}
			between := "between"
			for _, step := range []struct {
				id   catalog.ID
				name *string
			}{{a, &between}, {b, &names[0]}, {a, &names[1]}} {
				if err := tx.Change(step.id, catalog.Edit{Name: step.name}); err != nil {
					return err
				}
			}
			return nil
		},
		func(w World) World {
			a, b := w.named("main.default."+names[0]), w.named("main.default."+names[1])
			if a == absent || b == absent {
				return w
			}
			w = w.edited(a, func(n *catalog.Node) { n.Name = names[1] })
			return w.edited(b, func(n *catalog.Node) { n.Name = names[0] })
		},
	}
}

func drawTransfer(rng *rand.Rand) deed {
	name, to := pick(rng, []string{"main", "main.default", serviceName(rng), serviceName(rng)}), whoever(rng)
	return deed{
		"give " + name + " to " + to,
		func(tx *catalog.Tx) error {
			id := object(&tx.Snapshot, name)
			if id == absent {
				return nil
			}
			owner := principal(&tx.Snapshot, to)
			return tx.Change(id, catalog.Edit{Owner: &owner})
		},
		func(w World) World {
			owner := w.called(to)
			return w.edited(w.named(name), func(n *catalog.Node) { n.Owner = owner })
		},
	}
}

// drawRehiring deletes a principal and makes another of the same name.
func drawRehiring(rng *rand.Rand) deed {
	name := whoever(rng)
	t := catalog.User
	if name[0] == 'g' {
		t = catalog.Group
	}
	var made catalog.PrincipalID
	return deed{
		"hire another " + name,
		func(tx *catalog.Tx) error {
			err := tx.DropPrincipal(principal(&tx.Snapshot, name))
			if err == nil {
				made, err = tx.CreatePrincipal(t, name)
			}
			return err
		},
		func(w World) World {
			return w.withoutPrincipal(w.called(name)).withPrincipal(catalog.Principal{ID: made, Type: t, Name: name})
		},
	}
}

func makeService(tx *catalog.Tx, name string, owner catalog.PrincipalID) (catalog.ID, error) {
	full, err := catalog.ParseFullName(name)
	if err != nil {
		return 0, err
	}
	parent := object(&tx.Snapshot, full.Parent().String())
	return tx.Create(catalog.Draft{Type: TypeService, Parent: parent, Name: full.Leaf(), Owner: owner})
}

func dropNamed(tx *catalog.Tx, name string) error {
	id := object(&tx.Snapshot, name)
	if id == absent {
		return nil
	}
	_, err := tx.Drop(id, true)
	return err
}

// named is the id of the object with a full name; absent, if there is none.
func (w World) named(full string) catalog.ID {
	for _, n := range w.Objects {
		if w.objectName(n.ID) == full {
			return n.ID
		}
	}
	return absent
}

// called is the id of the principal with a name; absent, if there is none.
func (w World) called(name string) catalog.PrincipalID {
	for _, p := range w.Principals {
		if p.Name == name {
			return p.ID
		}
	}
	return absent
}

// withService adds a service to the only schema there is.
func (w World) withService(id catalog.ID, full string, owner catalog.PrincipalID) World {
	name, _ := catalog.ParseFullName(full)
	return w.withObject(catalog.Node{ID: id, Type: TypeService, Parent: w.named("main.default"), Name: name.Leaf(), Owner: owner})
}
