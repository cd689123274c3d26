package rest

import (
	"slices"
	"strings"

	"github.com/modelward/modelward/modelservice"
)

// updateService changes what update_mask names of a service (spec §3.1).
func (h *handler) updateService(r *request) (any, error) {
	name, err := r.pathName(3)
	if err != nil {
		return nil, err
	}
	mask, err := r.mask()
	if err != nil {
		return nil, err
	}
	etag, err := r.param("etag")
	if err != nil {
		return nil, err
	}
	var body serviceBody
	if err := r.decode(&body); err != nil {
		return nil, err
	}
	if body.Owner == "" && slices.Equal(mask, []string{"owner"}) {
		return nil, invalid("update_mask", "Query parameter update_mask cannot name owner alone where the body has none.")
	}
	change := modelservice.ServiceChange{Etag: etag, KeepStopped: !slices.Contains(mask, maskTable)}
	for _, path := range mask {
		if err := body.change(&change, path); err != nil {
			return nil, err
		}
	}
	if err := change.Validate(); err != nil {
		return nil, inChangeBody(err, inBody)
	}
	owner := ""
	if slices.Contains(mask, maskAll) && change.Owner == nil {
		owner = body.Owner
	}
	changed, err := h.ms.UpdateServiceFunc(r.Context(), r.caller, name, func(s modelservice.Service) (modelservice.ServiceChange, error) {
		if etag == "" || etag == s.Etag { // else the owner is that of another service than the caller's
			if err := keepsOwner(owner, s.Owner); err != nil {
				return change, err
			}
		}
		if change.InferenceTable == nil {
			return change, nil
		}
		c, table := change, *change.InferenceTable // copies, for this may run again
		body.Config.InferenceTable.keep(&table, s.Spec.InferenceTable)
		c.InferenceTable = &table
		return c, nil
	})
	if err != nil {
		return nil, inChangeBody(err, inBody)
	}
	return h.serviceAnswer(changed, viewFull), nil
}

// What a mask may be: longer ones name nothing that shorter ones cannot.
const (
	maxMask      = 1 << 10 // bytes
	maxMaskPaths = 32
)

// mask reads update_mask: one or more paths with commas between them, each of
// which it returns once.
func (r *request) mask() ([]string, error) {
	text, err := r.param("update_mask")
	switch {
	case err != nil:
		return nil, err
	case text == "":
		return nil, invalid("update_mask", "Query parameter update_mask is required, such as comment,config.rate_limits.")
	case len(text) > maxMask:
		return nil, invalid("update_mask", "Query parameter update_mask is longer than %d bytes.", maxMask)
	case strings.Count(text, ",") >= maxMaskPaths:
		return nil, invalid("update_mask", "Query parameter update_mask has more than %d paths.", maxMaskPaths)
	}
	var paths []string
	for path := range strings.SplitSeq(text, ",") {
		if !slices.Contains(paths, path) {
			paths = append(paths, path)
		}
	}
	return paths, nil
}

// change puts what one path of a mask names into a change. What the path names
// and the body does not have is cleared (spec §3.1).
func (b *serviceBody) change(c *modelservice.ServiceChange, path string) error {
	config := b.Config
	if path == maskAll || path == "config" || strings.HasPrefix(path, "config.") {
		if config == nil {
			return invalid("/config", "A config is required where update_mask names %s.", path)
		}
	}
	var err error
	switch path {
	case maskAll:
		c.Comment = &b.Comment
		return b.change(c, "config")
	case "comment":
		c.Comment = &b.Comment
	case "owner": // cannot be cleared; clients that always name it have it only where it is to change
		if b.Owner != "" {
			c.Owner = &b.Owner
		}
	case "config":
		if config.Routing == nil {
			return invalid("/config/routing", "A routing is required.")
		}
		for _, below := range configPaths() {
			if err := b.change(c, below); err != nil {
				return err
			}
		}
	case "config.routing.destinations":
		c.Destinations, err = given(config.destinations())
	case "config.routing.fallback.destinations":
		c.Fallbacks, err = given(config.fallbacks())
	case "config.routing.first_token_timeout":
		c.FirstTokenTimeout, err = given(config.firstTokenTimeout(), nil)
	case "config.routing.routing_strategy":
		c.TrafficSplitting, err = given(config.trafficSplitting(), nil)
	case "config.rate_limits":
		c.RateLimits, err = given(config.limits(), nil)
	case maskTable:
		c.InferenceTable, err = config.table()
		c.DetachTable = c.InferenceTable == nil
	default:
		return badPath(path)
	}
	return err
}

// maskAll names every member that can be set: comment and config (ruling R12).
const maskAll = "*"

// maskTable alone resumes logging that has stopped: who sends a service back as it
// read, with something else changed, does not ask for that.
const maskTable = "config.inference_table"

// configPaths are the paths below config that a mask may name; config alone is
// all of them.
func configPaths() []string {
	return []string{
		"config.routing.destinations", "config.routing.fallback.destinations", "config.routing.first_token_timeout",
		"config.routing.routing_strategy", "config.rate_limits", maskTable,
	}
}

func given[T any](v T, err error) (*T, error) { return &v, err }

// badPath is the refusal of a path that a mask cannot name.
func badPath(path string) error {
	switch path {
	case "":
		return invalid("update_mask", "Query parameter update_mask has an empty path.")
	case "name", "effective_owner", "supported_api_types", "create_time", "update_time", "created_by", "updated_by", "etag", "metastore_id":
		return invalid("update_mask", "Query parameter update_mask cannot name %s: it is only in answers.", path)
	case "config.routing", "config.routing.fallback":
		return invalid("update_mask", "Query parameter update_mask cannot name %s; name config, or what is below it.", path)
	}
	return invalid("update_mask", "Query parameter update_mask names %q, which is no path of a model service.", path)
}

// keepsOwner refuses a body that is to be taken whole and has another owner: *
// does not stand for it (ruling R12). An empty one is not given.
func keepsOwner(given, is string) error {
	if given != "" && !strings.EqualFold(given, is) {
		return invalid("/owner", "The owner is changed by update_mask naming owner, or by ALTER MODEL SERVICE … OWNER TO.")
	}
	return nil
}
