package config

import "fmt"

// didYouMean returns the cure for a word that is not one of words, or "" when none is near.
func didYouMean(word string, words []string) string {
	best, bestN := "", 1+max(1, len(word)/3)
	for _, w := range words {
		if n := distance(word, w); n < bestN {
			best, bestN = w, n
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("did you mean %s?", best)
}

// distance is the edit distance in bytes, a swap of neighbours counting one (optimal string alignment).
func distance(a, b string) int {
	const longest = 64 // no key is longer
	if len(a) > longest || len(b) > longest {
		return longest
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
