package modelservice

import (
	"slices"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/catalog"
)

// Explanation says whether a principal may use a privilege on an object, and
// why or why not.
type Explanation struct {
	Principal string
	Privilege catalog.Privilege
	Allowed   bool
	// Because are facts that suffice together, outermost container first.
	// It is empty for a refusal.
	Because []Fact
	// Missing are grants to the principal that would suffice together,
	// outermost container first. It is empty where Allowed is set, and where
	// no grant can help.
	Missing []Fact
}

// Fact is a grant, or an ownership, that an answer rests on.
type Fact struct {
	// Principal has the grant or is the owner: the one asked about, or a group
	// of his. It is empty where the caller may not read the grants.
	Principal string
	// Privilege is what was needed there.
	Privilege catalog.Privilege
	// Granted is the grant that gives it: Privilege itself or ALL_PRIVILEGES.
	// It is empty for an ownership.
	Granted catalog.Privilege
	// Type and Name are the object that it is granted on or that is owned.
	Type catalog.SecurableType
	Name catalog.FullName
	// Owner is set for an ownership.
	Owner bool
}

// Explain answers whether a principal may use a privilege on an object, in
// person or through groups, with the reasons. It asks what the verbs ask that
// take the privilege: for MANAGE the ability to manage, which owners and managers
// of the containers above have too, and metastore admins (spec §12.2); for a
// create privilege also the usage privilege of the container itself (spec §3.5).
//
// It is about privileges. That a call of a service also takes its owner's right to
// the destinations (ruling R6) is not in the answer.
//
// An empty name stands for the caller, who must be able to see the object; to
// ask about anybody else, a group of his included, he must be able to manage it
// (PERMISSION_DENIED), and may then know through which group it is. Errors:
// RESOURCE_DOES_NOT_EXIST, PRINCIPAL_DOES_NOT_EXIST,
// INVALID_PARAMETER_VALUE for a privilege that takes no effect on such an
// object.
func (m *Metastore) Explain(caller catalog.PrincipalID, privilege catalog.Privilege, t catalog.SecurableType, name catalog.FullName, of string) (Explanation, error) {
	s := m.catalog.Snapshot()
	at, err := m.find(s, caller, t, name)
	if err != nil {
		return Explanation{}, err
	}
	who := caller
	if p, _ := s.PrincipalNamed(of); of != "" && p.ID != caller {
		if !m.authz.Manage(s, caller, at.id).Allowed {
			return Explanation{}, lacks(catalog.Manage, at)
		}
		if p, err = principal(s, "principal", of); err != nil {
			return Explanation{}, err
		}
		who = p.ID
	}
	if err := takesEffect(s, privilege, at); err != nil {
		return Explanation{}, err
	}
	ask, _ := m.question(s, privilege, at)
	decision := ask(who)
	e := Explanation{Principal: principalName(s, who), Privilege: privilege, Allowed: decision.Allowed}
	r := m.readerOfGrants(s, caller)
	for _, reason := range decision.Because() {
		e.Because = append(e.Because, r.fact(reason))
	}
	for _, g := range decision.Missing() {
		f := fact(s, g.On)
		f.Principal, f.Privilege, f.Granted = e.Principal, g.Privilege, g.Privilege
		e.Missing = append(e.Missing, f)
	}
	return e, nil
}

// WhoCan returns, in the order of the bytes of their names, the users, service
// principals and groups that may use a privilege on an object, each in person
// or through groups; it is those for whom [Metastore.Explain] says so. It takes
// being able to manage the object: who answers for a thing may know who can use
// it, also those whom he would not see otherwise (see [Metastore.Principal]).
func (m *Metastore) WhoCan(caller catalog.PrincipalID, privilege catalog.Privilege, t catalog.SecurableType, name catalog.FullName) ([]Principal, error) {
	s := m.catalog.Snapshot()
	at, err := m.findManaged(s, caller, t, name)
	if err != nil {
		return nil, err
	}
	if err := takesEffect(s, privilege, at); err != nil {
		return nil, err
	}
	_, who := m.question(s, privilege, at)
	return shownPrincipals(s, slices.Values(who())), nil
}

// question returns what the verbs that take a privilege decide with, for one
// principal and for all. Managing is an ability that also comes from above, and to
// create takes the usage privilege of the container too.
func (m *Metastore) question(s *catalog.Snapshot, p catalog.Privilege, at place) (ask func(catalog.PrincipalID) authz.Decision, who func() []catalog.PrincipalID) {
	if p == catalog.Manage {
		return func(who catalog.PrincipalID) authz.Decision { return m.authz.Manage(s, who, at.id) },
			func() []catalog.PrincipalID { return m.authz.WhoManages(s, at.id) }
	}
	for _, t := range s.Kinds().Types() {
		if kind, _ := s.Kinds().Kind(t); kind.Parent == at.kind.Type && kind.Create == p {
			return func(who catalog.PrincipalID) authz.Decision { return m.authz.Create(s, who, t, at.id) },
				func() []catalog.PrincipalID { return m.authz.WhoCreates(s, t, at.id) }
		}
	}
	return func(who catalog.PrincipalID) authz.Decision { return m.authz.Check(s, who, p, at.id) },
		func() []catalog.PrincipalID { return m.authz.WhoCan(s, p, at.id) }
}

// takesEffect refuses a privilege that means nothing on such an object, though
// it may be grantable there to be inherited.
func takesEffect(s *catalog.Snapshot, p catalog.Privilege, at place) error {
	kinds, t := s.Kinds(), at.kind.Type
	if kinds.Applies(p, t) {
		return nil
	}
	effective := slices.DeleteFunc(kinds.GrantablePrivileges(t), func(p catalog.Privilege) bool { return !kinds.Applies(p, t) })
	return invalid("privilege", "Privilege %s is not applicable to %s.%s", p.SQL(), at, suggest(p, effective))
}

// fact is a reason as the reader may know it: who owns what he sees, but the
// holders of grants only where he may read them.
func (r grantReader) fact(reason authz.Reason) Fact {
	f := fact(r.s, reason.On)
	f.Privilege, f.Granted, f.Owner = reason.Privilege, reason.Granted, reason.Owner
	if level := r.level(reason.On); r.shows(level, reason.Through) || level.any && reason.Owner {
		f.Principal = principalName(r.s, reason.Through)
	}
	return f
}

func fact(s *catalog.Snapshot, on catalog.ID) Fact {
	node, _ := s.Node(on)
	return Fact{Type: node.Type, Name: s.FullName(on)}
}
