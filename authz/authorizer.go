package authz

import "github.com/modelward/modelward/catalog"

// Options are the optional parts of [New]. A nil *Options is valid. There are
// none yet.
type Options struct{}

// Authorizer decides. It holds no state of its own.
type Authorizer struct{}

// New returns an Authorizer.
func New(opts *Options) *Authorizer { return &Authorizer{} }

// Check decides whether the caller may use privilege p on an object: the
// caller holds p there, by ownership or by a grant on it or above it, and the
// usage privilege of every container above (spec §12.4). A privilege that
// takes no effect on that kind of object is denied.
func (a *Authorizer) Check(s *catalog.Snapshot, caller catalog.PrincipalID, p catalog.Privilege, on catalog.ID) Decision {
	return a.decide(request{verb: use, s: s, caller: caller, privilege: p, on: on})
}

// Manage decides whether the caller may change, drop, transfer or re-grant an
// object: as its owner, with MANAGE, as owner or MANAGE holder of a container
// above, or as metastore admin. Usage privileges are needed only on the levels
// strictly above the one where that comes from (spec §12.2, the newer of the two
// rules that are documented).
func (a *Authorizer) Manage(s *catalog.Snapshot, caller catalog.PrincipalID, on catalog.ID) Decision {
	return a.decide(request{verb: manage, s: s, caller: caller, on: on})
}

// See decides whether the caller may read what the catalog says about an
// object (spec §3.1, rulings R17 and R18). What the caller may manage can be
// seen. Other leaves are seen by who can reach them and owns them or holds one
// of their kind's revealing privileges; a catalog or schema by who owns it or
// holds any privilege on it and can use what is above.
func (a *Authorizer) See(s *catalog.Snapshot, caller catalog.PrincipalID, on catalog.ID) Decision {
	return a.decide(request{verb: see, s: s, caller: caller, on: on})
}

// Create decides whether the caller may create an object of kind t in a
// container: the usage privilege of every container down to the parent, and
// the kind's create privilege on the parent, each of which ownership of that
// container stands for (spec §3.5, ruling R19).
func (a *Authorizer) Create(s *catalog.Snapshot, caller catalog.PrincipalID, t catalog.SecurableType, parent catalog.ID) Decision {
	return a.decide(request{verb: create, s: s, caller: caller, kind: t, on: parent})
}

// List decides whether the caller may ask what is in a container: each
// container down to it is usable or manageable. What the answer may contain is
// decided object by object with [Authorizer.See]. Everybody may list catalogs.
func (a *Authorizer) List(s *catalog.Snapshot, caller catalog.PrincipalID, container catalog.ID) Decision {
	return a.decide(request{verb: list, s: s, caller: caller, on: container})
}
