package rest

import (
	"reflect"
	"slices"
	"strings"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
)

// seedChange is what can be changed of a service in the seed page's shape: the
// members given (ruling R36). null is not given (ruling R26).
type seedChange struct {
	Comment        *string     `json:"comment"`
	Owner          *string     `json:"owner"`
	Destinations   *seedList   `json:"destinations"`
	Routes         *seedRoutes `json:"routes"`
	InferenceTable *string     `json:"inference_table"`
	RateLimits     *seedLimits `json:"rate_limits"`

	CatalogName *string    `json:"catalog_name"` // must be what it is
	SchemaName  *string    `json:"schema_name"`  // likewise
	Name        *string    `json:"name"`         // likewise
	FullName    outputOnly `json:"full_name"`
	MetastoreID outputOnly `json:"metastore_id"`
	CreatedAt   outputOnly `json:"created_at"`
	CreatedBy   outputOnly `json:"created_by"`
	UpdatedAt   outputOnly `json:"updated_at"`
	UpdatedBy   outputOnly `json:"updated_by"`
}

// updateSeedService changes the given members of a service. What they become in
// the shape that services have inside depends on what is there, which nobody
// changes meanwhile.
func (h *handler) updateSeedService(r *request) (any, error) {
	name, err := r.pathName(3)
	if err != nil {
		return nil, err
	}
	if err := r.refuse("update_mask"); err != nil { // of the other shape: left alone more would be changed than it says
		return nil, err
	}
	etag, err := r.param("etag")
	if err != nil {
		return nil, err
	}
	var body seedChange
	if err := r.decode(&body); err != nil {
		return nil, err
	}
	if err := body.validate(name); err != nil {
		return nil, err
	}
	changed, err := h.ms.UpdateServiceFunc(r.Context(), r.caller, name, func(s modelservice.Service) (modelservice.ServiceChange, error) {
		if etag != "" && etag != s.Etag {
			return modelservice.ServiceChange{Etag: etag}, nil // what follows is about another service than the caller's
		}
		return body.change(h.seedAnswer(s), &s.Spec)
	})
	if err != nil {
		return nil, inChangeBody(err, inSeedBody)
	}
	return h.seedAnswer(changed), nil
}

// validate checks what can be told without the service.
func (b *seedChange) validate(name catalog.FullName) error {
	for _, part := range []struct {
		field string
		given *string
		is    string
	}{{"/catalog_name", b.CatalogName, name.Catalog}, {"/schema_name", b.SchemaName, name.Schema}, {"/name", b.Name, name.Object}} {
		if part.given == nil {
			continue
		}
		if canon, err := catalog.CanonicalName(*part.given); err != nil || canon != part.is {
			return invalid(part.field, "The name of a model service cannot be changed.")
		}
	}
	if b.InferenceTable != nil {
		if _, err := threeParts("/inference_table", *b.InferenceTable); err != nil {
			return err
		}
	}
	alone := modelservice.ServiceChange{Comment: b.Comment}
	if err := alone.Validate(); err != nil {
		return inSeedBody(err)
	}
	if _, err := b.RateLimits.limits(); err != nil {
		return err
	}
	switch {
	case b.Destinations == nil && b.Routes == nil:
		return nil
	case b.Destinations == nil:
		return b.Routes.validate()
	}
	given := seedBody{Destinations: *b.Destinations, Routes: b.Routes}
	declared, err := given.declared()
	if err != nil || b.Routes == nil {
		return err
	}
	return given.route(&modelservice.Spec{}, declared)
}

// change turns the members given into a change of a service that reads as now.
func (b *seedChange) change(now seedAnswer, spec *modelservice.Spec) (modelservice.ServiceChange, error) {
	c := modelservice.ServiceChange{Comment: b.Comment, Owner: b.Owner}
	if b.Owner != nil && *b.Owner == "" && now.Owner != "" {
		return c, invalid("/owner", "An owner must not be empty.")
	}
	if b.Destinations != nil || b.Routes != nil {
		if err := b.reroute(&c, now, spec); err != nil {
			return c, err
		}
	}
	if b.InferenceTable != nil {
		name, err := threeParts("/inference_table", *b.InferenceTable)
		if err != nil {
			return c, err
		}
		c.InferenceTable = retable(name, now.InferenceTable, spec.InferenceTable)
		c.KeepStopped = !b.onlyTable()
	}
	if b.RateLimits != nil && !b.RateLimits.same(now.RateLimits) {
		limits, err := b.RateLimits.limits()
		if err != nil {
			return c, err
		}
		limits = withUnsaid(limits, spec.RateLimits)
		c.RateLimits = &limits
	}
	return c, nil
}

// retable is the table that is given, in place of the one there is. Of that one
// all that this shape cannot say stays: one that is paused stays so, too. Logging
// that has stopped is resumed by giving the table as it reads, and nothing else.
func retable(name catalog.FullName, reads string, is *modelservice.InferenceTable) *modelservice.InferenceTable {
	if is == nil || name.String() != reads {
		return &modelservice.InferenceTable{Parent: name.Parent().String(), Table: name.Object}
	}
	if is.Logging.Status != modelservice.LoggingStopped {
		return nil
	}
	return is
}

// onlyTable reports whether a table is all that is given.
func (b *seedChange) onlyTable() bool {
	return reflect.DeepEqual(*b, seedChange{InferenceTable: b.InferenceTable})
}

// reroute routes the destinations and routes that are given, or else there.
// Fallbacks behind a split, which this shape cannot say, stay behind it.
func (b *seedChange) reroute(c *modelservice.ServiceChange, now seedAnswer, spec *modelservice.Spec) error {
	whole := seedBody{Destinations: now.Destinations, Routes: now.Routes}
	if b.Destinations != nil {
		whole.Destinations = *b.Destinations
	}
	if b.Routes != nil {
		whole.Routes = b.Routes
	}
	declared, err := whole.declared()
	if err != nil {
		return err
	}
	var next modelservice.Spec
	if err := whole.route(&next, declared); err != nil {
		return err
	}
	if next.TrafficSplitting && now.Routes.Strategy == strategySplit {
		for _, was := range spec.Fallbacks {
			i := slices.IndexFunc(next.Unrouted, func(d modelservice.Destination) bool { return d.Name == was.Name })
			if i >= 0 {
				next.Fallbacks = append(next.Fallbacks, next.Unrouted[i])
				next.Unrouted = slices.Delete(next.Unrouted, i, i+1)
			}
		}
		// Several destinations are a split with or without the mark.
		next.TrafficSplitting = spec.TrafficSplitting || len(next.Destinations) == 1
	}
	c.Destinations, c.Fallbacks, c.Unrouted, c.TrafficSplitting = &next.Destinations, &next.Fallbacks, &next.Unrouted, &next.TrafficSplitting
	return nil
}

// withUnsaid are the limits that this shape asks for, and what it has no words
// for of those that there are. They are limits of their own, unless that were too
// many: then their numbers go into the first that is of their kind.
func withUnsaid(limits, all []modelservice.RateLimit) []modelservice.RateLimit {
	kept := unsaid(all)
	i := slices.IndexFunc(kept, seedCanSay)
	if len(limits) == 0 || len(limits)+len(kept) <= maxLimits || i < 0 {
		return append(limits, kept...)
	}
	kept[i].Requests, kept[i].Tokens = limits[0].Requests, limits[0].Tokens
	return kept
}

// unsaid are the limits, and the parts of limits, that this shape has no words
// for (ruling R36).
func unsaid(all []modelservice.RateLimit) []modelservice.RateLimit {
	var out []modelservice.RateLimit
	for _, l := range all {
		if seedCanSay(l) {
			if l.Concurrent == nil {
				continue
			}
			l.Requests, l.Tokens = nil, nil
		}
		out = append(out, l)
	}
	return out
}

// same reports whether two limits say the same; nil and an empty one do.
func (l *seedLimits) same(other *seedLimits) bool {
	if other == nil {
		other = &seedLimits{}
	}
	return sameNumber(l.QPM, other.QPM) && sameNumber(l.TPM, other.TPM)
}

func sameNumber(a, b *int64) bool {
	return a == nil && b == nil || a != nil && b != nil && *a == *b
}

// inChangeBody says where in the body an error is, unless it says so already or
// is about the query.
func inChangeBody(err error, say func(error) error) error {
	e := modelservice.AsError(err)
	if strings.HasPrefix(e.Field, "/") || e.Field == "etag" {
		return err
	}
	return say(err)
}
