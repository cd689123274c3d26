package modelservice

import (
	"context"
	"errors"
	"fmt"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/inferencelog"
	"go.uber.org/zap"
)

// Metastore is the control plane: everything that can be asked of the tree of
// securables and done to it, each call under the rights of its caller. The
// check and the change it permits are one catalog transaction. Its errors are
// [*Error] values, but for Close's; they are for the caller to log, and no line is
// written about what is returned. It may be used from any number of goroutines;
// [Metastore.Close] waits for the one that it runs itself now and then.
type Metastore struct {
	catalog *catalog.Catalog
	authz   *authz.Authorizer
	log     *inferencelog.Logger // nil: no inference tables here
	speaks  func(catalog.FullName) []API
	zap     *zap.Logger
	usage   usageTable
	stops   *stops
}

// MetastoreOptions are the optional parts of [NewMetastore]. A nil
// *MetastoreOptions is valid.
type MetastoreOptions struct {
	// Log keeps the inference tables. Default: nil; services that ask for a
	// table are then refused with INVALID_STATE.
	Log *inferencelog.Logger
	// Speaks says which APIs a model speaks, for [Service.APIs]; it is the
	// Backend that knows (upstream's has such a method). It is asked on reads,
	// and must be quick and safe for concurrent use. Default nil: every model
	// speaks chat completions.
	Speaks func(model catalog.FullName) []API
	// Logger receives what a person should know. Default: nothing is logged.
	Logger *zap.Logger
}

// NewMetastore returns the control plane of a catalog that was opened with
// [Kinds]. Where there is a log, its tables are brought into line with the
// catalog's: what an interrupted create or drop left behind is finished; and the
// usage table, [UsageName], is made if it is not there. A log with rows beside a
// catalog that has never had a table, one in memory after a restart for instance,
// is refused with [ErrForeignLog]. Errors besides: a catalog without Kinds, an
// object of somebody else's in the place of the usage table, and those of the
// log's sink.
func NewMetastore(ctx context.Context, c *catalog.Catalog, a *authz.Authorizer, opts *MetastoreOptions) (*Metastore, error) {
	if _, ok := c.Snapshot().Kinds().Kind(TypeModelService); !ok {
		return nil, errors.New("modelservice: the catalog was opened without modelservice.Kinds")
	}
	if opts == nil {
		opts = &MetastoreOptions{}
	}
	m := &Metastore{catalog: c, authz: a, log: opts.Log, speaks: opts.Speaks, zap: opts.Logger, stops: newStops()}
	if m.speaks == nil {
		m.speaks = func(catalog.FullName) []API { return []API{ChatCompletions} }
	}
	if m.zap == nil {
		m.zap = zap.NewNop()
	}
	if err := m.checkLog(ctx); err != nil {
		return nil, err
	}
	if err := m.reconcileTables(ctx); err != nil {
		return nil, err
	}
	if err := m.makeUsage(ctx); err != nil {
		return nil, err
	}
	return m, nil
}

// Catalog returns the catalog that is managed here. Changes made on it
// directly are made by the host, without any check.
func (m *Metastore) Catalog() *catalog.Catalog { return m.catalog }

// Authorizer returns what decides here.
func (m *Metastore) Authorizer() *authz.Authorizer { return m.authz }

// update runs a change in the caller's name.
func (m *Metastore) update(ctx context.Context, caller catalog.PrincipalID, change func(*catalog.Tx) error) error {
	p, ok := m.catalog.Snapshot().Principal(caller)
	if !ok {
		return &Error{Code: CodeUnauthenticated, Message: "The caller no longer exists."}
	}
	if _, err := m.catalog.Update(ctx, p.Name, change); err != nil {
		return AsError(err)
	}
	return nil
}

// A place is an object that was looked up for its caller.
type place struct {
	id   catalog.ID
	kind *catalog.Kind
	name catalog.FullName
}

func (p place) String() string { return describe(p.kind, p.name) }

// describe names an object as the field's messages do: "Catalog 'main'".
func describe(kind *catalog.Kind, name catalog.FullName) string {
	if name.Parts() == 0 {
		return kind.Label
	}
	return fmt.Sprintf("%s '%s'", kind.Label, name)
}

// missing is the one answer for what does not exist and for what the caller
// may not know to exist (ruling R9).
func missing(kind *catalog.Kind, name catalog.FullName) *Error {
	return &Error{Code: CodeDoesNotExist, Message: describe(kind, name) + " does not exist."}
}

// lacks is the refusal of something the caller may know of (spec §12.5).
func lacks(p catalog.Privilege, at place) *Error {
	return &Error{Code: CodePermissionDenied, Message: fmt.Sprintf("User does not have %s on %s.", p.SQL(), at)}
}

// lacksOne is the refusal that names the outermost of the missing grants, which
// may be one on a container.
func lacksOne(s *catalog.Snapshot, missing []catalog.Grant, at place, otherwise catalog.Privilege) *Error {
	return lacks(wanting(s, missing, at, otherwise))
}

// wanting is the outermost of the missing grants; where none can help, it is the
// privilege that was asked for.
func wanting(s *catalog.Snapshot, missing []catalog.Grant, at place, otherwise catalog.Privilege) (catalog.Privilege, place) {
	if len(missing) == 0 {
		return otherwise, at
	}
	node, _ := s.Node(missing[0].On)
	kind, _ := s.Kinds().Kind(node.Type)
	return missing[0].Privilege, place{node.ID, kind, s.FullName(node.ID)}
}

// find looks an object up and checks that the caller may read its metadata.
func (m *Metastore) find(s *catalog.Snapshot, caller catalog.PrincipalID, t catalog.SecurableType, name catalog.FullName) (place, error) {
	kind, ok := s.Kinds().Kind(t)
	if !ok {
		return place{}, invalid("securable_type", "Securable type '%s' is not known.", t)
	}
	if want := depth(s.Kinds(), kind); name.Parts() != want {
		return place{}, invalid("name", "The name of a %s has %d parts, '%s' has %d.", kind.Label, want, name, name.Parts())
	}
	id, ok := s.Lookup(t, name)
	if !ok || !m.authz.See(s, caller, id).Allowed {
		return place{}, missing(kind, name)
	}
	return place{id, kind, name}, nil
}

// findManaged looks an object up and checks that the caller may manage it.
func (m *Metastore) findManaged(s *catalog.Snapshot, caller catalog.PrincipalID, t catalog.SecurableType, name catalog.FullName) (place, error) {
	at, err := m.find(s, caller, t, name)
	if err != nil {
		return place{}, err
	}
	if !m.authz.Manage(s, caller, at.id).Allowed {
		return place{}, lacks(catalog.Manage, at)
	}
	return at, nil
}

// enter walks from the metastore into a container, checking existence,
// visibility and the usage privilege level by level, in the order of spec §3.5
// step 4. With listing set, the ability to manage replaces usage.
func (m *Metastore) enter(s *catalog.Snapshot, caller catalog.PrincipalID, container catalog.FullName, listing bool) (place, error) {
	kind, _ := s.Kinds().Kind(catalog.TypeMetastore)
	at := place{catalog.MetastoreID, kind, catalog.FullName{}}
	for _, level := range []struct {
		t    catalog.SecurableType
		leaf string
	}{{catalog.TypeCatalog, container.Catalog}, {catalog.TypeSchema, container.Schema}} {
		if level.leaf == "" {
			break
		}
		kind, _ := s.Kinds().Kind(level.t)
		name := at.name.Child(level.leaf)
		id, ok := s.Lookup(level.t, name)
		if !ok {
			return place{}, missing(kind, name)
		}
		at = place{id, kind, name}
		usable := m.authz.Check(s, caller, kind.Gate, id)
		if !usable.Visible {
			return place{}, missing(kind, name)
		}
		if !usable.Allowed && !(listing && m.authz.List(s, caller, id).Allowed) {
			return place{}, lacks(kind.Gate, at)
		}
	}
	return at, nil
}

// enterToCreate also checks the privilege to create objects of kind t there.
func (m *Metastore) enterToCreate(s *catalog.Snapshot, caller catalog.PrincipalID, t catalog.SecurableType, container catalog.FullName) (place, error) {
	at, err := m.enter(s, caller, container, false)
	if err != nil {
		return place{}, err
	}
	if !m.authz.Create(s, caller, t, at.id).Allowed {
		kind, _ := s.Kinds().Kind(t)
		return place{}, lacks(kind.Create, at)
	}
	return at, nil
}

func depth(kinds *catalog.Kinds, kind *catalog.Kind) int {
	n := 0
	for kind.Parent != "" {
		n++
		kind, _ = kinds.Kind(kind.Parent)
	}
	return n
}

// principal finds a principal that a caller has named in a field. The one that
// owns the platform's own objects is not there for callers.
func principal(s *catalog.Snapshot, field, name string) (catalog.Principal, error) {
	p, ok := s.PrincipalNamed(name)
	if !ok || p.Type == catalog.System {
		return catalog.Principal{}, noPrincipal(field, name)
	}
	return p, nil
}

// noPrincipal is the one answer for a principal that does not exist and for one
// that the caller may not know to exist.
func noPrincipal(field, name string) *Error {
	return &Error{Code: CodePrincipalNotExist, Field: field, Message: fmt.Sprintf("Could not find principal with name %s", name)}
}

// principalName is the name to show for a principal, empty when it was deleted.
func principalName(s *catalog.Snapshot, id catalog.PrincipalID) string {
	p, _ := s.Principal(id)
	return p.Name
}
