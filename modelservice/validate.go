package modelservice

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/ratelimit"
	"github.com/modelward/modelward/routing"
)

// validate checks the shape of a spec, before anything is looked up (spec §3.5
// step 3). Fields are named as in the GA shape.
func (s *Spec) validate() error {
	if err := s.validateRouting(); err != nil {
		return err
	}
	if err := s.validateLimits(); err != nil {
		return err
	}
	return s.InferenceTable.validate()
}

// validateRouting checks the destinations and how calls are sent to them.
func (s *Spec) validateRouting() error {
	if err := s.validateLengths(); err != nil {
		return err
	}
	config := routing.Config{FirstTokenTimeout: s.FirstTokenTimeout}
	names := map[string]bool{}
	for _, list := range []struct {
		field string
		from  []Destination
		to    *[]routing.Destination
	}{
		{"config.routing.destinations", s.Destinations, &config.Destinations},
		{"config.routing.fallback.destinations", s.Fallbacks, &config.Fallbacks},
		{"destinations", s.Unrouted, nil},
	} {
		for i, d := range list.from {
			field := fmt.Sprintf("%s[%d]", list.field, i)
			if err := d.validate(field); err != nil {
				return err
			}
			if names[d.Name] {
				return usedTwice(field, d.Name)
			}
			names[d.Name] = true
			if list.to == nil {
				if p := d.Percentage; p != nil && (*p < 0 || *p > 100) {
					return invalid(field+".traffic_percentage", "A percentage is from 0 to 100.")
				}
				continue
			}
			r := routing.Destination{Name: d.Name}
			if d.Percentage != nil {
				r.Percentage = *d.Percentage
			} else if list.to == &config.Destinations && len(list.from) > 1 {
				return invalid(field+".traffic_percentage", "A traffic percentage is required when there is more than one destination.")
			}
			*list.to = append(*list.to, r)
		}
	}
	if err := config.Validate(); err != nil {
		var bad *routing.InvalidError
		if errors.As(err, &bad) {
			return &Error{Code: CodeInvalidParameter, Field: "config.routing." + bad.Field, Err: err,
				Message: fmt.Sprintf("Invalid config.routing.%s: %s.", bad.Field, bad.Reason)}
		}
		return err
	}
	return nil
}

// validateLengths comes before anything that takes time for each entry.
func (s *Spec) validateLengths() error {
	for _, list := range []struct {
		field  string
		n, max int
	}{
		{"config.routing.destinations", len(s.Destinations), routing.MaxDestinations},
		{"config.routing.fallback.destinations", len(s.Fallbacks), routing.MaxFallbacks},
	} {
		if list.n > list.max {
			return invalid(list.field, "Invalid %s: must have at most %d entries, has %d.", list.field, list.max, list.n)
		}
	}
	if len(s.Unrouted) > routing.MaxDestinations {
		return invalid("destinations", "At most %d destinations may be declared and not routed.", routing.MaxDestinations)
	}
	return nil
}

func usedTwice(field, name string) error {
	return invalid(field+".name", "The destination name '%s' is used twice.", name)
}

func (d *Destination) validate(field string) error {
	if d.Name == "" {
		return invalid(field+".name", "A destination needs a name.")
	}
	if len(d.Name) > catalog.MaxNameLength {
		return invalid(field+".name", "A destination's name has at most %d bytes.", catalog.MaxNameLength)
	}
	if !utf8.ValidString(d.Name) {
		return invalid(field+".name", "A destination's name must be valid UTF-8.")
	}
	if strings.ContainsFunc(d.Name, unicode.IsControl) {
		return invalid(field+".name", "A destination's name must not contain control characters.")
	}
	switch d.Type {
	case PayPerToken, "":
	case ProvisionedThroughput, ExternalModel:
		return invalid(field+".destination_type", "Destinations of type %s are not available on this server; name a model with %s.", d.Type, PayPerToken)
	default:
		return invalid(field+".destination_type", "Unknown destination type '%s'.", d.Type)
	}
	if d.Model == "" {
		return invalid(field+".model", "A destination needs a model.")
	}
	name, err := catalog.ParseFullName(d.Model)
	if err != nil || name.Parts() != 3 {
		return invalid(field+".model", "'%s' is not the full name of a model (catalog.schema.model).", d.Model)
	}
	return nil
}

// validateLimits checks the limits with stand-ins for the principals, which
// are looked up later.
func (s *Spec) validateLimits() error {
	rules := make([]ratelimit.Rule, len(s.RateLimits))
	for i, l := range s.RateLimits {
		rules[i] = ratelimit.Rule{Key: l.Key, TagKey: l.TagKey, TagValue: l.TagValue, Period: l.Period,
			Requests: l.Requests, Tokens: l.Tokens, Concurrent: l.Concurrent, Shadow: l.Shadow}
		if l.Principal != "" {
			rules[i].Principal = 1
		}
	}
	if _, err := ratelimit.NewRules(1, rules); err != nil {
		var bad *ratelimit.InvalidError
		if errors.As(err, &bad) {
			return &Error{Code: CodeInvalidParameter, Field: "config." + bad.Field, Err: err,
				Message: fmt.Sprintf("Invalid config.%s: %s.", bad.Field, bad.Reason)}
		}
		return err
	}
	return nil
}

func reason(err error) string {
	var bad *catalog.InvalidError
	if errors.As(err, &bad) {
		return bad.Reason
	}
	return err.Error()
}
