// Package sqlitelog does not know what a request is, who may read a table, or why a row was written.
// It keeps inference tables in one SQLite file.
//
//	sink, err := sqlitelog.Open("inference.db", nil)
//	…
//	defer sink.Close()
//	log := inferencelog.New(sink, nil)
//
// # What is in the file
//
//   - inference_tables lists the live tables: id, name, created_at, schema_version.
//   - t_<id> is one inference table with the columns of [inferencelog.Columns], in their order.
//   - A view bears each table's full name, so that the sqlite3 tool, or any language, reads it as people call it:
//
// For instance:
//
//	SELECT event_time, requester, status_code FROM "main.logging.team_chat_payload" ORDER BY event_time DESC;
//
// STRING is TEXT, INT and BIGINT are INTEGER, DOUBLE is REAL. A TIMESTAMP is text in [inferencelog.TimeLayout]: UTC, six
// fractional digits, so that texts sort as times do and SQLite's date functions read them. MAP and ARRAY are JSON text.
//
// # Rules
//
// Creating and dropping a table is one transaction, and so is a batch: all or nothing. The file is in WAL mode; one
// connection writes, others read meanwhile. A batch that was stored survives the end of the process however it comes;
// whether it survives a power cut is [Options].FullSync. Two processes must not open one file as sinks at the same time; reading
// it beside a running sink is fine.
//
// SQLite compares names of views without regard to ASCII case, so two names that differ in nothing else are one here.
// A few names belong to the file itself and cannot be a table's: inference_tables, t_ followed by digits, and those that
// begin with sqlite_. Names in three parts never meet them.
package sqlitelog
