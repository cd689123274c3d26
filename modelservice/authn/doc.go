// Package authn does not know what a caller may do, nor that there is a catalog:
// it reads credentials off a request and says whose they are. What it returns is
// a name, which [github.com/modelward/modelward/modelservice/rest] and
// [github.com/modelward/modelward/modelservice/query] look up among the users and
// service principals of the catalog.
//
// Both take any function of this form as their Authenticate:
//
//	func(*http.Request) (principal string, err error)
//
// [Tokens] is one for static bearer tokens. Package oidc, a module of its own
// beside this one, is one for signed tokens of an identity provider. [First]
// tries several.
package authn
