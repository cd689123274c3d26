package rest

import (
	"strings"

	"github.com/modelward/modelward/catalog"
)

// eventAnswer is a commit: who changed what and when.
type eventAnswer struct {
	Version  uint64         `json:"version"`
	At       int64          `json:"at"`
	Actor    string         `json:"actor"`
	Restored uint64         `json:"restored,omitempty"` // version of the backup that was restored
	Changes  []changeAnswer `json:"changes"`
}

// changeAnswer is one change. Ids are shown here, to who administers everything:
// they alone tell apart what had the same name one after the other.
type changeAnswer struct {
	Kind      catalog.EventKind `json:"kind"`
	Privilege catalog.Privilege `json:"privilege,omitempty"`
	Securable *eventSecurable   `json:"securable,omitempty"`
	Owner     *eventPrincipal   `json:"owner,omitempty"`
	Principal *eventPrincipal   `json:"principal,omitempty"`
	Group     *eventPrincipal   `json:"group,omitempty"`
}

type eventSecurable struct {
	ID       catalog.ID `json:"id"`
	Type     string     `json:"type,omitempty"`
	FullName string     `json:"full_name,omitempty"` // the metastore has none
}

type eventPrincipal struct {
	ID   catalog.PrincipalID   `json:"id"`
	Type catalog.PrincipalType `json:"type,omitempty"`
	Name string                `json:"name,omitempty"`
}

// history answers the events after a version.
func (h *handler) history(r *request) (any, error) {
	if err := r.refuse("page_token", "page_size"); err != nil { // of other lists: left alone they would start anew
		return nil, err
	}
	after, _, err := r.number("after")
	if err != nil {
		return nil, err
	}
	w, err := r.window("max_results")
	if err != nil {
		return nil, err
	}
	events, err := h.ms.History(r.Context(), r.caller, uint64(after), w.size+1)
	if err != nil {
		return nil, err
	}
	next := uint64(0)
	if len(events) > w.size {
		events = events[:w.size]
		next = events[w.size-1].Version
	}
	return struct {
		Events    []eventAnswer `json:"events"`
		NextAfter uint64        `json:"next_after,omitempty"`
	}{each(events, newEventAnswer), next}, nil
}

func newEventAnswer(e catalog.Event) eventAnswer {
	return eventAnswer{e.Version, e.At.UnixMilli(), e.Actor, e.Restored, each(e.Changes, newChangeAnswer)}
}

func newChangeAnswer(c catalog.EventChange) changeAnswer {
	a := changeAnswer{
		Kind: c.Kind, Privilege: c.Privilege,
		Owner: newEventPrincipal(c.Owner), Principal: newEventPrincipal(c.To), Group: newEventPrincipal(c.Group),
	}
	if c.On.ID != 0 {
		a.Securable = &eventSecurable{c.On.ID, strings.ToUpper(string(c.On.Type)), c.On.Name.String()}
	}
	return a
}

func newEventPrincipal(p catalog.EventPrincipal) *eventPrincipal {
	if p.ID == 0 {
		return nil
	}
	return &eventPrincipal{p.ID, p.Type, p.Name}
}
