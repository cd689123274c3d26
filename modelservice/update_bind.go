package modelservice

import (
	"fmt"
	"reflect"
	"slices"

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
	if err := b.retable(at, c, next, reads.InferenceTable); err != nil {
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

// standIn is in the place of a principal's name where only the shape of a limit
// is looked at.
const standIn = "somebody"

// Validate checks what can be told of a change without the service (spec §3.5
// step 3). [Metastore.UpdateService] does so first of all; who calls
// [Metastore.UpdateServiceFunc] may, to refuse what is wrong in itself before
// anything is looked up. The error is an [*Error], INVALID_PARAMETER_VALUE.
func (c *ServiceChange) Validate() error {
	if err := checkTexts(c.Comment, nil); err != nil {
		return AsError(err)
	}
	if t := c.InferenceTable; t != nil {
		if c.DetachTable {
			return invalid("config.inference_table", "An inference table cannot be given and detached at once.")
		}
		if _, _, err := t.tableName(""); err != nil { // the service's name counts where a table is to be made
			return err
		}
		if err := t.validate(); err != nil {
			return err
		}
	}
	var alone Spec
	c.apply(&alone)
	if err := alone.validateLengths(); err != nil {
		return err
	}
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
	names := map[string]bool{}
	for _, list := range []struct {
		field string
		from  []Destination
	}{{"config.routing.fallback.destinations", alone.Fallbacks}, {"destinations", alone.Unrouted}} {
		for i, d := range list.from {
			field := fmt.Sprintf("%s[%d]", list.field, i)
			if err := d.validate(field); err != nil {
				return err
			}
			if names[d.Name] {
				return usedTwice(field, d.Name)
			}
			names[d.Name] = true
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
