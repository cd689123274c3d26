package modelservice

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/ratelimit"
	"github.com/modelward/modelward/routing"
)

// TypeModelService is the kind of securable that this package adds.
const TypeModelService catalog.SecurableType = "model_service"

// CreateServicePrivilege lets its holder create services in a schema.
const CreateServicePrivilege catalog.Privilege = "CREATE_SERVICE"

// Kinds returns the papers of the securables of this package, for
// [catalog.Options].
func Kinds() []catalog.Kind {
	return []catalog.Kind{{
		Type: TypeModelService, Label: "Model Service", Parent: catalog.TypeSchema,
		Create: CreateServicePrivilege,
		Privileges: []catalog.Privilege{catalog.Execute, catalog.ReadMetadata,
			catalog.ApplyTag, catalog.Manage, catalog.AllPrivileges},
		Reveals: []catalog.Privilege{catalog.Execute, catalog.ReadMetadata},
		// Model services and model provider services share names (spec §1).
		Space:   "service",
		Decode:  decodeSpec,
		Compile: compile,
	}}
}

// bound is a Spec with its names bound to ids. It is what the catalog keeps.
type bound struct {
	Destinations      []boundDestination `json:"destinations"`
	Fallbacks         []boundDestination `json:"fallbacks,omitempty"`
	Unrouted          []boundDestination `json:"unrouted,omitempty"`
	FirstTokenTimeout time.Duration      `json:"first_token_timeout,omitempty"`
	TrafficSplitting  bool               `json:"traffic_splitting,omitempty"`
	RateLimits        []boundLimit       `json:"rate_limits,omitempty"`
	Table             *boundTable        `json:"inference_table,omitempty"`
	InvokerRights     bool               `json:"invoker_rights,omitempty"`
}

type boundDestination struct {
	Name       string          `json:"name"`
	Type       DestinationType `json:"type"`
	Model      catalog.ID      `json:"model"`
	ModelName  string          `json:"model_name"` // as it was when bound, to show after a drop
	Percentage *int            `json:"percentage,omitempty"`
}

// modelName is name as a string: the one it was bound by if it still has that,
// so that none has to be put together.
func (d *boundDestination) modelName(name catalog.FullName) string {
	if rest, ok := strings.CutPrefix(d.ModelName, name.Catalog); ok {
		if rest, ok = strings.CutPrefix(rest, "."+name.Schema); ok && rest == "."+name.Object {
			return d.ModelName
		}
	}
	return name.String()
}

type boundLimit struct {
	Key        ratelimit.Key       `json:"key"`
	Principal  catalog.PrincipalID `json:"principal,omitempty"`
	TagKey     string              `json:"tag_key,omitempty"`
	TagValue   string              `json:"tag_value,omitempty"`
	Period     ratelimit.Period    `json:"period,omitzero"`
	Requests   *int64              `json:"requests,omitempty"`
	Tokens     *int64              `json:"tokens,omitempty"`
	Concurrent *int64              `json:"concurrent,omitempty"`
	Shadow     bool                `json:"shadow,omitempty"`
}

func decodeSpec(data []byte) (catalog.Spec, error) {
	b := new(bound)
	if err := json.Unmarshal(data, b); err != nil {
		return nil, fmt.Errorf("modelservice: decode spec: %w", err)
	}
	return b, nil
}

// Clone implements catalog.Spec.
func (b *bound) Clone() catalog.Spec {
	c := *b
	c.Destinations = cloneDestinations(b.Destinations)
	c.Fallbacks = cloneDestinations(b.Fallbacks)
	c.Unrouted = cloneDestinations(b.Unrouted)
	c.RateLimits = slices.Clone(b.RateLimits)
	for i, l := range c.RateLimits {
		c.RateLimits[i].Requests, c.RateLimits[i].Tokens, c.RateLimits[i].Concurrent = clonePtr(l.Requests), clonePtr(l.Tokens), clonePtr(l.Concurrent)
	}
	c.Table = b.Table.clone()
	return &c
}

func cloneDestinations(ds []boundDestination) []boundDestination {
	ds = slices.Clone(ds)
	for i, d := range ds {
		ds[i].Percentage = clonePtr(d.Percentage)
	}
	return ds
}

func clonePtr[T any](p *T) *T {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}

// compiled is a service made ready for the request path, once per change. It
// is immutable.
type compiled struct {
	id            catalog.ID
	routing       routing.Config
	destinations  map[string]*boundDestination // primaries and fallbacks, by name
	limits        limits
	table         *boundTable // nil: there is none
	logs          bool        // rows are asked for and were not stopped
	invokerRights bool
	verdict       *atomic.Pointer[verdict] // the last one on its rows
	labels        map[catalog.ID]string    // ids as rows have them: of the service and its models
}

// label is an id as rows have it.
func (c *compiled) label(id catalog.ID) string {
	if text, ok := c.labels[id]; ok {
		return text
	}
	return strconv.FormatUint(uint64(id), 10)
}

func compile(id catalog.ID, spec catalog.Spec) (any, error) {
	b, ok := spec.(*bound)
	if !ok {
		return nil, fmt.Errorf("modelservice: spec is %T", spec)
	}
	c := &compiled{id: id, destinations: map[string]*boundDestination{}, invokerRights: b.InvokerRights, verdict: new(atomic.Pointer[verdict])}
	c.labels = map[catalog.ID]string{id: strconv.FormatUint(uint64(id), 10)}
	c.routing = b.routing()
	for _, ds := range [][]boundDestination{b.Destinations, b.Fallbacks} {
		for i := range ds {
			c.destinations[ds[i].Name] = &ds[i]
			c.labels[ds[i].Model] = strconv.FormatUint(uint64(ds[i].Model), 10)
		}
	}
	if err := c.routing.Validate(); err != nil {
		return nil, err
	}
	var err error
	if c.limits, err = newLimits(id, b.RateLimits); err != nil {
		return nil, err
	}
	c.table, c.logs = b.Table, b.Table.active()
	return c, nil
}

func (b *bound) routing() routing.Config {
	return routing.Config{
		Destinations:      routed(b.Destinations),
		Fallbacks:         routed(b.Fallbacks),
		FirstTokenTimeout: b.FirstTokenTimeout,
	}
}

func routed(ds []boundDestination) []routing.Destination {
	out := make([]routing.Destination, len(ds))
	for i, d := range ds {
		out[i] = routing.Destination{Name: d.Name, Key: uint64(d.Model)}
		if d.Percentage != nil {
			out[i].Percentage = *d.Percentage
		}
	}
	return out
}
