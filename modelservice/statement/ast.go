package statement

// Statement is one parsed statement: one of the types listed at the head of the
// package, as a value and not a pointer.
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

// Principal is who a statement is about, where its kind can be written.
type Principal struct {
	// Type is USER, GROUP, SERVICE PRINCIPAL, or empty when it is not
	// written.
	Type string
	// Name is unquoted, in the case it was written.
	Name string
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

// ShowPrincipals is SHOW PRINCIPALS WITH privilege ON …: who may. It is this
// package's own.
type ShowPrincipals struct {
	Privilege string // as in Revoke
	On        Securable
}

// Explain is EXPLAIN PRIVILEGE privilege ON … [FOR principal].
type Explain struct {
	Privilege string // as in Revoke
	On        Securable
	// For is empty when none is written: whoever asks.
	For string
}

// Select is SELECT columns FROM name [WHERE condition] [ORDER BY …] [LIMIT n]
// [OFFSET n].
type Select struct {
	// Columns are unquoted, in the order and case written; nil means *.
	Columns []string
	// Count is set for SELECT COUNT(*), which has no Columns and nothing after
	// its condition.
	Count bool
	// From is one to three parts, as in Securable.Name.
	From []string
	// Where is what the rows have to meet; nil when absent.
	Where Condition
	// OrderBy is in the order written; nil when absent.
	OrderBy []Order
	// Limit is the greatest number of rows, 0 or more; nil when absent.
	Limit *int64
	// Offset is the number of rows to pass over, 0 or more; absent is 0.
	Offset int64
}

// Order is one column that rows are ordered by.
type Order struct {
	Column     string // unquoted, in the case it was written
	Descending bool
}

// Unsupported is a statement that Unity Catalog knows and refuses with
// UC_COMMAND_NOT_SUPPORTED (spec §13).
type Unsupported struct {
	// Words are those it was recognised by: "DENY", "CREATE MODEL SERVICE"
	// or "ALTER MODEL SERVICE". What followed them is not kept.
	Words string
}

func (Grant) statement()             {}
func (Revoke) statement()            {}
func (ShowGrants) statement()        {}
func (ShowPrincipals) statement()    {}
func (Explain) statement()           {}
func (Create) statement()            {}
func (Drop) statement()              {}
func (ChangeOwner) statement()       {}
func (Rename) statement()            {}
func (Comment) statement()           {}
func (Describe) statement()          {}
func (Show) statement()              {}
func (Select) statement()            {}
func (Unsupported) statement()       {}
func (CreatePrincipal) statement()   {}
func (DropPrincipal) statement()     {}
func (RenamePrincipal) statement()   {}
func (ChangeMembers) statement()     {}
func (DescribePrincipal) statement() {}
