package catalog

import (
	"slices"
	"strings"
)

// Privilege is what can be granted, in the spelling of the REST API: upper
// case with underscores. It is an open string; which ones mean something on a
// securable is said by its [Kind].
type Privilege string

// The privileges of spec §12.1, and at the end two of ours.
const (
	UseCatalog         Privilege = "USE_CATALOG"
	UseSchema          Privilege = "USE_SCHEMA"
	CreateCatalog      Privilege = "CREATE_CATALOG"
	CreateSchema       Privilege = "CREATE_SCHEMA"
	CreateTable        Privilege = "CREATE_TABLE"
	CreateModel        Privilege = "CREATE_MODEL"
	CreateModelVersion Privilege = "CREATE_MODEL_VERSION"
	CreateFunction     Privilege = "CREATE_FUNCTION"
	CreateVolume       Privilege = "CREATE_VOLUME"
	CreateMaterialized Privilege = "CREATE_MATERIALIZED_VIEW"
	Execute            Privilege = "EXECUTE"
	Select             Privilege = "SELECT"
	Modify             Privilege = "MODIFY"
	Refresh            Privilege = "REFRESH"
	ReadVolume         Privilege = "READ_VOLUME"
	WriteVolume        Privilege = "WRITE_VOLUME"
	ApplyTag           Privilege = "APPLY_TAG"
	ReadMetadata       Privilege = "READ_METADATA"
	Manage             Privilege = "MANAGE"
	Browse             Privilege = "BROWSE"
	AllPrivileges      Privilege = "ALL_PRIVILEGES"
	ExternalUseSchema  Privilege = "EXTERNAL_USE_SCHEMA"
	ExternalUseLoc     Privilege = "EXTERNAL_USE_LOCATION"

	// SelectOwnRows and SelectMasked are parts of SELECT on a table: the rows of
	// the holder's own requests, and all rows without what was said in them.
	SelectOwnRows Privilege = "SELECT_OWN_ROWS"
	SelectMasked  Privilege = "SELECT_MASKED"
)

// ownPrivileges are those above. The place of each is its bit in a
// [PrivilegeSet].
var ownPrivileges = [...]Privilege{
	UseCatalog, UseSchema, CreateCatalog, CreateSchema, CreateTable, CreateModel, CreateModelVersion,
	CreateFunction, CreateVolume, CreateMaterialized, Execute, Select, Modify, Refresh, ReadVolume, WriteVolume,
	ApplyTag, ReadMetadata, Manage, Browse, AllPrivileges, ExternalUseSchema, ExternalUseLoc, SelectOwnRows, SelectMasked,
}

// NormalizePrivilege turns either spelling, "use catalog" or "USE_CATALOG",
// into a Privilege (spec §12.1). It does not say whether such a privilege
// exists.
func NormalizePrivilege(s string) Privilege {
	b := []byte(s)
	for i, c := range b {
		switch {
		case c == ' ':
			b[i] = '_'
		case 'a' <= c && c <= 'z':
			b[i] = c - 'a' + 'A'
		}
	}
	return Privilege(b)
}

// SQL returns the spelling with spaces, which SQL and messages use.
func (p Privilege) SQL() string { return strings.ReplaceAll(string(p), "_", " ") }

// InAll reports whether ALL PRIVILEGES stands for p. It stands for every
// privilege, present and future, except MANAGE and the two that open a
// securable to the outside (spec §12.2).
func (p Privilege) InAll() bool { return !slices.Contains(notInAll[:], p) }

var notInAll = [...]Privilege{Manage, ExternalUseSchema, ExternalUseLoc, AllPrivileges}

// NotInAll returns the set of the privileges that ALL PRIVILEGES does not stand
// for, see [Privilege.InAll].
func NotInAll() PrivilegeSet { return SetOf(notInAll[:]...) }
