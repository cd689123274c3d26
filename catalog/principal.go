package catalog

import "time"

// PrincipalType is a kind of principal.
type PrincipalType string

// The kinds of principals. A built-in principal that nobody can log in as is
// of type system.
const (
	User             PrincipalType = "user"
	ServicePrincipal PrincipalType = "service_principal"
	Group            PrincipalType = "group"
	System           PrincipalType = "system"
)

// Principal is a user, a service principal or a group. All share one name
// space, compared without case (ruling R21).
type Principal struct {
	ID        PrincipalID
	Type      PrincipalType
	Name      string // as first written
	CreatedAt time.Time
	CreatedBy string
}

// Grant is one privilege of one principal on one securable.
type Grant struct {
	On        ID
	To        PrincipalID
	Privilege Privilege
}
