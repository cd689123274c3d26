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
//	DROP kind [IF EXISTS] name [CASCADE | RESTRICT]        Drop
//	SELECT {* | column {, column}} FROM name [LIMIT n]     Select
//	DENY …, CREATE MODEL SERVICE …, ALTER MODEL SERVICE …  Unsupported
//	SHOW CATALOGS, DESCRIBE …, COMMENT ON …, and the like  NotYet
//
// A securable is METASTORE, or a kind and a name. The kinds are CATALOG,
// SCHEMA (also written DATABASE), TABLE, VIEW, FUNCTION, MODEL, VOLUME, MODEL
// SERVICE, MODEL PROVIDER SERVICE and MCP SERVICE; outside DROP, a name
// without a kind is a table. A name has one to three parts, kept as they are
// written: nothing is lower-cased or completed here.
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
//   - TO, FROM or ON stands for itself, unless a dot or a comma follows it,
//     or the same word does with something to spare: ON TABLE to TO x is
//     about a table named to.
//   - A privilege is any run of words up to ON or a comma; ON is in none.
//
// Where in doubt, back-ticks make a name of anything, and [Quote] writes them
// for every word of the grammar.
//
// # Refusals
//
// Every error of Parse is a [*SyntaxError] with offset, line and column, what was
// expected and what was found. Parse takes one statement, at most one
// semicolon and at most [MaxLength] bytes; its time and memory are linear in
// them, and it does not recurse (it has no depth to run out of).
//
// # Execution
//
// GRANT, REVOKE and DROP do what the methods of the metastore do; an error has
// changed nothing. SHOW GRANTS answers the grants on the object itself and then
// those that it inherits, with the ancestor as their object; on each level the
// caller sees all grants if he may manage it, and otherwise his own and his
// groups'. SELECT reads an inference table, newest rows first: without LIMIT at
// most [DefaultRows], and never more than [MaxResult] bytes; a result that is cut
// short says so.
//
// MODEL and FUNCTION are two words for one thing (spec §1). Of the kinds that
// this catalog does not have, such as views, nothing exists. For an object that
// is missing but for its hyphens and underscores, the error asks whether
// another was meant, if the caller may see that (ruling R10).
package statement
