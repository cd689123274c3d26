package modelservice

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/modelward/modelward/catalog"
)

// rebindDestinations binds the lists that are given. If that changes where calls
// may go, the caller and the owner need EXECUTE on all of the routed ones, given
// or not (ruling R6).
func (b *binder) rebindDestinations(at place, c *ServiceChange, spec *Spec, was, next *bound) error {
	lists := []struct {
		given, routed bool
		from          []Destination
		to            *[]boundDestination
	}{
		{c.Destinations != nil, true, spec.Destinations, &next.Destinations},
		{c.Fallbacks != nil, true, spec.Fallbacks, &next.Fallbacks},
		{c.Unrouted != nil, false, spec.Unrouted, &next.Unrouted},
	}
	for _, list := range lists {
		if !list.given {
			continue
		}
		*list.to = nil
		for _, d := range list.from {
			old, _ := b.there(d, was) // what is not there is bound below
			*list.to = append(*list.to, old.boundDestination)
		}
	}
	if was.sendsAs(next) && was.InvokerRights == next.InvokerRights {
		return nil
	}
	if _, alive := b.s.Principal(b.owner); !alive {
		return &Error{Code: CodePermissionDenied, Message: fmt.Sprintf(
			"'%s' has no owner any more, so nobody's right to its destinations can be checked.", at.name)}
	}
	for _, list := range lists {
		for i, d := range list.from {
			if !list.given && (!list.routed || d.Deleted) {
				continue
			}
			old, stays := b.there(d, was)
			if stays && (!list.routed || !old.alive) {
				continue // nothing is sent there
			}
			one, err := b.destinations([]Destination{d})
			if err != nil && stays && AsError(err).Code == CodeDoesNotExist {
				// It may be that the caller has named the destination alone.
				err = &Error{Code: CodeDoesNotExist, Message: fmt.Sprintf("The model of destination '%s' does not exist.", d.Name)}
			}
			if err != nil {
				return err
			}
			if !stays {
				(*list.to)[i] = one[0]
			}
		}
	}
	return nil
}

// standing is a destination that is bound already.
type standing struct {
	boundDestination
	alive bool // its model was not dropped
}

// there finds a destination that is given as it reads, in whichever list it was:
// it stays what it is, the name included that its model had when it was bound. A
// later model of the name of a dropped one takes its place only for a caller who
// may see that one, so that nobody learns of it.
func (b *binder) there(d Destination, was *bound) (standing, bool) {
	name, err := catalog.ParseFullName(d.Model)
	if err != nil {
		return standing{}, false
	}
	for _, old := range was.all() {
		now, alive := nameNow(b.s, old.Model, old.ModelName)
		if old.Name != d.Name || now != name {
			continue
		}
		if id, ok := b.s.Lookup(catalog.TypeModel, name); ok && !alive && b.m.authz.Check(b.s, b.caller, catalog.Execute, id).Visible {
			return standing{}, false
		}
		old.Percentage = clonePtr(d.Percentage)
		return standing{old, alive}, true
	}
	return standing{}, false
}

// sendsAs reports whether two services have the same destinations, each in the
// same place.
func (b *bound) sendsAs(other *bound) bool {
	return reflect.DeepEqual(b.Destinations, other.Destinations) && reflect.DeepEqual(b.Fallbacks, other.Fallbacks) &&
		reflect.DeepEqual(b.Unrouted, other.Unrouted)
}

func (b *bound) all() []boundDestination {
	return slices.Concat(b.Destinations, b.Fallbacks, b.Unrouted)
}
