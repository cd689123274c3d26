// Package inferencelog does not know who may read a table, why a request was allowed or refused, or what an answer
// means; and nothing it does changes an answer. It keeps what happened: a row for every request, in inference
// tables, through a sink of the host's choice.
//
// # Use
//
//	sink := inferencelog.NewMemory()        // or NewJSONLines(w), OpenJSONFiles(dir, nil), sqlitelog.Open(path, nil), …
//	log := inferencelog.New(sink, nil)
//	err := log.Create(ctx, inferencelog.Table{ID: 7, Name: "main.logging.chat_payload", CreatedAt: now})
//	…
//	log.Log(7, &inferencelog.Record{RequestID: id, Request: body, Response: answer, StatusCode: 200, Outcome: inferencelog.OutcomeOK})
//	…
//	lost, err := log.Close(ctx)
//
// [Record] is one request. A table shows of it the columns of its [Layout]: Payload, those of an inference table (spec
// §6.3(a), ruling R34), or Usage, those of system.ai_gateway.usage (spec §9). [Logger] is the front: it takes a row over
// in a fraction of a microsecond, without copying the payloads and without ever waiting for the sink. [LogSink] is the
// wall: [Memory], [JSONLines] and [JSONFiles] are here, [FanOut] writes to several, a table in a file of SQLite's is the
// module sqlitelog, Parquet files are parquetlog; the package inferencelogtest has the laws that a sink keeps.
//
// # Durability
//
// It is chosen with each row ([Target]), and by the host for each table:
//
//   - [Fast]: the row waits in memory, bounded by rows and by bytes, until the sink has it. What does not fit is refused
//     and counted, the newest first. The end of the process loses what waits; how much that is, nobody can say then.
//   - [Journaled]: the row is written to the journal ([OpenJournal]) and fsynced first, many rows at a time. From then on it
//     is acknowledged ([Logger.Append] waits for that): it survives SIGKILL, and the loss of power as far as the disk keeps
//     its word; it is offered to the sink until that has it, also by the next process, and a sink that tells rows apart by
//     their ids has it once. While the journal cannot be written, rows go on as with Fast, and the state says so.
//
// # What is promised
//
//   - The books are exact. At every instant accepted = stored + pending + lost, lost by cause, in all and for each table
//     (see [Stats]). A row that is acknowledged is not counted lost, but for two causes: its table was dropped, or the
//     sink rejects it for what is in it, and then it is put aside (see [Journal]).
//   - A loss is seen where it is missed: when rows of a table were lost, a gap record in the table says how many.
//   - A failing sink is tried again, and what it does not take waits as long as there is room. After [Options].RetryFor
//     the row is looked for that is in the way, and it is alone with that. One that the sink rejects is stored without its
//     payloads, and flagged, before it is given up.
//   - A row that is written twice is stored once, by its id, which the server makes.
//   - A table is its id. Drop it, and its rows are counted lost; a later table of its name gets none of them.
//   - Stored text is valid UTF-8. A payload above [MaxPayload] is left out, one with invalid bytes is mended, one that is
//     withheld or redacted is not there; LoggingErrorCodes says which, and length and hash tell of the original.
//   - What must not be kept never waits: [Options].Redact is called before a row is queued. Credentials have a type that
//     cannot print itself, [Secret].
//   - How it stands can be asked ([Logger.Health], [Logger.Stats]) and is told ([Trace]).
//
// # What is not
//
// Stored means what the sink means by it. Fast rows of one table are stored in the order in which they were handed over, others in
// no order; readers go by event time. One sink that hangs keeps all tables of its logger waiting; never the callers.
//
// # Errors
//
// The sentinels here, for errors.Is. Log returns a bool, because its caller has an answer to give, whatever became of the row.
//
// # Concurrency
//
// Everything here may be used from many goroutines. Each Logger runs one goroutine, or three with a journal, until Close.
package inferencelog
