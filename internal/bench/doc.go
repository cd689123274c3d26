// Package bench does not know how anything is done: it asks the rooms of
// modelward by their front doors, and sets them beside what a program would
// use instead.
//
// A row of the performance budget in DESIGN.md is a file here: what is asked
// of us, the floor or the rival that is asked the same, and how much longer we
// may take. Both sides of a row first prove that they give the same answers,
// and every answer that is timed is compared too.
//
//	make bench                                  one line per row, within five minutes
//	make bench-authz                            the rows about rights: check and all it rests on
//	make bench-routing                          the rows about calls: route, call and call over HTTP
//	make bench-ratelimit                        the rows about limits: six of a call, and what keeping many takes
//	make bench-http                             the rows over HTTP: calls beside a proxy, services created and listed
//	make bench-inferencelog                     the rows about the log: handing rows over, and what becomes of them
//	go test -run Ratios/look-up -ratios -securables 200000
//	                                            one row, in another size
//	go test -run 'Ratios/^(check|list)$' -ratios
//	                                            the rows that are named
//	go test -run Ratios/http-sse -ratios -profiles DIR
//	                                            a row over HTTP, and where its processes spend their time
//	go test -bench Check                        the two sides of one row as Go benchmarks
//	go test                                     that every row runs and agrees, on small worlds
//
// A line reads
//
//	ratio <row> <ours / reference> budget <the most it may be>
//
// and its value is the median of at least five rounds in one process, in which
// the sides take turns. Some rows differ: check-growth has ours in a small world
// as its reference, and call-memory ours after fewer calls; check-memory,
// bucket-bytes and keys-bounded are plain figures, check-parallel and
// six-limits-two-cores are how much faster two goroutines are than one, and
// rest-create and rest-create-many how many services are created for one commit
// of a bare file, where more is better; rest-list has ours in a small world as
// its reference. What has no budget, rivals above all, is reported ahead of
// these lines.
//
// What is compared is the processor time of the whole process, garbage collector
// included: on a machine that does other work too, the time on the wall says
// more about the other work. Of log-journal, log-blocked and rest-create it is
// the time on the wall, for they are about waiting. The rows http-json and
// http-sse compare the gateway's process
// with a proxy's: the provider that both ask, and the callers, are processes of
// their own, all of them this program again.
//
// This is a module of its own, so that no rival is in anybody's build.
package bench
