package catalog

// ID identifies a securable. Ids grow, are never re-used, and zero is none.
type ID uint64

// PrincipalID identifies a user, service principal or group. It is drawn from
// the same sequence as [ID]; zero is none.
type PrincipalID uint64

// What every catalog has from its first commit on.
const (
	// MetastoreID is the root of the tree.
	MetastoreID ID = 1
	// SystemUser owns the metastore's own objects. Nobody can log in as it
	// (ruling R19).
	SystemUser PrincipalID = 2
	// AccountUsers is the group that every user and service principal is in
	// (spec §12.3). Its members are implied and cannot be listed or changed.
	AccountUsers PrincipalID = 3
	// MetastoreAdmins is the group that owns the metastore (spec §12.3).
	MetastoreAdmins PrincipalID = 4

	firstFreeID = 5
)

// The names of the built-in principals.
const (
	SystemUserName      = "System user"
	AccountUsersName    = "account users"
	MetastoreAdminsName = "metastore admins"
)
