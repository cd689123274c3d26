package query

import (
	"errors"
	"net/http"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
)

// caller finds out who asks.
func (h *handler) caller(r *http.Request) (catalog.PrincipalID, error) {
	name, err := h.authenticate(r)
	if err != nil {
		var own *modelservice.Error
		if errors.As(err, &own) {
			return 0, own
		}
		return 0, unauthenticated(err)
	}
	return principal(h.metastore, name)
}

// principal finds a caller in the catalog. Only users and service principals
// can ask for anything.
func principal(m *modelservice.Metastore, name string) (catalog.PrincipalID, error) {
	p, ok := m.Catalog().Snapshot().PrincipalNamed(name)
	if !ok || p.Type != catalog.User && p.Type != catalog.ServicePrincipal {
		return 0, unauthenticated(nil)
	}
	return p.ID, nil
}

// unauthenticated says nothing about what was wrong.
func unauthenticated(err error) error {
	return &modelservice.Error{Code: modelservice.CodeUnauthenticated, Err: err,
		Message: "Credentials were not sent or are not valid."}
}
