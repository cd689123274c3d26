// Package bench does not know how anything is done: it asks the rooms of
// modelward by their front doors, and sets them beside what a program would
// use instead.
//
// Each file is one row of the performance budget in DESIGN.md: what is asked
// of us, the floor or the rival that is asked the same, and how much longer we
// may take. Both sides of a row first prove that they give the same answers.
//
//	make bench                                  one line per row, within a minute and a half
//	go test -run Ratios/look-up -ratios -securables 1000000
//	                                            one row, in the size of its budget
//	go test -bench Check                        the two sides of one row as Go benchmarks
//	go test                                     that every row runs and agrees, on small worlds
//
// A line reads
//
//	ratio <row> <ours / reference> budget <the most it may be>
//
// and its value is the median of at least five rounds in one process, in which
// the sides take turns. What is compared is the processor time of the whole
// process, garbage collector included: on a machine that does other work too,
// the time on the wall says more about the other work.
//
// This is a module of its own, so that no rival is in anybody's build.
package bench
