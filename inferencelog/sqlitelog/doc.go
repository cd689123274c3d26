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
//   - inference_tables lists the live tables: id, name, created_at, schema_version, layout.
//   - t_<id> is one table with the columns of its layout, in their order, and three indexes: t_<id>_event_time,
//     t_<id>_requester by requester and event time, and t_<id>_requester_id by requester_id and event time.
//   - A view bears each table's full name, so that the sqlite3 tool, or any language, reads it as people call it:
//
// For instance:
//
//	SELECT event_time, requester, status_code FROM "main.logging.team_chat_payload" ORDER BY event_time DESC;
//
// STRING is TEXT, INT and BIGINT are INTEGER, DOUBLE is REAL. A TIMESTAMP is text in [inferencelog.TimeLayout]: UTC, six
// fractional digits, so that texts sort as times do and SQLite's date functions read them. MAP, ARRAY and STRUCT are JSON
// text. Payloads are text, to the byte, whether they are JSON or not; SQLite's functions on texts stop at a NUL in them.
//
// A file of an earlier version is brought up to date by [Open]; its rows have null in the columns that came later.
//
// # Rules
//
// Creating and dropping a table is one transaction, and so is a batch: all or nothing. The file is in WAL mode; one
// connection writes, others read meanwhile. A batch that was stored survives the end of the process however it comes;
// whether it survives a power cut is [Options].FullSync. Two processes must not open one file as sinks at the same time; reading
// it beside a running sink is fine.
//
// A batch is rejected, with [inferencelog.ErrRejected], when its rows cannot be kept as they are: for a text that is not
// valid UTF-8, an event time outside the years 1 to 9999, or more than SQLite's limit of 1,000,000,000 bytes. A full disk,
// a file that is locked, read-only or damaged is another error: nothing of the batch is stored, and it may be written again.
//
// SQLite compares names of views without regard to ASCII case, so two names that differ in nothing else are one here.
// A few names belong to the file itself and cannot be a table's: inference_tables, t_ followed by digits, the names
// of its indexes, with _ and digits behind them or not, and those that begin with sqlite_. Names in three parts never meet them.
//
// # Size
//
// [Options].MaxAge and [Options].MaxBytes delete the oldest rows by event time, MaxAge of all tables alike. MaxBytes takes
// those of layout Payload first, and only when they have no row left those of layout Usage: who has used how much outlives
// what was said. Writes do it, after the rows are stored and 500 rows or some MB in a transaction, so that no other write waits long: at most once a minute,
// and whenever a 64th of MaxBytes was written since. A file that is written to may so be beyond MaxBytes by that
// much, and by what a few batches bring. What deletes and how much is told to [Options].OnPrune.
//
// Freed pages are used again, but the file itself never shrinks; VACUUM, run by hand while no sink has the file open, makes
// it as small as it can be. The -wal file beside it is emptied into it every 1,000 pages or so, and cut to 64 MiB when it is
// begun anew. That cannot be while somebody reads: a reader, ours or another program's, that keeps
// its transaction open for long lets it grow by all that is written meanwhile.
package sqlitelog
