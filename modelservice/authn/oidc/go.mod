module github.com/modelward/modelward/modelservice/authn/oidc

go 1.25.0

replace github.com/modelward/modelward => ../../..
