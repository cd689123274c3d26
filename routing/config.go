package routing

import (
	"fmt"
	"time"
)

const (
	// MaxDestinations is the most primaries a Config may name (spec §15).
	MaxDestinations = 10
	// MaxFallbacks is the most fallbacks a Config may name (spec §15).
	MaxFallbacks = 5
)

// A Destination is a named place a request can go to.
type Destination struct {
	// Name is unique within its Config, fallbacks included.
	Name string

	// Key stands for what is behind the name. Health is kept per Key, so two
	// names of one thing share it, in one Config or in several. 0 stands for
	// nothing known: no health is kept and the destination never cools.
	//
	// They are two destinations all the same: a plan with both may ask the one
	// thing twice, at once after a Retry-After or an uncertain failure too.
	Key uint64

	// Percentage is the share of traffic, 0 to 100. It counts only among
	// several primaries: a single primary gets all traffic, a fallback is
	// independent of the split (spec §3.2, §4.1).
	Percentage int
}

// A Config says where the requests of one service may go. It is plain data and
// must not change once a Router has seen it: replace the pointer instead.
type Config struct {
	// Destinations are the primaries, 1 to 10.
	Destinations []Destination

	// Fallbacks are tried after the primary, strictly in this order, at most
	// 5. Default: none.
	Fallbacks []Destination

	// FirstTokenTimeout bounds the time to the first content of a stream, per
	// attempt, and replaces Timeouts.FirstToken of the Router (ruling R32).
	// Default 0: what the Router says.
	FirstTokenTimeout time.Duration

	// Strategy orders the destinations. Default nil: the Router's
	// Options.Strategy, and without that [Split].
	Strategy Strategy
}

// Validate reports the first rule of spec §3.2 and §15 that c breaks, as an
// *[InvalidError] whose Field is named as in spec §3.2. A Config that was not
// validated harms nobody: what is over a cap is not seen, percentages out of
// range count as the nearest bound.
func (c *Config) Validate() error {
	if c == nil {
		return invalid("destinations", "required")
	}
	if n := len(c.Destinations); n < 1 || n > MaxDestinations {
		return invalid("destinations", "must have 1 to %d entries, has %d", MaxDestinations, n)
	}
	if n := len(c.Fallbacks); n > MaxFallbacks {
		return invalid("fallback.destinations", "must have at most %d entries, has %d", MaxFallbacks, n)
	}
	if c.FirstTokenTimeout < 0 {
		return invalid("first_token_timeout", "must not be negative, is %s", c.FirstTokenTimeout)
	}
	seen := make(map[string]bool, len(c.Destinations)+len(c.Fallbacks))
	if err := validateList("destinations", c.Destinations, seen); err != nil {
		return err
	}
	if err := validateList("fallback.destinations", c.Fallbacks, seen); err != nil {
		return err
	}
	if len(c.Destinations) == 1 {
		return nil
	}
	sum := 0
	for _, d := range c.Destinations {
		sum += d.Percentage
	}
	if sum != 100 {
		return invalid("destinations", "traffic percentages must sum to 100, sum to %d", sum)
	}
	return nil
}

func validateList(field string, list []Destination, seen map[string]bool) error {
	for i, d := range list {
		if d.Name == "" {
			return invalid(fmt.Sprintf("%s[%d].name", field, i), "required")
		}
		if seen[d.Name] {
			return invalid(fmt.Sprintf("%s[%d].name", field, i), "%q is already used by another destination", d.Name)
		}
		seen[d.Name] = true
		if d.Percentage < 0 || d.Percentage > 100 {
			return invalid(fmt.Sprintf("%s[%d].traffic_percentage", field, i), "must be 0 to 100, is %d", d.Percentage)
		}
	}
	return nil
}

func invalid(field, format string, args ...any) error {
	return &InvalidError{Field: field, Reason: fmt.Sprintf(format, args...)}
}

// primaries and fallbacks are what a plan may hold: the lists up to their caps.
func (c *Config) primaries() []Destination {
	return c.Destinations[:min(len(c.Destinations), MaxDestinations)]
}

func (c *Config) fallbacks() []Destination {
	return c.Fallbacks[:min(len(c.Fallbacks), MaxFallbacks)]
}
