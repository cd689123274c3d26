package catalogtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/modelward/modelward/catalog"
)

// TypeService is the type of [ServiceKind]. It is spelled like the model
// service, which the catalog has never heard of.
const TypeService catalog.SecurableType = "model_service"

// CreateService is the privilege on a schema that creating a service takes.
const CreateService catalog.Privilege = "CREATE_SERVICE"

// Service is the content of a securable of [ServiceKind].
type Service struct {
	Text string   `json:"text"`
	Tags []string `json:"tags,omitempty"`
}

// Clone implements [catalog.Spec].
func (s *Service) Clone() catalog.Spec {
	return &Service{Text: s.Text, Tags: slices.Clone(s.Tags)}
}

// Refused is a text that [ServiceKind] does not compile: a change that brings
// it is refused.
const Refused = "refused"

// ErrRefused is the error with which [ServiceKind] does not compile [Refused].
var ErrRefused = errors.New("catalogtest: text is refused")

// ServiceKind returns a kind with content, with the privileges of the model
// service (spec §12.1). It lives in schemas and shares its name space with
// nothing. What it compiles is the string "<id>: <text>".
func ServiceKind() catalog.Kind {
	return catalog.Kind{
		Type: TypeService, Label: "Model Service",
		Parent: catalog.TypeSchema, Create: CreateService,
		Privileges: []catalog.Privilege{
			catalog.Execute, catalog.ReadMetadata, catalog.ApplyTag, catalog.Manage, catalog.AllPrivileges,
		},
		Reveals: []catalog.Privilege{catalog.Execute, catalog.ReadMetadata},
		Space:   "service",
		Decode: func(data []byte) (catalog.Spec, error) {
			d := json.NewDecoder(bytes.NewReader(data))
			d.DisallowUnknownFields()
			s := new(Service)
			return s, d.Decode(s)
		},
		Compile: func(id catalog.ID, spec catalog.Spec) (any, error) {
			s, ok := spec.(*Service)
			if !ok {
				return nil, fmt.Errorf("catalogtest: spec is %T", spec)
			}
			if s.Text == Refused {
				return nil, ErrRefused
			}
			return fmt.Sprintf("%d: %s", id, s.Text), nil
		},
	}
}
