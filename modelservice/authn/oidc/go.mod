module github.com/modelward/modelward/modelservice/authn/oidc

go 1.25.0

require (
	github.com/go-jose/go-jose/v4 v4.1.8
	github.com/modelward/modelward v0.0.0
	pgregory.net/rapid v1.3.0
)

replace github.com/modelward/modelward => ../../..
