// Package statement does not know who is asking, how a caller logged in, or how
// rights are decided. Its first half, [Parse], does not know what exists either:
// it turns one SQL text into a value, and the value back into text. The other
// half, [Execute], carries statements out on a [modelservice.Metastore], in the
// name of a caller, and answers in the words of SQL.
//
// [Parse] reads one statement of the grammar of spec §13 and answers with one
// of these values; what each of them prints with String parses to an equal
// value again:
//
//	GRANT priv {, priv} ON securable TO principal          Grant
//	REVOKE priv {, priv} ON securable FROM principal       Revoke
//	SHOW {GRANT | GRANTS} [principal] ON securable         ShowGrants
//	SHOW PRINCIPALS WITH priv ON securable                 ShowPrincipals
//	EXPLAIN PRIVILEGE priv ON securable [FOR principal]    Explain
//	CREATE {CATALOG | SCHEMA} [IF NOT EXISTS] name         Create
//	    [COMMENT 'text']
//	DROP kind [IF EXISTS] name [CASCADE | RESTRICT]        Drop
//	ALTER kind name [SET] OWNER TO principal               ChangeOwner
//	ALTER TABLE name RENAME TO name                        Rename
//	COMMENT ON kind name IS {NULL | 'text'}                Comment
//	{DESCRIBE | DESC} {[kind] [EXTENDED] name | METASTORE} Describe
//	SHOW {CATALOGS | SCHEMAS | TABLES | MODELS |           Show
//	    MODEL SERVICES} [{IN | FROM} name] [[LIKE] 'pattern']
//	SHOW {USERS | SERVICE PRINCIPALS | GROUPS [WITH        Show
//	    who principal]} [[LIKE] 'pattern']
//	CREATE who [IF NOT EXISTS] principal [WITH members]    CreatePrincipal
//	DROP who [IF EXISTS] principal                         DropPrincipal
//	ALTER who principal RENAME TO principal                RenamePrincipal
//	ALTER GROUP principal {ADD | DROP} members             ChangeMembers
//	{DESCRIBE | DESC} who principal                        DescribePrincipal
//	SELECT {* | column {, column} | COUNT(*)} FROM name    Select
//	    [WHERE condition] [ORDER BY column [ASC | DESC]
//	    {, column [ASC | DESC]}] [LIMIT n] [OFFSET n]
//	DENY …, CREATE MODEL SERVICE …, ALTER MODEL SERVICE …  Unsupported
//
// A securable is METASTORE, or a kind and a name. The kinds are CATALOG,
// SCHEMA (also written DATABASE), TABLE, VIEW, FUNCTION, MODEL, VOLUME, MODEL
// SERVICE, MODEL PROVIDER SERVICE and MCP SERVICE; in a securable and in
// DESCRIBE, a name without a kind is a table. A name has one to three parts,
// kept as they are written: nothing is lower-cased or completed here. Who is USER,
// GROUP or SERVICE PRINCIPAL; members are a list of principals, in which a who
// holds for what follows it: ADD USER a, b GROUP c. Only groups are made WITH
// members.
//
// # Names
//
// A part is bare (letters, digits and underscores) or in back-ticks, where a
// back-tick is written twice. A hyphen is never read as an underscore and
// never as part of a bare name: main.default.team-chat is an error that shows
// main.default.`team-chat` (spec §2, ruling R10). Principals are bare, in
// back-ticks or in single quotes, where a quote is written twice and a
// backslash is a backslash; a bare principal holds no @, - or dot. Text after
// -- is a comment even when it touches a name, as everywhere in SQL.
//
// A text is in single quotes, where a quote is written twice and everything
// else, backslashes and line ends too, is itself. Double quotes quote nothing.
//
// # No reserved words
//
// Words of the grammar are known by where they stand, in any case of letters,
// so an object may be called service, on or to:
//
//   - A kind word is a kind when a name follows it, and otherwise the name of
//     a table: ON model TO x is about a table named model. CATALOG and
//     METASTORE are the exceptions. CATALOG without a name is an error, since
//     there is no current catalog here; METASTORE takes no name, so a table
//     called metastore is written with TABLE or in back-ticks.
//   - EXTENDED, and USER or GROUP where the kind of a principal may be left
//     out, are what they say when a name follows them, and otherwise names.
//   - TO, FROM, ON, IS or FOR stands for itself, unless a dot or a comma
//     follows it, or the same word does with something to spare: ON TABLE to TO x
//     is about a table named to. FOR at the end is a name.
//   - A privilege is any run of words up to ON or a comma; ON is in none.
//
// In a condition, the words of the grammar are reserved, NOW and the names of
// functions excepted: a column called so is in back-ticks there.
//
// Where in doubt, back-ticks make a name of anything, and [Quote] writes them
// for every word of the grammar.
//
// # Conditions
//
// A [Condition] is made with AND, OR, NOT and parentheses, at most 64 of the last
// two around one another, of at most 1,000 of these:
//
//	operand {= | == | <> | != | < | <= | > | >= | <=>} operand   Comparison
//	operand IS [NOT] NULL                                        IsNull
//	operand [NOT] IN (constant {, constant})                     In
//	operand [NOT] BETWEEN operand AND operand                    Between
//	operand [NOT] LIKE 'pattern' [ESCAPE 'c']                    Like
//	ARRAY_CONTAINS(column, 'text')                               Contains
//
// An operand is a column, an element of a map column such as
// request_tags['team'], or a constant: a text, a number such as -1, 0.5 or 1e3,
// NULL, TIMESTAMP '2026-08-01 10:00:00', CURRENT_TIMESTAMP() or NOW(), and these
// minus an INTERVAL of n SECONDS, MINUTES, HOURS, DAYS or WEEKS, at most 100 years.
// All IN lists together have at most 10,000 constants. A statement has no other
// functions, no arithmetic, joins, groups, subqueries or aliases; the error
// names what is not there.
//
// A condition is true, false or unknown, as in SQL: comparing with NULL is
// unknown, except with <=>, and a row is answered if its condition is true. Numbers
// compare as they are, however large, and with a DOUBLE as the nearest one; texts
// byte by byte. A constant text that is compared with a number or a time is read as
// one. A time is a date, or a date and a time of day after a space or T, to the
// minute or finer, with a zone such as Z or +02:00 or in UTC. In a pattern, % is any
// run of characters and _ any one, behind the escape, by default a backslash,
// themselves. A key that a map does not have is NULL.
//
// # Refusals
//
// Every error of Parse is a [*SyntaxError] with offset, line and column, what was
// expected and what was found. Parse takes one statement, at most one
// semicolon and at most [MaxLength] bytes; its time and memory are linear in
// them, and nothing but a condition has a depth, which is bounded.
//
// # Execution
//
// [Execute] does what the methods of the metastore do, under the same rights.
// An error has changed nothing. Names that leave their catalog or schema out
// are completed by [Options]. What the caller may not see is missing
// everywhere: in lists, in descriptions, and word for word in errors.
//
// SHOW GRANTS answers the grants on the object itself and then those that it
// inherits, with the ancestor as their object; on each level the caller
// sees all grants if he may manage it, and otherwise his own and his
// groups'. It gives Principal, ActionType, ObjectType and ObjectKey. SHOW
// PRINCIPALS gives Principal and Type of all who may; it is this package's own, and
// takes being able to manage.
//
// EXPLAIN PRIVILEGE gives Answer, Reason, Privilege, Principal, ObjectType,
// ObjectKey and Statement, with one row for each fact:
//
//	ALLOWED  GRANTED   the grant that gives it, as a statement
//	ALLOWED  OWNED     NULL: whoever owns the object may
//	DENIED   MISSING   a grant to make; all rows' statements together allow it
//	DENIED   HOPELESS  NULL: no grant can help
//
// Principal and Statement are NULL too where the caller may not read the grants.
// It is about privileges: a call of a service also takes the owner's right to its
// destinations, which is no privilege of the caller's.
//
// The other SHOW statements have the columns of Databricks: catalog;
// databaseName; database, tableName and isTemporary; database and model_name;
// database and model_service_name; name; for groups name and directGroup, which
// says whether a principal that was asked about is in the group itself or
// through another one, and is NULL where none was. The group account users,
// which everybody is in, is not among anybody's. In a pattern, * is any run of
// characters and | separates alternatives, at most 100; everything else stands
// for itself, in any case of letters, and the whole name must fit.
//
// DESCRIBE gives info_name and info_value; for a table col_name, data_type and
// comment, EXTENDED with details behind an empty row. In what it says about a
// service, names are quoted as in a statement.
//
// ALTER TABLE … RENAME TO keeps a table in its schema: the new name is one part,
// or whole with the same parents. Principals are made, changed and dropped by
// metastore admins. IF NOT EXISTS leaves what exists as it is, without new
// members or another comment; CREATE GROUP … WITH makes the group with all its
// members, or nothing.
//
// SELECT reads an inference table, newest rows first: without LIMIT at
// most [DefaultRows]. No answer has more than [MaxResult] bytes; one that is cut
// short says so. COUNT(*) answers the one column count(1).
//
// Times, requesters, status codes, destinations and outcomes that a condition asks
// for with AND are asked of the log; the rest is looked at row by row, which may
// be all rows of the table. A reading holds no more than it answers, and ends when its
// context does.
//
// ORDER BY event_time first, either way, reads the rows in their order. Any other
// order holds the rows that are answered, and those that OFFSET passes over: at most
// 10,000, and [MaxResult] bytes with what they are ordered by. The same goes for
// rows of one event_time, where other columns order those. NULL comes first, with
// DESC last; among equals the newest is first, unless event_time was asked for first
// and ascending. Columns that no order or comparison is defined on, and constants
// that are not of the column's type, are refused in Spark's words:
// DATATYPE_MISMATCH, CAST_INVALID_INPUT, UNRESOLVED_COLUMN and their kin.
//
// MODEL and FUNCTION are two words for one thing (spec §1). Of the kinds that
// this catalog does not have, such as views, nothing exists. For an object that
// is missing but for its hyphens and underscores, the error asks whether
// another was meant, if the caller may see that (ruling R10).
package statement
