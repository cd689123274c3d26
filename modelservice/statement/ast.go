package statement

// Statement is one parsed statement: a [Grant], [Revoke], [ShowGrants],
// [Drop], [Select], [Unsupported] or [NotYet], as a value and not a pointer.
//
// String prints the statement in its normal form: upper-case words, one space
// between them, names quoted where they must be, no semicolon. For every s
// that [Parse] returns, Parse(s.String()) is equal to s. Statements are plain
// values; reading one from many goroutines is safe.
type Statement interface {
	String() string
	statement()
}

// Securable is what a statement is about.
type Securable struct {
	// Kind is METASTORE, CATALOG, SCHEMA, TABLE, VIEW, FUNCTION, MODEL,
	// VOLUME, MODEL SERVICE, MODEL PROVIDER SERVICE or MCP SERVICE.
	// DATABASE is read as SCHEMA, a name without a kind as TABLE.
	Kind string
	// Name is one to three parts, unquoted, in the case they were written;
	// nil for METASTORE. How many parts a kind needs is not decided here.
	Name []string
}

// Grant is GRANT … ON … TO … (spec §13).
type Grant struct {
	// Privileges are in the order written, repeats included; see Revoke.
	Privileges []string
	On         Securable
	// To is the principal, unquoted, in the case it was written.
	To string
}

// Revoke is REVOKE … ON … FROM … (spec §13).
type Revoke struct {
	// Privileges are upper-case words with one space between them:
	// "USE CATALOG", whether written so or as use_catalog (spec §12.1,
	// ruling R38). ALL is read as "ALL PRIVILEGES". They are open strings:
	// whether a privilege exists is not decided here.
	Privileges []string
	On         Securable
	// From is the principal, unquoted, in the case it was written.
	From string
}

// ShowGrants is SHOW GRANTS [principal] ON … (spec §13).
type ShowGrants struct {
	// Principal is empty when none is written: the grants of everybody.
	Principal string
	On        Securable
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

// Select is SELECT columns FROM name [LIMIT n].
type Select struct {
	// Columns are unquoted, in the order and case written; nil means *.
	Columns []string
	// From is one to three parts, as in Securable.Name.
	From []string
	// Limit is the greatest number of rows, 0 or more; nil when absent.
	Limit *int64
}

// Unsupported is a statement that Unity Catalog knows and refuses with
// UC_COMMAND_NOT_SUPPORTED (spec §13).
type Unsupported struct {
	// Words are those it was recognised by: "DENY", "CREATE MODEL SERVICE"
	// or "ALTER MODEL SERVICE". What followed them is not kept.
	Words string
}

// NotYet is a statement of Unity Catalog that is recognised here and not
// carried out: the answer is NOT_IMPLEMENTED.
type NotYet struct {
	// Words are those it was recognised by, in their normal form, such as
	// "SHOW CATALOGS", "COMMENT ON" or "ALTER TABLE OWNER TO". What
	// followed them is not kept.
	Words string
}

func (Grant) statement()       {}
func (Revoke) statement()      {}
func (ShowGrants) statement()  {}
func (Drop) statement()        {}
func (Select) statement()      {}
func (Unsupported) statement() {}
func (NotYet) statement()      {}
