package rest

import (
	"fmt"
	"slices"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/ratelimit"
	"github.com/modelward/modelward/routing"
)

// seedBody is a model service as a request of the seed page's API holds it
// (spec §3.3).
type seedBody struct {
	CatalogName    string      `json:"catalog_name"`
	SchemaName     string      `json:"schema_name"`
	Name           string      `json:"name"`
	Comment        string      `json:"comment"`
	Owner          string      `json:"owner"`
	Destinations   seedList    `json:"destinations"`
	Routes         *seedRoutes `json:"routes"`
	InferenceTable *string     `json:"inference_table"`
	RateLimits     *seedLimits `json:"rate_limits"`

	FullName    outputOnly `json:"full_name"`
	MetastoreID outputOnly `json:"metastore_id"`
	CreatedAt   outputOnly `json:"created_at"`
	CreatedBy   outputOnly `json:"created_by"`
	UpdatedAt   outputOnly `json:"updated_at"`
	UpdatedBy   outputOnly `json:"updated_by"`
}

type seedDestination struct {
	Name       string     `json:"name"`
	Model      string     `json:"model"`
	Percentage *int       `json:"traffic_percentage,omitempty"`
	IsDeleted  outputOnly `json:"is_deleted,omitempty"`
}

type seedRoutes struct {
	Strategy     string    `json:"strategy"`
	Destinations routeList `json:"destinations"`
}

type seedLimits struct {
	TPM *int64 `json:"tpm,omitempty"`
	QPM *int64 `json:"qpm,omitempty"`
}

// The strategies of the seed page's shape.
const (
	strategyFallback = "fallback"
	strategySplit    = "traffic_split"
)

// newService reads the body of a create, and maps it to the shape that services
// have inside (spec §3.3). It checks all that a caller can get wrong, since the
// metastore would blame members that this shape does not have.
func (b *seedBody) newService() (modelservice.NewService, error) {
	n := modelservice.NewService{Name: b.Name, Comment: b.Comment, Owner: b.Owner}
	var err error
	if n.Parent.Catalog, err = partOf("/catalog_name", b.CatalogName); err != nil {
		return n, err
	}
	if n.Parent.Schema, err = partOf("/schema_name", b.SchemaName); err != nil {
		return n, err
	}
	if _, err = partOf("/name", b.Name); err != nil {
		return n, err
	}
	declared, err := b.declared()
	if err != nil {
		return n, err
	}
	if err := b.route(&n.Spec, declared); err != nil {
		return n, err
	}
	if b.InferenceTable != nil {
		name, err := threeParts("/inference_table", *b.InferenceTable)
		if err != nil {
			return n, err
		}
		n.Spec.InferenceTable = &modelservice.InferenceTable{Parent: name.Parent().String(), Table: name.Object}
	}
	n.Spec.RateLimits, err = b.RateLimits.limits()
	return n, err
}

// declared are the destinations, whether they are routed to or not.
func (b *seedBody) declared() ([]modelservice.Destination, error) {
	if len(b.Destinations) == 0 {
		return nil, invalid("/destinations", "At least one destination is required.")
	}
	names := map[string]bool{}
	var out []modelservice.Destination
	for i, d := range b.Destinations {
		at := fmt.Sprintf("/destinations/%d", i)
		switch {
		case d.Name == "":
			return nil, invalid(at+"/name", "A destination needs a name.")
		case names[d.Name]:
			return nil, invalid(at+"/name", "The destination name '%s' is used twice.", d.Name)
		case d.Percentage != nil && (*d.Percentage < 0 || *d.Percentage > 100):
			return nil, invalid(at+"/traffic_percentage", "A percentage is from 0 to 100.")
		}
		names[d.Name] = true
		model, err := threeParts(at+"/model", d.Model)
		if err != nil {
			return nil, err
		}
		next := modelservice.Destination{Name: d.Name, Type: modelservice.PayPerToken, Model: model.String(), Percentage: d.Percentage}
		alone := modelservice.ServiceChange{Unrouted: &[]modelservice.Destination{next}}
		if err := alone.Validate(); err != nil { // the name is what is left to be wrong
			return nil, invalid(at+"/name", "%s", modelservice.AsError(err).Message)
		}
		out = append(out, next)
	}
	return out, nil
}

// route sorts the declared destinations into primaries, fallbacks and those
// that are not used. Without routes the first is the only one used.
func (b *seedBody) route(spec *modelservice.Spec, declared []modelservice.Destination) error {
	routes := b.Routes
	if routes == nil {
		routes = &seedRoutes{strategyFallback, []string{declared[0].Name}}
	}
	if err := routes.validate(); err != nil {
		return err
	}
	spec.TrafficSplitting = routes.Strategy == strategySplit
	at := map[string]int{}
	for i, d := range declared {
		at[d.Name] = i
	}
	used := make([]bool, len(declared))
	sum := 0
	for i, name := range routes.Destinations {
		j, ok := at[name]
		if !ok {
			return invalid(fmt.Sprintf("/routes/destinations/%d", i), "There is no destination of this name.")
		}
		used[j] = true
		if i > 0 && !spec.TrafficSplitting {
			spec.Fallbacks = append(spec.Fallbacks, declared[j])
			continue
		}
		if p := declared[j].Percentage; p != nil {
			sum += *p
		} else if len(routes.Destinations) > 1 && spec.TrafficSplitting {
			return invalid(fmt.Sprintf("/destinations/%d/traffic_percentage", j), "A split needs a percentage for each destination.")
		}
		spec.Destinations = append(spec.Destinations, declared[j])
	}
	if len(spec.Destinations) > 1 && sum != 100 {
		return invalid("/destinations", "The percentages of a split must sum to 100, they sum to %d.", sum)
	}
	for j, d := range declared {
		if !used[j] {
			spec.Unrouted = append(spec.Unrouted, d)
		}
	}
	if n := len(spec.Unrouted); n > routing.MaxDestinations {
		return invalid("/destinations", "At most %d destinations can be declared without a route, here are %d.", routing.MaxDestinations, n)
	}
	return nil
}

// validate checks what can be told of routes without the destinations.
func (r *seedRoutes) validate() error {
	limit := routing.MaxDestinations
	switch r.Strategy {
	case strategySplit:
	case strategyFallback:
		limit = 1 + routing.MaxFallbacks
	default:
		return invalid("/routes/strategy", "The strategy must be %s or %s.", strategyFallback, strategySplit)
	}
	if n := len(r.Destinations); n < 1 || n > limit {
		return invalid("/routes/destinations", "From 1 to %d destinations can be routed to, here are %d.", limit, n)
	}
	for i, name := range r.Destinations {
		if slices.Contains(r.Destinations[:i], name) {
			return invalid(fmt.Sprintf("/routes/destinations/%d", i), "The destination '%s' is routed to twice.", name)
		}
	}
	return nil
}

// limits are the one limit that this shape can ask for (spec §3.3).
func (l *seedLimits) limits() ([]modelservice.RateLimit, error) {
	switch {
	case l == nil || l.QPM == nil && l.TPM == nil:
		return nil, nil
	case l.QPM != nil && *l.QPM < 0:
		return nil, invalid("/rate_limits/qpm", "A limit must not be negative.")
	case l.TPM != nil && *l.TPM < 0:
		return nil, invalid("/rate_limits/tpm", "A limit must not be negative.")
	}
	return []modelservice.RateLimit{{Key: ratelimit.KeyService, Period: ratelimit.Minute, Requests: l.QPM, Tokens: l.TPM}}, nil
}

func threeParts(field, text string) (catalog.FullName, error) {
	name, err := catalog.ParseFullName(text)
	if err != nil {
		return catalog.FullName{}, badName(field, err)
	}
	if name.Parts() != 3 {
		return catalog.FullName{}, invalid(field, "A full name (catalog.schema.name) is required, '%s' has %d parts.", name, name.Parts())
	}
	return name, nil
}
