package modelservice

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/ratelimit"
)

// rebind is bind for a service that is there. What a change does not name stays
// bound as it was; a new table is made later.
func (b *binder) rebind(at place, c *ServiceChange, was *bound) (*bound, error) {
	next := was.Clone().(*bound)
	set(&next.FirstTokenTimeout, c.FirstTokenTimeout)
	set(&next.TrafficSplitting, c.TrafficSplitting)
	set(&next.InvokerRights, c.InvokerRights)
	reads := was.spec(b.s)
	spec := reads
	c.apply(&spec)
	if c.Unrouted == nil {
		routed := map[string]bool{}
		for _, d := range slices.Concat(spec.Destinations, spec.Fallbacks) {
			routed[d.Name] = true
		}
		spec.Unrouted = slices.DeleteFunc(spec.Unrouted, func(d Destination) bool { return routed[d.Name] })
		next.Unrouted = slices.DeleteFunc(next.Unrouted, func(d boundDestination) bool { return routed[d.Name] })
	}
	if err := spec.validateRouting(); err != nil {
		return nil, err
	}
	kept, err := c.keptLimits(was, reads.RateLimits)
	if err != nil {
		return nil, err
	}
	if err := next.retable(c, reads.InferenceTable); err != nil {
		return nil, err
	}
	if c.Destinations != nil || c.Fallbacks != nil || c.Unrouted != nil || was.InvokerRights && !next.InvokerRights {
		if err := b.rebindDestinations(at, c, &spec, was, next); err != nil {
			return nil, err
		}
	}
	if c.RateLimits == nil {
		return next, nil
	}
	if next.RateLimits, err = b.limits(*c.RateLimits); err != nil {
		return nil, err
	}
	for i, l := range kept {
		next.RateLimits[i] = l
	}
	return next, nil
}

// rebindDestinations binds the lists that are given, and checks the others, for
// the caller and the owner need EXECUTE on all of them (ruling R6).
func (b *binder) rebindDestinations(at place, c *ServiceChange, spec *Spec, was, next *bound) error {
	if _, alive := b.s.Principal(b.owner); !alive {
		return &Error{Code: CodePermissionDenied, Message: fmt.Sprintf(
			"'%s' has no owner any more, so nobody's right to its destinations can be checked.", at.name)}
	}
	for _, list := range []struct {
		given bool
		from  []Destination
		to    *[]boundDestination
	}{
		{c.Destinations != nil, spec.Destinations, &next.Destinations},
		{c.Fallbacks != nil, spec.Fallbacks, &next.Fallbacks},
		{c.Unrouted != nil, spec.Unrouted, &next.Unrouted},
	} {
		var out []boundDestination
		for _, d := range list.from {
			if !list.given && d.Deleted {
				continue
			}
			if gone, ok := b.gone(d, was); ok {
				out = append(out, gone)
				continue
			}
			one, err := b.destinations([]Destination{d})
			if err != nil {
				return err
			}
			out = append(out, was.known(one[0]))
		}
		if list.given {
			*list.to = out
		}
	}
	return nil
}

// gone finds a destination that is given as it reads and whose model was
// dropped: it stays what it is. A later model of the same name takes its place
// only for a caller who may see that one, so that nobody learns of it.
func (b *binder) gone(d Destination, was *bound) (boundDestination, bool) {
	name, err := catalog.ParseFullName(d.Model)
	if err != nil {
		return boundDestination{}, false
	}
	if id, ok := b.s.Lookup(catalog.TypeModel, name); ok && b.m.authz.Check(b.s, b.caller, catalog.Execute, id).Visible {
		return boundDestination{}, false
	}
	for _, old := range was.all() {
		if now, alive := nameNow(b.s, old.Model, old.ModelName); old.Name == d.Name && !alive && now == name {
			old.Percentage = clonePtr(d.Percentage)
			return old, true
		}
	}
	return boundDestination{}, false
}

// known is a destination as it is bound already, if it is: the name that its
// model had then is no difference.
func (b *bound) known(d boundDestination) boundDestination {
	for _, old := range b.all() {
		if old.Name == d.Name && old.Model == d.Model {
			d.ModelName = old.ModelName
		}
	}
	return d
}

func (b *bound) all() []boundDestination {
	return slices.Concat(b.Destinations, b.Fallbacks, b.Unrouted)
}

// keptLimits finds the limits of principals that were deleted among those that
// are given as they read, without a name: they stay bound to nobody. It checks
// the shape of all.
func (c *ServiceChange) keptLimits(was *bound, reads []RateLimit) (map[int]boundLimit, error) {
	if c.RateLimits == nil {
		return nil, nil
	}
	free := make([]bool, len(reads))
	for j, l := range was.RateLimits {
		free[j] = l.Principal != 0 && reads[j].Principal == ""
	}
	kept := map[int]boundLimit{}
	shape := slices.Clone(*c.RateLimits)
	for i := range shape {
		for j := range reads {
			if free[j] && reflect.DeepEqual(shape[i], reads[j]) {
				kept[i], free[j] = was.RateLimits[j], false
				shape[i].Principal = standIn
				break
			}
		}
	}
	return kept, (&Spec{RateLimits: shape}).validateLimits()
}

// retable pauses, resumes or detaches the table that a service has. Which one
// that is cannot be changed (spec §6.1).
func (b *bound) retable(c *ServiceChange, reads *InferenceTable) error {
	switch {
	case c.DetachTable:
		b.Table = nil
		return nil
	case c.InferenceTable == nil || b.Table == nil:
		return nil
	}
	name, _, err := c.InferenceTable.tableName("")
	if err != nil {
		return err
	}
	const words = "The inference table of a service is where it is, '%s': remove it from the service before another one is given."
	full := reads.Parent + "." + reads.Table
	if name.Parent().String() != reads.Parent {
		return invalid("config.inference_table.parent", words, full)
	}
	if named := c.InferenceTable.Table != "" || c.InferenceTable.Prefix != ""; named && name.Object != reads.Table {
		return invalid("config.inference_table.table_name_prefix", words, full)
	}
	b.Table.Disabled = c.InferenceTable.Disabled
	return nil
}

// standIn is in the place of a principal's name where only the shape of a limit
// is looked at.
const standIn = "somebody"

// validate checks what can be told of a change without the service (spec §3.5
// step 3).
func (c *ServiceChange) validate(service string) error {
	if t := c.InferenceTable; t != nil {
		if c.DetachTable {
			return invalid("config.inference_table", "An inference table cannot be given and detached at once.")
		}
		if _, _, err := t.tableName(service); err != nil {
			return err
		}
	}
	var alone Spec
	c.apply(&alone)
	alone.RateLimits = slices.Clone(alone.RateLimits)
	for i, l := range alone.RateLimits {
		switch l.Key {
		case ratelimit.KeyUser, ratelimit.KeyUserGroup, ratelimit.KeyServicePrincipal:
			alone.RateLimits[i].Principal = standIn // whether it may be left out is seen later
		}
	}
	if err := alone.validateLimits(); err != nil {
		return err
	}
	if c.FirstTokenTimeout != nil && *c.FirstTokenTimeout < 0 {
		return invalid("config.routing.first_token_timeout", "A timeout must not be negative.")
	}
	if c.Destinations != nil {
		return alone.validateRouting()
	}
	for _, list := range []struct {
		field string
		from  []Destination
	}{{"config.routing.fallback.destinations", alone.Fallbacks}, {"destinations", alone.Unrouted}} {
		for i, d := range list.from {
			if err := d.validate(fmt.Sprintf("%s[%d]", list.field, i)); err != nil {
				return err
			}
		}
	}
	return nil
}

// apply puts into a spec what the change names, but for the table.
func (c *ServiceChange) apply(to *Spec) {
	set(&to.Destinations, c.Destinations)
	set(&to.Fallbacks, c.Fallbacks)
	set(&to.Unrouted, c.Unrouted)
	set(&to.FirstTokenTimeout, c.FirstTokenTimeout)
	set(&to.RateLimits, c.RateLimits)
}

func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}
