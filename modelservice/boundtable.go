package modelservice

import (
	"time"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/inferencelog"
)

// boundTable is an InferenceTable bound to its id.
type boundTable struct {
	ID          catalog.ID              `json:"id"`
	Name        string                  `json:"name"` // full name, as it was when bound
	Prefix      string                  `json:"prefix,omitempty"`
	Disabled    bool                    `json:"disabled,omitempty"`
	Durability  inferencelog.Durability `json:"durability,omitempty"`
	Payloads    PayloadPolicy           `json:"payloads,omitempty"`
	OmitRefused bool                    `json:"omit_refused,omitempty"`
	Stopped     *stopped                `json:"stopped,omitempty"`
	// Resumes counts how often logging was resumed after a stop, so that a stop
	// on its way to the catalog does not end what was resumed after it.
	Resumes int `json:"resumes,omitempty"`
}

// stopped says that logging has stopped, until it is resumed.
type stopped struct {
	Reason string    `json:"reason"` // in words for callers
	At     time.Time `json:"at"`
}

func (t *boundTable) clone() *boundTable {
	if t == nil {
		return nil
	}
	c := *t
	c.Stopped = clonePtr(t.Stopped)
	return &c
}

// take takes over what can be changed of a table that is there. What stands for
// a default becomes the zero value, so that it is compared as such.
func (t *boundTable) take(from *InferenceTable) {
	t.Disabled, t.OmitRefused = from.Disabled, from.OmitRefused
	if t.Durability = from.Durability; t.Durability == inferencelog.Fast {
		t.Durability = ""
	}
	if t.Payloads = from.Payloads; t.Payloads == PayloadsAll {
		t.Payloads = ""
	}
}

// active reports whether rows are asked for and were not stopped.
func (t *boundTable) active() bool { return t != nil && !t.Disabled && t.Stopped == nil }

// withPayloads reports whether the rows of a call have its bodies.
func (t *boundTable) withPayloads(call *Call) bool {
	return t.Payloads == "" || t.Payloads == PayloadsOptional && !call.OmitPayloads
}

// spec is the inverse of binding, but for the state of logging.
func (t *boundTable) spec(s *catalog.Snapshot) *InferenceTable {
	if t == nil {
		return nil
	}
	name, alive := nameNow(s, t.ID, t.Name)
	return &InferenceTable{Parent: name.Parent().String(), Prefix: t.Prefix, Table: name.Object, Disabled: t.Disabled,
		Durability: t.Durability, Payloads: t.Payloads, OmitRefused: t.OmitRefused, Deleted: !alive}
}
