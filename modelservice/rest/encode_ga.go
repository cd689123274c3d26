package rest

import (
	"time"

	"github.com/modelward/modelward/modelservice"
)

// serviceAnswer is a model service as the GA API answers it (spec §3.2).
type serviceAnswer struct {
	Name              string       `json:"name"`
	Comment           string       `json:"comment,omitempty"`
	Config            configAnswer `json:"config"`
	EffectiveOwner    string       `json:"effective_owner"`
	SupportedAPITypes []string     `json:"supported_api_types"`
	CreateTime        string       `json:"create_time"`
	CreatedBy         string       `json:"created_by"`
	UpdateTime        string       `json:"update_time"`
	UpdatedBy         string       `json:"updated_by"`
	Etag              string       `json:"etag"`
	MetastoreID       string       `json:"metastore_id"`
}

type configAnswer struct {
	Routing        *routingAnswer  `json:"routing,omitempty"`
	RateLimits     []limitJSON     `json:"rate_limits,omitempty"`
	InferenceTable *tableRefAnswer `json:"inference_table,omitempty"`
}

type routingAnswer struct {
	Destinations      []destinationAnswer `json:"destinations"`
	Fallback          *fallbackAnswer     `json:"fallback,omitempty"`
	FirstTokenTimeout *duration           `json:"first_token_timeout,omitempty"`
	TrafficSplitting  *struct{}           `json:"traffic_splitting,omitempty"`
}

type fallbackAnswer struct {
	Destinations []destinationAnswer `json:"destinations"`
}

type destinationAnswer struct {
	Name        string                       `json:"name"`
	Type        modelservice.DestinationType `json:"destination_type"`
	PayPerToken payPerTokenJSON              `json:"pay_per_token_config"`
	Percentage  *int                         `json:"traffic_percentage,omitempty"`
	IsDeleted   bool                         `json:"is_deleted,omitempty"`
}

// tableRefAnswer is where a service logs. What the field does not have is shown
// where it is set, and the status of logging always.
type tableRefAnswer struct {
	Parent      string                     `json:"parent"`
	Prefix      string                     `json:"table_name_prefix,omitempty"`
	Table       string                     `json:"table"`
	Disabled    bool                       `json:"disabled,omitempty"`
	IsDeleted   bool                       `json:"is_deleted,omitempty"`
	Durability  string                     `json:"durability,omitempty"`
	Payloads    string                     `json:"payloads,omitempty"`
	OmitRefused bool                       `json:"omit_refused,omitempty"`
	Status      modelservice.LoggingStatus `json:"logging_status,omitempty"`
	Reason      string                     `json:"logging_status_reason,omitempty"`
}

// The views of a listing (spec §3.1).
const (
	viewBasic = "BASIC"
	viewFull  = "FULL"
)

// serviceAnswer shows a service, in the basic view without destinations,
// inference table and the principals of limits (spec §3.1, ruling R36).
func (h *handler) serviceAnswer(s modelservice.Service, view string) serviceAnswer {
	return serviceAnswer{
		Name: serviceForm + s.Name.String(), Comment: s.Comment, Config: newConfigAnswer(&s.Spec, view), EffectiveOwner: s.Owner,
		SupportedAPITypes: apiTypes(s.APIs),
		CreateTime:        s.CreatedAt.UTC().Format(time.RFC3339Nano), CreatedBy: s.CreatedBy,
		UpdateTime: s.UpdatedAt.UTC().Format(time.RFC3339Nano), UpdatedBy: s.UpdatedBy,
		Etag: s.Etag, MetastoreID: h.ms.MetastoreID(),
	}
}

func newConfigAnswer(spec *modelservice.Spec, view string) configAnswer {
	var c configAnswer
	for _, l := range spec.RateLimits {
		if view == viewBasic {
			l.Principal = ""
		}
		c.RateLimits = append(c.RateLimits, limitJSON(l))
	}
	if view == viewBasic {
		return c
	}
	c.Routing = &routingAnswer{Destinations: destinationAnswers(spec.Destinations)}
	if len(spec.Fallbacks) > 0 {
		c.Routing.Fallback = &fallbackAnswer{destinationAnswers(spec.Fallbacks)}
	}
	if spec.FirstTokenTimeout > 0 {
		d := duration(spec.FirstTokenTimeout)
		c.Routing.FirstTokenTimeout = &d
	}
	if spec.TrafficSplitting {
		c.Routing.TrafficSplitting = &struct{}{}
	}
	c.InferenceTable = newTableRefAnswer(spec.InferenceTable)
	return c
}

func destinationAnswers(ds []modelservice.Destination) []destinationAnswer {
	out := make([]destinationAnswer, len(ds))
	for i, d := range ds {
		out[i] = destinationAnswer{d.Name, d.Type, payPerTokenJSON{modelForm + d.Model}, d.Percentage, d.Deleted}
	}
	return out
}
