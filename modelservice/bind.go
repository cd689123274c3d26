package modelservice

import (
	"cmp"
	"context"
	"fmt"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/ratelimit"
)

// binder turns the names of a spec into ids, under the rights of whoever makes
// or changes the service and of who will own it.
type binder struct {
	m      *Metastore
	s      *catalog.Snapshot
	caller catalog.PrincipalID
	owner  catalog.PrincipalID

	creating bool // the service is made, not changed
}

// destinations binds a list of destinations. The caller needs EXECUTE on each
// model, and so does the owner, whose rights will decide at run time (rulings
// R6 and R20).
func (b *binder) destinations(ds []Destination) ([]boundDestination, error) {
	kind, _ := b.s.Kinds().Kind(catalog.TypeModel)
	var out []boundDestination
	for _, d := range ds {
		name, err := catalog.ParseFullName(d.Model)
		if err != nil {
			return nil, err
		}
		id, ok := b.s.Lookup(catalog.TypeModel, name)
		if !ok {
			return nil, missing(kind, name)
		}
		decision := b.m.authz.Check(b.s, b.caller, catalog.Execute, id)
		switch {
		case !decision.Visible:
			return nil, missing(kind, name)
		case !decision.Allowed:
			return nil, lacks(catalog.Execute, place{id, kind, name})
		}
		if b.owner != b.caller && !b.m.authz.Check(b.s, b.owner, catalog.Execute, id).Allowed {
			return nil, &Error{Code: CodePermissionDenied, Field: "owner", Message: fmt.Sprintf(
				"Owner '%s' does not have EXECUTE on %s.", principalName(b.s, b.owner), describe(kind, name))}
		}
		out = append(out, boundDestination{Name: d.Name, Type: cmp.Or(d.Type, PayPerToken), Model: id, ModelName: name.String(), Percentage: clonePtr(d.Percentage)})
	}
	return out, nil
}

// limits binds the principals that limits name. Each must be of the kind that
// the limit's key says.
func (b *binder) limits(ls []RateLimit) ([]boundLimit, error) {
	var out []boundLimit
	for i, l := range ls {
		bl := boundLimit{Key: l.Key, TagKey: l.TagKey, TagValue: l.TagValue, Period: l.Period,
			Requests: clonePtr(l.Requests), Tokens: clonePtr(l.Tokens), Concurrent: clonePtr(l.Concurrent), Shadow: l.Shadow}
		if l.Principal != "" {
			field := fmt.Sprintf("config.rate_limits[%d].principal", i)
			p, err := principal(b.s, field, l.Principal)
			if err != nil {
				return nil, err
			}
			if want := principalType(l.Key); p.Type != want {
				return nil, invalid(field, "'%s' is a %s, not a %s.", p.Name, p.Type, want)
			}
			bl.Principal = p.ID
		}
		out = append(out, bl)
	}
	return out, nil
}

func principalType(k ratelimit.Key) catalog.PrincipalType {
	switch k {
	case ratelimit.KeyUserGroup:
		return catalog.Group
	case ratelimit.KeyServicePrincipal:
		return catalog.ServicePrincipal
	}
	return catalog.User
}

// bind binds everything but the table, which is made last.
func (b *binder) bind(spec *Spec) (*bound, error) {
	out := &bound{FirstTokenTimeout: spec.FirstTokenTimeout, TrafficSplitting: spec.TrafficSplitting, InvokerRights: spec.InvokerRights}
	var err error
	if out.Destinations, err = b.destinations(spec.Destinations); err != nil {
		return nil, err
	}
	if out.Fallbacks, err = b.destinations(spec.Fallbacks); err != nil {
		return nil, err
	}
	if out.Unrouted, err = b.destinations(spec.Unrouted); err != nil {
		return nil, err
	}
	out.RateLimits, err = b.limits(spec.RateLimits)
	return out, err
}

// table makes the inference table of a service: the caller's, for rows that the
// owner's rights are enough to write (ruling R20).
func (b *binder) table(ctx context.Context, tx *catalog.Tx, t *InferenceTable, service string) (*boundTable, error) {
	name, prefix, err := t.tableName(service)
	if err != nil {
		return nil, err
	}
	id, err := b.newTable(ctx, tx, name)
	if err != nil {
		return nil, err
	}
	out := &boundTable{ID: id, Name: name.String(), Prefix: prefix}
	out.take(t)
	return out, nil
}

// spec is the inverse of binding: names as they are now, and what was dropped
// marked as deleted under the name it had.
func (b *bound) spec(s *catalog.Snapshot) Spec {
	out := Spec{
		Destinations:      unbindDestinations(s, b.Destinations),
		Fallbacks:         unbindDestinations(s, b.Fallbacks),
		Unrouted:          unbindDestinations(s, b.Unrouted),
		FirstTokenTimeout: b.FirstTokenTimeout,
		TrafficSplitting:  b.TrafficSplitting,
		InvokerRights:     b.InvokerRights,
	}
	for _, l := range b.RateLimits {
		// A limit of a principal that was deleted binds nobody, least of all
		// whoever has its name now, so it shows no name (spec §12.3).
		name := principalName(s, l.Principal)
		out.RateLimits = append(out.RateLimits, RateLimit{Key: l.Key, Principal: name, TagKey: l.TagKey, TagValue: l.TagValue, Period: l.Period,
			Requests: clonePtr(l.Requests), Tokens: clonePtr(l.Tokens), Concurrent: clonePtr(l.Concurrent), Shadow: l.Shadow})
	}
	out.InferenceTable = b.Table.spec(s)
	return out
}

func unbindDestinations(s *catalog.Snapshot, ds []boundDestination) []Destination {
	var out []Destination
	for _, d := range ds {
		name, alive := nameNow(s, d.Model, d.ModelName)
		out = append(out, Destination{Name: d.Name, Type: d.Type, Model: name.String(), Percentage: clonePtr(d.Percentage), Deleted: !alive})
	}
	return out
}

// nameNow returns the name that an object has, or had when it was bound.
func nameNow(s *catalog.Snapshot, id catalog.ID, was string) (catalog.FullName, bool) {
	if _, ok := s.Node(id); ok {
		return s.FullName(id), true
	}
	name, _ := catalog.ParseFullName(was)
	return name, false
}
