// Package oidc does not know the network, the catalog, or what a caller may do: it
// reads the signed tokens (JWT, RFC 7519) of one OpenID Connect issuer, verifies
// them with a key set that it is given, and says whom they are for. It is a module
// of its own, so that programs without such tokens do not build what it needs.
//
// # In a server
//
//	verifier, err := oidc.New(oidc.Config{
//		Issuer:    "https://login.example.com",
//		Audiences: []string{"https://gateway.example.com"},
//		Keys:      keys, // the document at the issuer's jwks_uri
//	})
//	authenticate := authn.First(tokens.Authenticate, verifier.Authenticate)
//	management, err := rest.New(rest.Config{Metastore: metastore, Authenticate: authenticate})
//	inference, err := query.New(query.Config{Gateway: gateway, Metastore: metastore, Authenticate: authenticate})
//
// A token that is not of this issuer is left to the next one asked; so is one that
// is no signed token. There may be a verifier for each of several issuers. A token
// of this issuer that is not good is refused, whoever else is there.
//
// # A good token
//
// It is a compact JWS, [authn.MaxToken] bytes at most, and
//
//   - it is signed with RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384,
//     ES512 or EdDSA (Ed25519); never "none", never a shared secret;
//   - the key is the one of the set that its kid names. Without kid, exactly one
//     key of the set must fit. A key whose use, key_ops or alg say so is for nothing
//     else. Keys in the token (jwk, jku, x5c, x5u) are never looked at;
//   - its header has no crit and no b64, and its typ is absent, JWT or at+jwt;
//   - its JSON is in UTF-8 and has no name twice;
//   - iss is [Config].Issuer and aud is, or has, one of [Config].Audiences;
//   - exp is there and has not come; nbf and iat, if there, have come. Times are
//     numbers of seconds since 1970, and [Config].Leeway is allowed for clocks.
//
// It can be used until it expires: nobody is asked whether it was revoked. Issuers
// of access tokens make them good for minutes to an hour for that reason. Whoever
// is deleted from the catalog, though, is nobody from then on, whatever he has.
//
// # Names
//
// The name is the claim sub. It is often nothing that people read, and it is the
// one claim that an issuer promises to be somebody's own, for ever; so users are
// in the catalog by it, unless [Config].PrincipalClaim is another. Before it is,
// consider who can choose what is in it. The claim email is taken only from tokens
// that say email_verified too. The claims client_id and azp name the program that
// a token was given to, and in tokens of people that is not them: everybody who
// uses that program would be the same caller. Where people and programs come from
// one issuer, [Config].Principal tells them apart.
//
// The catalog does not tell names by upper and lower case, nor by how Unicode
// composes a letter (rulings R21 and R22: normal form C). An issuer
// whose names are different by that alone needs a Principal that makes them
// different otherwise; and where there are two issuers, so that nobody of the one
// takes a name of the other's, a Principal that puts the issuer's into each name.
//
// # Keys
//
// The host fetches the key set, however it fetches things, and hands it to
// [Verifier.Replace] when it changes. [ErrUnknownKey] says that it may have. An
// issuer that changes its keys announces the new one before it signs with it, so
// fetching every hour or so is enough.
//
// # What it costs
//
// Verifying takes 40 to 70 µs with RS256, PS256, ES256 and EdDSA, ten times that
// with ES384 and ES512, which is much beside the 150 µs or so that a call takes in
// all. A stranger can make a refusal cost ten times as much as a token that is
// good, no more: tokens have at most 16 KiB, their headers 4 KiB. Tokens found good are remembered by their hash, so the second call with a
// token takes less than 1 µs.
// What is remembered is what was true for ever: the claims, and from when until
// when they are good, which is compared with the clock each time. Replace forgets
// everything. [Config].Remember bounds how many there are.
//
// # What verifies
//
// Signatures and keys are read and verified by go-jose, which has no dependencies
// of its own, and asks for the allowed algorithms in the call that reads a token.
// Which key may verify which token, what a token may say, and when it is good, are
// decided here.
package oidc
