package statement

// CreatePrincipal is CREATE {USER | SERVICE PRINCIPAL | GROUP} [IF NOT EXISTS]
// name, and for a group [WITH members].
type CreatePrincipal struct {
	Who         Principal // its Type is never empty
	IfNotExists bool
	// Members are those of a new GROUP; see ChangeMembers.
	Members []Principal
}

// DropPrincipal is DROP {USER | SERVICE PRINCIPAL | GROUP} [IF EXISTS] name.
type DropPrincipal struct {
	Who      Principal // its Type is never empty
	IfExists bool
}

// RenamePrincipal is ALTER {USER | SERVICE PRINCIPAL | GROUP} name RENAME TO
// name.
type RenamePrincipal struct {
	Who Principal // its Type is never empty
	To  string    // unquoted, in the case it was written
}

// ChangeMembers is ALTER GROUP name {ADD | DROP} members.
type ChangeMembers struct {
	Group string
	// Verb is ADD or DROP.
	Verb string
	// Members are in the order written, repeats included. The kind written
	// before one holds for those after it too, up to the next kind; those
	// before the first kind have none.
	Members []Principal
}

// DescribePrincipal is {DESCRIBE | DESC} {USER | SERVICE PRINCIPAL | GROUP}
// name.
type DescribePrincipal struct {
	Who Principal // its Type is never empty
}
