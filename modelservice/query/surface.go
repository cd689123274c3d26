package query

import (
	"fmt"
	"net/http"
	"time"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
)

const defaultMaxBody = 16 << 20

// surface is what answers, whichever way a request came in.
type surface struct {
	gateway   *modelservice.Gateway
	metastore *modelservice.Metastore
	maxBody   int64
	sessions  []string // names of headers
	now       func() time.Time

	logHeaders []string // names of headers
}

// complete puts defaults where nothing was said.
func (s *surface) complete() {
	if s.maxBody <= 0 {
		s.maxBody = defaultMaxBody
	}
	if s.now == nil {
		s.now = time.Now
	}
}

// describe writes into a call what path and headers of its request say. The path
// is without a query, where some clients put their keys.
func (s *surface) describe(call *modelservice.Call, e *endpoint, path string, h http.Header) (err error) {
	call.API, call.APIType, call.URL = e.api, e.path, clip(path, maxPath)
	call.Session = s.session(h)
	call.UserAgent, call.Headers = userAgent(h), s.kept(h)
	if call.OmitPayloads, err = omitPayloads(h); err != nil {
		return err
	}
	call.Tags, err = requestTags(h)
	return err
}

// principal finds a caller in the catalog. Only users and service principals
// can ask for anything.
func (s *surface) principal(name string) (catalog.PrincipalID, error) {
	p, ok := s.metastore.Catalog().Snapshot().PrincipalNamed(name)
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

func notFound(path string) error {
	return &modelservice.Error{Code: modelservice.CodeNoEndpoint,
		Message: fmt.Sprintf("'%s' does not exist", path)}
}

func notAllowed(method string) error {
	return &modelservice.Error{Code: modelservice.CodeBadRequest, Status: http.StatusMethodNotAllowed,
		Message: fmt.Sprintf("Method '%s' is not allowed here.", method)}
}
