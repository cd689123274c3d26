package statement

// Create is CREATE {CATALOG | SCHEMA} [IF NOT EXISTS] name [COMMENT 'text'].
type Create struct {
	On          Securable // a CATALOG or a SCHEMA
	IfNotExists bool
	Comment     string // empty when none is written
}

// Drop is DROP kind [IF EXISTS] name [CASCADE | RESTRICT] (spec §13).
type Drop struct {
	// On is never the METASTORE, which cannot be dropped.
	On Securable
	// IfExists makes dropping what is missing or invisible a success
	// (ruling R23).
	IfExists bool
	// Behavior is CASCADE, RESTRICT, or empty when neither is written.
	// Only CATALOG and SCHEMA can have one.
	Behavior string
}

// ChangeOwner is ALTER kind name [SET] OWNER TO principal (spec §13).
type ChangeOwner struct {
	On Securable // never the METASTORE
	To string    // unquoted, in the case it was written
}

// Rename is ALTER TABLE name RENAME TO name.
type Rename struct {
	On Securable // a TABLE
	To []string  // one to three parts
}

// Comment is COMMENT ON kind name IS {NULL | 'text'}.
type Comment struct {
	On   Securable // never the METASTORE
	Text *string   // nil for NULL
}

// Describe is {DESCRIBE | DESC} [kind] [EXTENDED] name, and DESCRIBE METASTORE.
type Describe struct {
	On       Securable
	Extended bool // false for the METASTORE
}

// Show is SHOW with what there is of a kind.
type Show struct {
	// What is CATALOGS, SCHEMAS, TABLES, MODELS, MODEL SERVICES, USERS,
	// GROUPS or SERVICE PRINCIPALS. DATABASES is read as SCHEMAS.
	What string
	// With is who the GROUPS contain, directly or not; the zero Principal
	// when not written. Its Type is never empty otherwise.
	With Principal
	// In is the container, one to three parts; nil when it is left out. Only
	// SCHEMAS, TABLES, MODELS and MODEL SERVICES can have one.
	In []string
	// Like is the pattern that names fit; nil when there is none. In it, *
	// stands for any run of characters and | separates alternatives.
	Like *string
}
