package catalogtest

import (
	"context"
	"errors"
	"fmt"

	"pgregory.net/rapid"

	"github.com/modelward/modelward/catalog"
)

// WorldOptions are the optional parts of [World]. A nil *WorldOptions is valid.
type WorldOptions struct {
	// Kinds are the kinds beyond the built-in ones. Default: [ServiceKind].
	Kinds []catalog.Kind
	// Spec draws the content of an object about to be made. Default: none.
	Spec func(t *rapid.T, typ catalog.SecurableType) catalog.Spec
	// MaxChildren is the most objects of one kind in one container.
	// Default: 2.
	MaxChildren int
	// MaxPrincipals is the most users, service principals and groups, of
	// each. Default: 4.
	MaxPrincipals int
	// MaxGrants is the most grants. Default: 20.
	MaxGrants int
}

func (o *WorldOptions) orDefault() WorldOptions {
	var full WorldOptions
	if o != nil {
		full = *o
	}
	if full.Kinds == nil {
		full.Kinds = []catalog.Kind{ServiceKind()}
	}
	if full.Spec == nil {
		full.Spec = func(*rapid.T, catalog.SecurableType) catalog.Spec { return nil }
	}
	if full.MaxChildren <= 0 {
		full.MaxChildren = 2
	}
	if full.MaxPrincipals <= 0 {
		full.MaxPrincipals = 4
	}
	if full.MaxGrants <= 0 {
		full.MaxGrants = 20
	}
	return full
}

// World draws a small catalog in memory: objects of every kind on every level,
// users, service principals and nested groups, owners of every sort (the
// system user, groups, and principals that are gone), and grants of whatever
// can be granted, to whoever can hold it. Names are short and the same in
// different containers. The catalog is closed when t ends; draw ids from its
// snapshot.
func World(t *rapid.T, opts *WorldOptions) *catalog.Catalog {
	o := opts.orDefault()
	c, err := catalog.Open(t.Context(), nil, &catalog.Options{Kinds: o.Kinds})
	if err != nil {
		t.Fatalf("catalogtest: open: %v", err)
	}
	t.Cleanup(func() { _ = c.Close(context.Background()) })
	if _, err := c.Update(t.Context(), "world", func(tx *catalog.Tx) error {
		b := builder{t: t, tx: tx, WorldOptions: o}
		if err := b.addPrincipals(); err != nil {
			return err
		}
		metastore, _ := tx.Node(catalog.MetastoreID)
		if err := b.addObjects(metastore); err != nil {
			return err
		}
		if err := b.addGrants(); err != nil {
			return err
		}
		return b.dropSome()
	}); err != nil {
		t.Fatalf("catalogtest: world: %v", err)
	}
	return c
}

// builder fills a world by one transaction.
type builder struct {
	WorldOptions
	t          *rapid.T
	tx         *catalog.Tx
	principals []catalog.PrincipalID // all but the built-in ones
	groups     []catalog.PrincipalID
	objects    []catalog.Node // the metastore first
}

func (b *builder) addPrincipals() error {
	b.groups = []catalog.PrincipalID{catalog.MetastoreAdmins}
	for _, typ := range []catalog.PrincipalType{catalog.User, catalog.ServicePrincipal, catalog.Group} {
		for i := range rapid.IntRange(1, b.MaxPrincipals).Draw(b.t, string(typ)+"s") {
			id, err := b.tx.CreatePrincipal(typ, fmt.Sprintf("%s %d", typ, i))
			if err != nil {
				return err
			}
			b.principals = append(b.principals, id)
			if typ == catalog.Group {
				b.groups = append(b.groups, id)
			}
		}
	}
	for range rapid.IntRange(0, 2*b.MaxPrincipals).Draw(b.t, "memberships") {
		group := rapid.SampledFrom(b.groups).Draw(b.t, "group")
		who := rapid.SampledFrom(b.principals).Draw(b.t, "member")
		// A cycle is refused; then there is one membership less.
		if err := b.tx.AddMember(group, who); err != nil && !errors.Is(err, catalog.ErrCycle) {
			return err
		}
	}
	return nil
}

// addObjects fills one container and what is made in it.
func (b *builder) addObjects(in catalog.Node) error {
	b.objects = append(b.objects, in)
	kinds := b.tx.Kinds()
	for _, typ := range kinds.Types() {
		kind, _ := kinds.Kind(typ)
		if kind.Parent != in.Type {
			continue
		}
		least := 0
		if kinds.HoldsChildren(typ) {
			least = 1
		}
		for i := range rapid.IntRange(least, b.MaxChildren).Draw(b.t, string(typ)+"s") {
			id, err := b.tx.Create(catalog.Draft{
				Type: typ, Parent: in.ID, Name: fmt.Sprintf("%s%d", typ, i),
				Owner: b.holder("owner", catalog.SystemUser, catalog.MetastoreAdmins), Spec: b.Spec(b.t, typ),
			})
			if err != nil {
				return err
			}
			made, _ := b.tx.Node(id)
			if err := b.addObjects(made); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *builder) addGrants() error {
	for range rapid.IntRange(0, b.MaxGrants).Draw(b.t, "grants") {
		on := rapid.SampledFrom(b.objects).Draw(b.t, "on")
		some := b.tx.Kinds().GrantablePrivileges(on.Type)
		if len(some) == 0 {
			continue
		}
		to := b.holder("to", catalog.AccountUsers, catalog.MetastoreAdmins)
		if err := b.tx.Grant(on.ID, to, rapid.SampledFrom(some).Draw(b.t, "privilege")); err != nil {
			return err
		}
	}
	return nil
}

// dropSome lets a few principals go, who leave owned objects behind.
func (b *builder) dropSome() error {
	for range rapid.IntRange(0, 2).Draw(b.t, "departures") {
		id := rapid.SampledFrom(b.principals).Draw(b.t, "who leaves")
		if err := b.tx.DropPrincipal(id); err != nil && !errors.Is(err, catalog.ErrNotFound) {
			return err
		}
	}
	return nil
}

// holder draws a principal, now and then one of the built-in ones given.
func (b *builder) holder(label string, builtIn ...catalog.PrincipalID) catalog.PrincipalID {
	if rapid.IntRange(0, 7).Draw(b.t, label+" is built in") == 0 {
		return rapid.SampledFrom(builtIn).Draw(b.t, label)
	}
	return rapid.SampledFrom(b.principals).Draw(b.t, label)
}
