package rest

import (
	"fmt"
	"strings"
	"time"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/ratelimit"
)

// The names that resources have in the GA API begin with their kind (spec §2).
const (
	schemaForm  = "schemas/"
	modelForm   = "models/"
	serviceForm = "model-services/"
	tableForm   = "tables/"
)

// serviceBody is a model service as a request of the GA API holds it (spec
// §3.2).
type serviceBody struct {
	Comment string      `json:"comment"`
	Owner   string      `json:"owner"`
	Config  *configBody `json:"config"`

	Name              outputOnly `json:"name"`
	EffectiveOwner    outputOnly `json:"effective_owner"`
	SupportedAPITypes outputOnly `json:"supported_api_types"`
	CreateTime        outputOnly `json:"create_time"`
	UpdateTime        outputOnly `json:"update_time"`
	CreatedBy         outputOnly `json:"created_by"`
	UpdatedBy         outputOnly `json:"updated_by"`
	Etag              outputOnly `json:"etag"`
	MetastoreID       outputOnly `json:"metastore_id"`
}

type configBody struct {
	Routing        *routingBody   `json:"routing"`
	RateLimits     limitList      `json:"rate_limits"`
	InferenceTable *tableRefInput `json:"inference_table"`
}

type routingBody struct {
	Destinations      destinationList `json:"destinations"`
	Fallback          *fallbackBody   `json:"fallback"`
	FirstTokenTimeout *duration       `json:"first_token_timeout"`
	TrafficSplitting  *struct{}       `json:"traffic_splitting"`
}

type fallbackBody struct {
	Destinations fallbackList `json:"destinations"`
}

type destinationBody struct {
	Name                  string                       `json:"name"`
	Type                  modelservice.DestinationType `json:"destination_type"`
	PayPerToken           *payPerTokenJSON             `json:"pay_per_token_config"`
	ProvisionedThroughput *provisionedBody             `json:"provisioned_throughput_config"`
	External              *externalBody                `json:"external_model_config"`
	Percentage            *int                         `json:"traffic_percentage"`
	IsDeleted             outputOnly                   `json:"is_deleted"`
}

type payPerTokenJSON struct {
	Model string `json:"model"`
}

type provisionedBody struct {
	ModelServingEndpoint string     `json:"model_serving_endpoint"`
	Model                outputOnly `json:"model"`
}

type externalBody struct {
	ModelProviderService string `json:"model_provider_service"`
	Target               *struct {
		Model          string   `json:"model"`
		NativeAPITypes []string `json:"native_api_types"`
	} `json:"target"`
}

// limitJSON is a rate limit. The field has no concurrent_requests and no shadow:
// they are shown where they are set, and so are request tags (spec §5.1).
type limitJSON struct {
	Key        ratelimit.Key    `json:"key"`
	Principal  string           `json:"principal,omitempty"`
	TagKey     string           `json:"request_tag_key,omitempty"`
	TagValue   string           `json:"request_tag_value,omitempty"`
	Period     ratelimit.Period `json:"renewal_period,omitzero"`
	Requests   *int64           `json:"requests,omitempty"`
	Tokens     *int64           `json:"tokens,omitempty"`
	Concurrent *int64           `json:"concurrent_requests,omitempty"`
	Shadow     bool             `json:"shadow,omitempty"`
}

// tableRefInput is where a service logs. The field has no durability, payloads
// and omit_refused.
type tableRefInput struct {
	Parent      string     `json:"parent"`
	Prefix      string     `json:"table_name_prefix"`
	Disabled    bool       `json:"disabled"`
	Durability  *string    `json:"durability"`
	Payloads    *string    `json:"payloads"`
	OmitRefused *bool      `json:"omit_refused"`
	Table       outputOnly `json:"table"`
	IsDeleted   outputOnly `json:"is_deleted"`
	Status      outputOnly `json:"logging_status"`
	Reason      outputOnly `json:"logging_status_reason"`
}

// newService reads the body of a create. What it cannot see from the shape
// alone, such as sums and caps, the metastore checks.
func (b *serviceBody) newService() (modelservice.NewService, error) {
	n := modelservice.NewService{Comment: b.Comment, Owner: b.Owner}
	switch {
	case b.Config == nil:
		return n, invalid("/config", "A config is required.")
	case b.Config.Routing == nil:
		return n, invalid("/config/routing", "A routing is required.")
	}
	var err error
	if n.Spec.Destinations, err = b.Config.destinations(); err != nil {
		return n, err
	}
	if n.Spec.Fallbacks, err = b.Config.fallbacks(); err != nil {
		return n, err
	}
	n.Spec.FirstTokenTimeout = b.Config.firstTokenTimeout()
	n.Spec.TrafficSplitting = b.Config.trafficSplitting()
	n.Spec.RateLimits = b.Config.limits()
	n.Spec.InferenceTable, err = b.Config.table()
	return n, err
}

func (c *configBody) destinations() ([]modelservice.Destination, error) {
	if c.Routing == nil {
		return nil, nil
	}
	return destinations("/config/routing/destinations", c.Routing.Destinations)
}

func (c *configBody) fallbacks() ([]modelservice.Destination, error) {
	if c.Routing == nil || c.Routing.Fallback == nil {
		return nil, nil
	}
	return destinations("/config/routing/fallback/destinations", c.Routing.Fallback.Destinations)
}

func (c *configBody) firstTokenTimeout() time.Duration {
	if c.Routing == nil || c.Routing.FirstTokenTimeout == nil {
		return 0
	}
	return time.Duration(*c.Routing.FirstTokenTimeout)
}

func (c *configBody) trafficSplitting() bool {
	return c.Routing != nil && c.Routing.TrafficSplitting != nil
}

func (c *configBody) limits() []modelservice.RateLimit {
	var out []modelservice.RateLimit
	for _, l := range c.RateLimits {
		out = append(out, modelservice.RateLimit(l))
	}
	return out
}

func (c *configBody) table() (*modelservice.InferenceTable, error) {
	t := c.InferenceTable
	if t == nil {
		return nil, nil
	}
	parent, err := resource("/config/inference_table/parent", schemaForm, t.Parent, 2)
	if err != nil {
		return nil, err
	}
	out := &modelservice.InferenceTable{Parent: parent.String(), Prefix: t.Prefix, Disabled: t.Disabled, OmitRefused: deref(t.OmitRefused)}
	if out.Durability, err = durability(deref(t.Durability)); err != nil {
		return nil, err
	}
	out.Payloads, err = payloads(deref(t.Payloads))
	return out, err
}

// keep leaves of the table that is there what the field has no words for and the
// body does not say: its clients drop what they do not know, and must not so turn
// on the logging of payloads.
func (t *tableRefInput) keep(next, is *modelservice.InferenceTable) {
	if is == nil {
		return
	}
	if t.Durability == nil {
		next.Durability = is.Durability
	}
	if t.Payloads == nil {
		next.Payloads = is.Payloads
	}
	if t.OmitRefused == nil {
		next.OmitRefused = is.OmitRefused
	}
}

func deref[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

func destinations(at string, bodies []destinationBody) ([]modelservice.Destination, error) {
	var out []modelservice.Destination
	for i, b := range bodies {
		d, err := b.destination(fmt.Sprintf("%s/%d", at, i))
		if err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	return out, nil
}

// destination reads one destination: exactly one of the three configurations,
// the one that its type says (spec §3.2). Of these, this server has the first;
// the metastore refuses the others.
func (b *destinationBody) destination(at string) (modelservice.Destination, error) {
	d := modelservice.Destination{Name: b.Name, Type: b.Type, Percentage: b.Percentage}
	configs := 0
	for _, c := range []struct {
		given bool
		t     modelservice.DestinationType
	}{
		{b.PayPerToken != nil, modelservice.PayPerToken},
		{b.ProvisionedThroughput != nil, modelservice.ProvisionedThroughput},
		{b.External != nil, modelservice.ExternalModel},
	} {
		if !c.given {
			continue
		}
		configs++
		if known(b.Type) && b.Type != c.t {
			return d, invalid(at+"/destination_type", "It is %s, and the configuration given is one of %s.", b.Type, c.t)
		}
	}
	if b.Type == "" {
		return d, invalid(at+"/destination_type", "A destination type is required.")
	}
	if !known(b.Type) {
		return d, invalid(at+"/destination_type", "There is no destination type '%s'.", b.Type)
	}
	if configs != 1 {
		return d, invalid(at, "Exactly one of pay_per_token_config, provisioned_throughput_config and external_model_config is required.")
	}
	if b.PayPerToken == nil {
		return d, nil
	}
	model, err := resource(at+"/pay_per_token_config/model", modelForm, b.PayPerToken.Model, 3)
	d.Model = model.String()
	return d, err
}

// resource reads the name of a resource, which begins with its kind. The bare
// name of the object will not do, nor that of a resource of another kind (spec
// §2).
func resource(field, form, text string, n int) (catalog.FullName, error) {
	bare, ok := strings.CutPrefix(text, form)
	if !ok {
		return catalog.FullName{}, invalid(field, "It must have the form %s, such as %s%s.", pattern(form, n), form, example(n))
	}
	name, err := catalog.ParseFullName(bare)
	if err != nil {
		return catalog.FullName{}, badName(field, err)
	}
	if name.Parts() != n {
		return catalog.FullName{}, invalid(field, "It must have the form %s, '%s' has %d parts.", pattern(form, n), name, name.Parts())
	}
	return name, nil
}

func known(t modelservice.DestinationType) bool {
	switch t {
	case modelservice.PayPerToken, modelservice.ProvisionedThroughput, modelservice.ExternalModel:
		return true
	}
	return false
}

func pattern(form string, n int) string {
	return form + strings.Join([]string{"{catalog}", "{schema}", "{name}"}[:n], ".")
}

func example(n int) string {
	return strings.Join([]string{"main", "default", "chat"}[:n], ".")
}
