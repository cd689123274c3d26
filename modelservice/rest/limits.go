package rest

import (
	"strings"
	"time"

	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/ratelimit"
)

// usageAnswer is how the limits of a service stand for one caller.
type usageAnswer struct {
	Service       string           `json:"model_service"`
	Principal     string           `json:"principal"`
	Admitted      bool             `json:"admitted"`
	Refusal       *refusalJSON     `json:"refusal,omitempty"`
	ShadowRefusal *refusalJSON     `json:"shadow_refusal,omitempty"`
	Limits        []limitUsageJSON `json:"rate_limits"`
}

type limitUsageJSON struct {
	Key       ratelimit.Key    `json:"key"`
	Principal string           `json:"principal,omitempty"`
	TagKey    string           `json:"request_tag_key,omitempty"`
	TagValue  string           `json:"request_tag_value,omitempty"`
	Period    ratelimit.Period `json:"renewal_period,omitzero"`
	Dimension string           `json:"dimension"`
	Limit     int64            `json:"limit"`
	Used      int64            `json:"used"`
	Remaining int64            `json:"remaining"`
	Shadow    bool             `json:"shadow,omitempty"`
}

// refusalJSON is what a call would be answered.
type refusalJSON struct {
	Status     int               `json:"status"`
	ErrorCode  modelservice.Code `json:"error_code"`
	Message    string            `json:"message"`
	RetryAfter int64             `json:"retry_after_seconds,omitempty"`
}

// limitUsage answers how the limits of a service stand.
func (h *handler) limitUsage(r *request) (any, error) {
	name, err := r.pathName(3)
	if err != nil {
		return nil, err
	}
	of, err := r.param("principal")
	if err != nil {
		return nil, err
	}
	tags, err := r.tags()
	if err != nil {
		return nil, err
	}
	report, err := h.limits(r.Context(), r.caller, name, of, tags)
	if err != nil {
		return nil, err
	}
	return usageAnswer{
		Service: report.Service.String(), Principal: report.Principal, Admitted: report.Refusal == nil,
		Refusal: newRefusal(report.Refusal), ShadowRefusal: newRefusal(report.ShadowRefusal),
		Limits: each(report.Limits, newLimitUsage),
	}, nil
}

// tags returns the request tags in the query, nil when there are none or the
// parameter is empty. They are what the header of a call may be, white space
// included, so they are not read with param.
func (r *request) tags() (map[string]string, error) {
	const name = "request_tags"
	switch values := r.query[name]; {
	case len(values) > 1:
		return nil, invalid(name, "Query parameter %s is given more than once.", name)
	case len(values) == 0 || values[0] == "":
		return nil, nil
	default:
		return modelservice.ParseTags(name, values[0])
	}
}

func newLimitUsage(l modelservice.LimitStanding) limitUsageJSON {
	return limitUsageJSON{l.Key, l.Principal, l.TagKey, l.TagValue, l.Period,
		strings.ReplaceAll(l.Dimension.String(), " ", "_"), l.Limit, l.Used, l.Remaining, l.Shadow}
}

func newRefusal(e *modelservice.Error) *refusalJSON {
	if e == nil {
		return nil
	}
	return &refusalJSON{e.HTTPStatus(), e.Code, e.ShortMessage(), int64((e.RetryAfter + time.Second - 1) / time.Second)}
}
