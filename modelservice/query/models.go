package query

import (
	"cmp"
	"encoding/json"
	"fmt"
	"iter"
	"net/url"
	"time"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
)

// model is a service as it is listed: for clients, services are models.
type model struct {
	name    string
	created time.Time
	owner   string
}

// openAIModel is a model in OpenAI's form.
type openAIModel struct {
	ID      string `json:"id"`
	Object  string `json:"object"`
	Created int64  `json:"created"` // seconds since 1970
	OwnedBy string `json:"owned_by"`
}

type openAIModels struct {
	Object string        `json:"object"`
	Data   []openAIModel `json:"data"`
}

func (m model) openAI() openAIModel { return openAIModel{m.name, "model", m.created.Unix(), m.owner} }

// models is the answer to a request for the services that the caller may call,
// ordered by name, or for the one of them that the path names.
func (s *surface) models(caller catalog.PrincipalID, e *endpoint, one string, u *url.URL) ([]byte, error) {
	anthropic := e.api == modelservice.Messages
	if one != "" {
		m, ok := s.modelNamed(caller, one)
		switch {
		case !ok:
			return nil, noModel(one)
		case anthropic:
			return json.Marshal(m.anthropic())
		}
		return json.Marshal(m.openAI())
	}
	all := s.gateway.Services(caller)
	if anthropic {
		p, err := readPosition(u)
		if err != nil {
			return nil, err
		}
		names, more := p.page(all)
		return json.Marshal(newAnthropicModels(s.known(caller, names), more))
	}
	list := openAIModels{Object: "list", Data: []openAIModel{}}
	for m := range s.known(caller, all) {
		list.Data = append(list.Data, m.openAI())
	}
	return json.Marshal(list)
}

// known looks services up, without those that were dropped, or taken from the
// caller, just now.
func (s *surface) known(caller catalog.PrincipalID, names iter.Seq[catalog.FullName]) iter.Seq[model] {
	return func(yield func(model) bool) {
		now := s.metastore.Catalog().Snapshot()
		for name := range names {
			if m, ok := s.model(now, caller, name); ok && !yield(m) {
				return
			}
		}
	}
}

// modelNamed finds a service by what the model member of a call may be.
func (s *surface) modelNamed(caller catalog.PrincipalID, text string) (model, bool) {
	name, err := modelservice.ServiceName(text)
	if err != nil {
		return model{}, false
	}
	return s.model(s.metastore.Catalog().Snapshot(), caller, name)
}

// model looks up a service that the caller may call.
func (s *surface) model(at *catalog.Snapshot, caller catalog.PrincipalID, name catalog.FullName) (model, bool) {
	id, ok := at.Lookup(modelservice.TypeModelService, name)
	if !ok || !s.metastore.Authorizer().Check(at, caller, catalog.Execute, id).Allowed {
		return model{}, false
	}
	service, _ := at.Securable(id)
	owner, _ := at.Principal(service.Owner) // none: deleted
	return model{name.String(), service.CreatedAt, owner.Name}, true
}

// noModel is the answer of a call to a service that is not there for the caller
// (ruling R9).
func noModel(name string) error {
	return &modelservice.Error{Code: modelservice.CodeNotFound, Field: "model", Message: fmt.Sprintf("'%s' does not exist", name)}
}

// before orders names as they are listed: by catalog, by schema, by service.
func before(a, b catalog.FullName) bool {
	return cmp.Or(cmp.Compare(a.Catalog, b.Catalog), cmp.Compare(a.Schema, b.Schema), cmp.Compare(a.Object, b.Object)) < 0
}
