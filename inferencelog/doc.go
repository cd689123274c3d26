// Package inferencelog does not know who may read a table, why a request was allowed or refused, or what an answer
// means; and nothing it does changes an answer. It keeps what happened: a row for every request, in inference
// tables, through a sink of the host's choice.
//
// # Use
//
//	sink := inferencelog.NewMemory()        // or NewJSONLines(w), or sqlitelog.Open(path, nil)
//	log := inferencelog.New(sink, nil)
//	err := log.Create(ctx, inferencelog.Table{ID: 7, Name: "main.logging.chat_payload", CreatedAt: now})
//	…
//	log.Log(7, &inferencelog.Record{RequestID: id, Request: body, Response: answer, StatusCode: 200, Outcome: inferencelog.OutcomeOK})
//	…
//	lost, err := log.Close(ctx)
//
// [Record] is one row and [Columns] names its columns (spec §6.3(a), ruling R34). [Logger] is the front: Log hands a row
// over in a fraction of a microsecond, without copying the payloads and without ever waiting for the sink. [LogSink] is the wall:
// [Memory] and [JSONLines] are here, a table in a file is the module sqlitelog; the package inferencelogtest has the laws
// that a sink keeps.
//
// # What is promised
//
//   - The books are exact. At every instant accepted = stored + pending + lost, lost by cause (see [Stats]).
//   - Memory is bounded by rows and by bytes. What does not fit is refused and counted, the newest first.
//   - A failing sink is tried again, then its batch is taken apart: a row that cannot be stored is lost alone.
//     A row that is written twice is stored once, by its id, which the server makes.
//   - A table is its id. Drop it, and the rows that wait are counted lost; a later table of its name gets none of them.
//   - Stored text is valid UTF-8. A payload above [MaxPayload] is left out, one with invalid bytes is mended,
//     and LoggingErrorCodes says so.
//
// # What is not
//
// Rows that wait are in memory only, and are gone with the process (the mode "fast", ruling R8). Stored means what the sink
// means by it. Rows of one table are stored in the order of Log, those of different tables in no order.
// One sink that hangs keeps all tables of its logger waiting; never the callers.
//
// # Errors
//
// The sentinels here, for errors.Is. Log returns a bool, because its caller has an answer to give, whatever became of the row.
//
// # Concurrency
//
// Everything here may be used from many goroutines. Each Logger runs one goroutine, until Close.
package inferencelog
