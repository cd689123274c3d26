// Package spelling does not know what words mean. It tells how far apart two of
// them are written, for messages that ask whether another was meant.
package spelling

// Distance is how many insertions, deletions and substitutions of bytes separate
// two words. Its cost is the product of their lengths: bound them first.
func Distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
