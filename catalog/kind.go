package catalog

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// SecurableType names a kind of securable, in the spelling of the grants API.
type SecurableType string

// The kinds a catalog knows by itself.
const (
	TypeMetastore SecurableType = "metastore"
	TypeCatalog   SecurableType = "catalog"
	TypeSchema    SecurableType = "schema"
	TypeTable     SecurableType = "table"
	TypeModel     SecurableType = "model"
)

// Kind is the papers a kind of securable brings: everything the catalog and
// the authoriser must know about objects they have never heard of.
type Kind struct {
	Type  SecurableType // Required.
	Label string        // how messages name it: "Model Service". Required.

	// Parent is the kind of container it lives in. Required, except for the
	// metastore.
	Parent SecurableType
	// Gate is the usage privilege that reaching anything inside takes, such
	// as USE_CATALOG. Empty for kinds that contain nothing.
	Gate Privilege
	// Create is the privilege on the parent that lets its holder create
	// objects of this kind. Empty: only the parent's owner may.
	Create Privilege

	// Privileges take effect on objects of this kind. Each can be granted on
	// the object and on the containers above it, there to be inherited by
	// present and future children (spec §12.1, §12.2). Create privileges of
	// the kinds inside need not be repeated here.
	Privileges []Privilege
	// Local privileges take effect on the object and can be granted only there.
	Local []Privilege
	// Inherited privileges can be granted on objects of this kind but take
	// effect only on kinds below that this process may not know.
	Inherited []Privilege
	// Reveals are the privileges whose holder may read an object's metadata.
	// Ownership and MANAGE always reveal (ruling R18).
	Reveals []Privilege

	// Space is the name space: siblings in the same space cannot share a
	// name. Empty: the kind has a space of its own.
	Space string

	// Decode reads the content that [Spec] values of this kind are stored
	// as. It and Compile may be called from several goroutines at once, and
	// for changes that come to nothing, whose ids are given out anew. Nil:
	// objects of this kind have no content.
	Decode func(data []byte) (Spec, error)
	// Compile prepares the content for the request path, at every change and
	// load and never on the request path. It has no other effects, since a
	// change compiles once more what it is about to store. The result is
	// immutable and is handed out by [Snapshot.Compiled]. An error refuses
	// the change. Nil: nothing is prepared.
	Compile func(id ID, spec Spec) (any, error)
}

// Spec is the content of a securable: what its kind says about it. It is
// stored as JSON.
type Spec interface {
	// Clone returns a deep copy.
	Clone() Spec
}

// Kinds is the compiled table of all kinds of one catalog. It is immutable.
type Kinds struct {
	papers map[SecurableType]*Papers
	sets   map[Privilege]PrivilegeSet // of one privilege each
	names  []Privilege                // by bit
	order  []SecurableType            // parents before children
}

// Papers are a [Kind] as decisions need it, with its privileges as sets.
type Papers struct {
	*Kind
	Gates     PrivilegeSet // Gate alone
	Creates   PrivilegeSet // Create alone
	Applies   PrivilegeSet // what takes effect on such an object
	Grantable PrivilegeSet // what can be granted on it, for itself or to be inherited
	Shown     PrivilegeSet // Reveals
	Holds     bool         // some kind lives inside

	number uint8     // of the kind
	space  uint8     // of its name space
	path   []*Papers // from below the metastore down to this kind
}

// maxDepth is how many levels below the metastore a kind may live: as many as
// a [FullName] has parts.
const maxDepth = 3

// builtinKinds is spec §12.1 for the kinds of this package.
func builtinKinds() []Kind {
	return []Kind{{
		Type: TypeMetastore, Label: "Metastore",
	}, {
		Type: TypeCatalog, Label: "Catalog", Parent: TypeMetastore,
		Gate: UseCatalog, Create: CreateCatalog,
		Privileges: []Privilege{UseCatalog, ApplyTag, Manage, AllPrivileges},
		Local:      []Privilege{Browse},
	}, {
		Type: TypeSchema, Label: "Schema", Parent: TypeCatalog,
		Gate: UseSchema, Create: CreateSchema,
		Privileges: []Privilege{UseSchema, ApplyTag, Manage, AllPrivileges,
			CreateFunction, CreateVolume, CreateMaterialized},
		Local:     []Privilege{ExternalUseSchema},
		Inherited: []Privilege{ReadMetadata, Refresh, ReadVolume, WriteVolume},
	}, {
		Type: TypeTable, Label: "Table", Parent: TypeSchema, Create: CreateTable,
		Privileges: []Privilege{Select, SelectOwnRows, SelectMasked, Modify, ApplyTag, Manage, AllPrivileges},
		Reveals:    []Privilege{Select, SelectOwnRows, SelectMasked},
	}, {
		Type: TypeModel, Label: "Model", Parent: TypeSchema, Create: CreateModel,
		Privileges: []Privilege{Execute, ReadMetadata, ApplyTag, Manage, AllPrivileges},
		Local:      []Privilege{CreateModelVersion},
		Reveals:    []Privilege{Execute, ReadMetadata},
	}}
}

// newKinds compiles the built-in kinds and more of the caller's.
func newKinds(more []Kind) (*Kinds, error) {
	k := &Kinds{papers: map[SecurableType]*Papers{}, sets: map[Privilege]PrivilegeSet{}}
	for _, p := range ownPrivileges {
		k.number(p)
	}
	spaces := map[string]uint8{}
	all := append(builtinKinds(), more...)
	if len(all) > math.MaxUint8 {
		return nil, fmt.Errorf("catalog: %d kinds are too many", len(all))
	}
	for i := range all {
		kind := &all[i]
		if err := k.check(i, kind); err != nil {
			return nil, err
		}
		if kind.Space == "" {
			kind.Space = string(kind.Type)
		}
		if _, ok := spaces[kind.Space]; !ok {
			spaces[kind.Space] = uint8(len(spaces))
		}
		papers := &Papers{Kind: kind, number: uint8(i), space: spaces[kind.Space]}
		if above := k.papers[kind.Parent]; above != nil {
			if len(above.path) == maxDepth {
				return nil, fmt.Errorf("catalog: kind %q: names have %d parts at most", kind.Type, maxDepth)
			}
			above.Holds = true
			papers.path = append(slices.Clone(above.path), papers)
		}
		k.papers[kind.Type] = papers
		k.order = append(k.order, kind.Type)
	}
	for _, t := range k.order {
		k.spread(k.papers[t])
	}
	for _, t := range k.order {
		if err := k.checkPapers(k.papers[t]); err != nil {
			return nil, err
		}
	}
	if len(k.names) > maxPrivileges {
		return nil, fmt.Errorf("catalog: the kinds have %d different privileges, %d is the most", len(k.names), maxPrivileges)
	}
	return k, nil
}

func (k *Kinds) check(i int, kind *Kind) error {
	switch {
	case kind.Type == "" || kind.Label == "":
		return fmt.Errorf("catalog: kind %d: Type and Label are required", i)
	case strings.ContainsRune(string(kind.Type)+kind.Space, 0):
		return fmt.Errorf("catalog: kind %q: NUL in its type or name space", kind.Type)
	case k.papers[kind.Type] != nil:
		return fmt.Errorf("catalog: kind %q given twice", kind.Type)
	case kind.Type != TypeMetastore && k.papers[kind.Parent] == nil:
		return fmt.Errorf("catalog: kind %q: its parent %q must come before it", kind.Type, kind.Parent)
	}
	return nil
}

// name is the key under which such an object is found in a container.
func (p *Papers) name(in ID, name string) nameKey { return nameKey{in, p.space, name} }

// checkPapers refuses a kind that the rules could not be true of.
func (k *Kinds) checkPapers(p *Papers) error {
	if p.Type == TypeMetastore {
		return nil
	}
	all := slices.Concat(p.Privileges, p.Local, p.Inherited, p.Reveals)
	for _, privilege := range append(all, p.Gate, p.Create) {
		if privilege != NormalizePrivilege(string(privilege)) || strings.ContainsFunc(string(privilege), notInPrivilege) {
			return fmt.Errorf("catalog: kind %q: %q is no privilege: they are upper case with underscores", p.Type, privilege)
		}
	}
	effective := k.number(p.Privileges...)
	switch {
	case p.Holds && p.Gate == "":
		return fmt.Errorf("catalog: kind %q: a kind that others live in needs a Gate", p.Type)
	case !p.Holds && p.Gate != "":
		return fmt.Errorf("catalog: kind %q: a Gate, and no kind lives inside", p.Type)
	case p.Gate != "" && !effective.Meets(p.Gates):
		return fmt.Errorf("catalog: kind %q: its Gate %s is not among its Privileges", p.Type, p.Gate)
	case !p.Shown.Without(effective).Empty():
		return fmt.Errorf("catalog: kind %q: what Reveals is not among its Privileges", p.Type)
	}
	for _, t := range k.order {
		other := k.papers[t]
		if other.space == p.space && other.Parent == p.Parent && other.Holds != p.Holds {
			return fmt.Errorf("catalog: kinds %q and %q share a name space, and others live in one of them alone", p.Type, t)
		}
		if k.number(p.Local...).Meets(k.number(other.Privileges...).Union(k.number(other.Inherited...))) {
			return fmt.Errorf("catalog: kind %q: a Local privilege of its is inherited by kind %q", p.Type, t)
		}
	}
	return nil
}

func notInPrivilege(r rune) bool { return r != '_' && (r < 'A' || r > 'Z') && (r < '0' || r > '9') }

// spread writes down where the privileges of a kind take effect and where they
// can be granted: on the object and on the containers above it. The metastore's
// privileges do not inherit, so the climb ends below it.
func (k *Kinds) spread(p *Papers) {
	p.Gates = k.number(p.Gate)
	p.Creates = k.number(p.Create)
	effective := k.number(p.Privileges...)
	local := k.number(p.Local...)
	p.Shown = k.number(p.Reveals...)
	p.Applies = p.Applies.Union(effective).Union(local)
	p.Grantable = p.Grantable.Union(local)
	k.allow(p, effective.Union(k.number(p.Inherited...)))
	if above := k.papers[p.Parent]; above != nil {
		above.Applies = above.Applies.Union(p.Creates)
		k.allow(above, p.Creates)
	}
}

// allow makes privileges grantable on a kind and on the containers above it.
func (k *Kinds) allow(p *Papers, privileges PrivilegeSet) {
	p.Grantable = p.Grantable.Union(privileges)
	for p = k.papers[p.Parent]; p != nil && p.Type != TypeMetastore; p = k.papers[p.Parent] {
		p.Grantable = p.Grantable.Union(privileges)
	}
}

// number returns the set of some privileges; new ones get the next bit. Those
// beyond the last are refused when all have been counted.
func (k *Kinds) number(privileges ...Privilege) PrivilegeSet {
	var all PrivilegeSet
	for _, p := range privileges {
		if p == "" {
			continue
		}
		s, ok := k.sets[p]
		if !ok {
			s = privilegeBit(min(len(k.names), maxPrivileges))
			k.sets[p] = s
			k.names = append(k.names, p)
		}
		all = all.Union(s)
	}
	return all
}

// Papers returns what decisions need of a kind. The result must not be changed.
func (k *Kinds) Papers(t SecurableType) (*Papers, bool) {
	p, ok := k.papers[t]
	return p, ok
}

// Kind returns a kind as it was given. The result must not be changed.
func (k *Kinds) Kind(t SecurableType) (*Kind, bool) {
	p, ok := k.papers[t]
	if !ok {
		return nil, false
	}
	return p.Kind, true
}

// Types returns all kinds, parents before children.
func (k *Kinds) Types() []SecurableType { return slices.Clone(k.order) }

// Set returns the set that holds one privilege: empty when no kind has it.
func (k *Kinds) Set(p Privilege) PrivilegeSet { return k.sets[p] }

// Universe returns the set of all privileges there are.
func (k *Kinds) Universe() PrivilegeSet {
	return PrivilegeSet{^uint64(0), ^uint64(0)}.Without(unknownPrivilege)
}

// Privileges returns what is in a set, sorted. What no kind has is left out.
func (k *Kinds) Privileges(s PrivilegeSet) []Privilege {
	var ps []Privilege
	for n, p := range k.names {
		if s.Meets(privilegeBit(n)) {
			ps = append(ps, p)
		}
	}
	slices.Sort(ps)
	return ps
}

// Applies reports whether p takes effect on objects of kind t.
func (k *Kinds) Applies(p Privilege, t SecurableType) bool {
	papers := k.papers[t]
	return papers != nil && papers.Applies.Meets(k.sets[p])
}

// Grantable reports whether p can be granted on objects of kind t, for the
// object itself or to be inherited.
func (k *Kinds) Grantable(p Privilege, t SecurableType) bool {
	papers := k.papers[t]
	return papers != nil && papers.Grantable.Meets(k.sets[p])
}

// GrantablePrivileges returns, sorted, what can be granted on kind t.
func (k *Kinds) GrantablePrivileges(t SecurableType) []Privilege {
	papers := k.papers[t]
	if papers == nil {
		return nil
	}
	return k.Privileges(papers.Grantable)
}

// HoldsChildren reports whether some kind lives inside kind t.
func (k *Kinds) HoldsChildren(t SecurableType) bool {
	papers := k.papers[t]
	return papers != nil && papers.Holds
}

// granted is the set that a grant of p gives.
func (k *Kinds) granted(p Privilege) PrivilegeSet {
	if s, ok := k.sets[p]; ok {
		return s
	}
	return unknownPrivilege
}
