// Package parquetlog does not know what a request is, who may read a table, or why a row was written.
// It keeps inference tables as folders of Parquet files, which any tool that reads Parquet can query.
//
//	sink, err := parquetlog.Open("inference", nil)
//	…
//	defer sink.Close()
//	log := inferencelog.New(sink, nil)
//
// # What is in the folder
//
//   - tables.json lists the live tables: id, name, folder, created_at and layout. People find a table by its name
//     there; names are never paths.
//   - t_<id> is the folder of a table; one made again under the id of one that was dropped may have t_<id>-2, and so on.
//   - t_<id>/rows-<time>-<n>.parquet are the finished files of a table. Their names begin with the earliest event time,
//     and sort by it; n counts them in the order in which they were written.
//   - t_<id>/spool-<n>.rows has the rows that are in no Parquet file yet, in a form of this package's own.
//   - lock keeps a second sink away, in this process or another.
//
// Whoever reads t_<id>/*.parquet sees whole files only: a file gets its name when it is complete and on the disk. For
// instance, with DuckDB:
//
//	SELECT event_time, requester, request_tags['team'] FROM 't_7/*.parquet' WHERE event_time >= '2026-03-01';
//
// The columns are those of the table's layout in their order, all nullable: STRING is UTF-8 text, INT and BIGINT are 32
// and 64 bits, TIMESTAMP is in microseconds, UTC; MAP and ARRAY are Parquet's own. STRUCT columns are text of the
// logical type JSON. Null and empty differ, of payloads, maps and lists. Files are compressed with zstd; rows are in the order
// in which they were written.
//
// # Rules
//
// Write returns when the batch is in the spool, all of it or nothing: from then on its rows survive the end of the
// process however it comes, and with [Options].Sync a power cut. A spool becomes a Parquet file when it has enough rows
// or bytes or is old enough (see [Options]), with [Sink.Flush] and with [Sink.Close], and is removed once the file is
// there; after a crash, when the folder is opened again. Files are built one at a time in the background, by the sink's
// only goroutine, which ends with Close. When that does not keep up, Write waits for it. When files cannot be built,
// as on a full disk, [Sink.Err] says so, three spools of a table are filled, and then Write fails until it
// works again. No row is in two places for a reader of the sink, whenever the process ends.
//
// A row whose id is there is left as it is. Ids of rows in spools are in memory, about 150 bytes for each; those of
// finished files are read from the file when a row comes whose event time lies within the file's, and are kept as eight
// bytes each, in 32 MiB for all tables. So a row that comes again is known by its id and its event time: the same id with a time
// outside its file's is another row. A row that retention has removed is stored when it comes again.
//
// A frame of a spool that does not match its checksum is left out; the spool is set aside under a name ending in
// .damaged, and Err says so until that file is moved away and the folder opened again. A finished file that is damaged
// is told by Err and by Rows of its table; writing goes on.
//
// # Errors
//
// Those of the wall; everything else is wrapped and begins with parquetlog. A full disk or a read-only folder is never
// a rejection of the batch.
package parquetlog
