package authz_test

import (
	"testing"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/authz/authztest"
)

func TestAuthorizer(t *testing.T) {
	authztest.TestAuthorizer(t, func() *authz.Authorizer { return authz.New(nil) })
}
