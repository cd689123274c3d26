package rest

import (
	"encoding/json"
	"slices"

	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/ratelimit"
)

// seedAnswer is a model service as the seed page's API answers it: what a
// request holds, and the members that all classic objects have (spec §3.3).
type seedAnswer struct {
	CatalogName    string            `json:"catalog_name"`
	SchemaName     string            `json:"schema_name"`
	Name           string            `json:"name"`
	FullName       string            `json:"full_name"`
	Comment        string            `json:"comment,omitempty"`
	Destinations   []seedDestination `json:"destinations,omitempty"` // always there, but in the basic view
	Routes         *seedRoutes       `json:"routes,omitempty"`       // likewise
	InferenceTable string            `json:"inference_table,omitempty"`
	RateLimits     *seedLimits       `json:"rate_limits,omitempty"`
	origin
}

// seedAnswer shows a service as far as this shape can. What it has no words for
// is left out: limits for others than the whole service or by the hour, those on
// calls under way and shadow ones, timeouts, what of a table is not its name;
// and fallbacks behind a split are among the destinations, not among the routes.
func (h *handler) seedAnswer(s modelservice.Service) seedAnswer {
	a := seedAnswer{
		CatalogName: s.Name.Catalog, SchemaName: s.Name.Schema, Name: s.Name.Object, FullName: s.Name.String(), Comment: s.Comment,
		Routes:     &seedRoutes{Strategy: strategyFallback, Destinations: []string{}},
		RateLimits: newSeedLimits(s.Spec.RateLimits),
		origin: origin{s.Owner, h.ms.MetastoreID(), s.CreatedAt.UnixMilli(), s.CreatedBy,
			s.UpdatedAt.UnixMilli(), s.UpdatedBy},
	}
	for _, d := range slices.Concat(s.Spec.Destinations, s.Spec.Fallbacks, s.Spec.Unrouted) {
		shown := seedDestination{Name: d.Name, Model: d.Model, Percentage: d.Percentage}
		if d.Deleted {
			shown.IsDeleted = json.RawMessage("true")
		}
		a.Destinations = append(a.Destinations, shown)
	}
	routed := s.Spec.Destinations
	if len(routed) > 1 || s.Spec.TrafficSplitting {
		a.Routes.Strategy = strategySplit
	} else {
		routed = slices.Concat(routed, s.Spec.Fallbacks)
	}
	for _, d := range routed {
		a.Routes.Destinations = append(a.Routes.Destinations, d.Name)
	}
	if t := s.Spec.InferenceTable; t != nil {
		a.InferenceTable = t.Parent + "." + t.Table
	}
	return a
}

// seedBasic shows a service without its destinations and its table (ruling
// R36).
func (h *handler) seedBasic(s modelservice.Service) seedAnswer {
	a := h.seedAnswer(s)
	a.Destinations, a.Routes, a.InferenceTable = nil, nil, ""
	return a
}

// newSeedLimits are the limits of the whole service by the minute, the smallest
// where there are several (spec §5.1).
func newSeedLimits(all []modelservice.RateLimit) *seedLimits {
	var l seedLimits
	for _, limit := range all {
		if seedCanSay(limit) {
			l.QPM, l.TPM = smaller(l.QPM, limit.Requests), smaller(l.TPM, limit.Tokens)
		}
	}
	if l.QPM == nil && l.TPM == nil {
		return nil
	}
	return &l
}

// seedCanSay reports whether the requests and tokens of a limit are ones that
// this shape is about.
func seedCanSay(l modelservice.RateLimit) bool {
	return l.Key == ratelimit.KeyService && l.Period == ratelimit.Minute && !l.Shadow
}

func smaller(a, b *int64) *int64 {
	if a == nil || b != nil && *b < *a {
		return b
	}
	return a
}
