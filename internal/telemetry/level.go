package telemetry

import "fmt"

// Level is how much a line matters.
type Level int32

// The levels.
const (
	Debug Level = iota
	Info
	Warn
	Error
)

var levelNames = [...]string{"debug", "info", "warn", "error"}

// String returns the word used in the configuration and in lines.
func (l Level) String() string {
	if l >= 0 && int(l) < len(levelNames) {
		return levelNames[l]
	}
	return fmt.Sprintf("level(%d)", int32(l))
}

// ParseLevel reads a level's word.
func ParseLevel(word string) (Level, error) {
	for i, name := range levelNames {
		if name == word {
			return Level(i), nil
		}
	}
	return Info, fmt.Errorf("%q is not debug, info, warn or error", word)
}

// priority is the level as sd-daemon(3) and syslog(3) number it.
func (l Level) priority() int { return [...]int{Debug: 7, Info: 6, Warn: 4, Error: 3}[l] }
