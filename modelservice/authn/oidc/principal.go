package oidc

// byClaim names the principal by a claim.
func byClaim(claim string) func(Claims) (string, error) {
	if claim == "" {
		claim = "sub"
	}
	return func(c Claims) (string, error) {
		if claim == "email" && !c.emailVerified() {
			return "", errEmail
		}
		return c.Text(claim), nil
	}
}

// emailVerified says whether the issuer vouches for the address. With some, users
// write into that field whatever they like, so that silence is no consent. Some
// write the truth as a text.
func (c Claims) emailVerified() bool {
	return c["email_verified"] == true || c["email_verified"] == "true"
}
