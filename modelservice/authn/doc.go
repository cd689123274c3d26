// Package authn does not know what a caller may do, nor that there is a catalog:
// it reads credentials off a request and says whose they are. What it returns is
// a name, which [github.com/modelward/modelward/modelservice/rest] and
// [github.com/modelward/modelward/modelservice/query] look up among the users and
// service principals of the catalog. A name that is nobody's there is answered
// like a token that nobody has: 401.
//
// # The hook
//
// Both surfaces take any function of this form as their Authenticate, and a host
// that has authenticated the request already writes one of its own:
//
//	func(*http.Request) (principal string, err error)
//
// It is called for every request before anything else is looked at, from any
// number of goroutines, and must not read the body. An error is answered with
// 401, and its text is for the log alone, so it must hold no credential; an
// error that is a *modelservice.Error is answered as it says.
//
// # Ready ones
//
// [Tokens] is for static bearer tokens, such as those that a platform gives to
// its services. Its table can be replaced while requests come:
//
//	tokens, err := authn.NewTokens(map[string]string{secret: "nightly-report"})
//	management, err := rest.New(rest.Config{Metastore: metastore, Authenticate: tokens.Authenticate})
//	inference, err := query.New(query.Config{Gateway: gateway, Metastore: metastore, Authenticate: tokens.Authenticate})
//
// Package oidc, a module of its own beside this one, is for the signed tokens of
// an identity provider. [First] tries several:
//
//	authenticate := authn.First(tokens.Authenticate, verifier.Authenticate)
//
// # One of your own
//
// [Token] reads the token off a request in every form that the clients of the
// surfaces send it. Whoever does not know a token answers with [ErrNoToken], so
// that First may ask the next.
//
// # Secrets
//
// Nothing here keeps a token, prints one, or puts one into an error. Tokens are
// looked up by their SHA-256 hashes; what a request may carry is at most
// [MaxToken] bytes, so that the time of a look-up has a bound, and it says
// nothing about how near a guess came. For tokens that people did not choose, of
// 128 random bits or more, that is all there is to do; passwords want a slow hash
// and do not belong here.
package authn
