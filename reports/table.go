package reports

// table is what every renderer can draw: text, Markdown and HTML differ in how
// a cell looks, not in what it says.
type table struct {
	id      string // unique in the page
	title   string
	caption string // a sentence under the title, or none
	foot    string // the meaning of marks, or none
	columns []column
	rows    []row
}

type column struct {
	head    string // "a against b" is set over two lines
	numeric bool   // aligned right, digits under digits
	minor   bool   // a narrow terminal does without
}

type row struct {
	cells []cell
	first bool // of a subject; a gap or a rule goes before it
}

// cell is a text, and with pm its interval, which is aligned by itself.
type cell struct {
	text string
	pm   string
	mood mood
	span string // what a screen reader says instead, or none
}

// mood is a judgement that goes with a text; it is never shown by colour alone.
type mood uint8

const (
	neutral mood = iota
	good
	doubtful
	bad
)

// symbol is the mood as a character, for those who see no colour.
func (m mood) symbol() string {
	return [...]string{"", "✓", "?", "✗"}[m]
}

// class is the mood as a CSS class.
func (m mood) class() string {
	return [...]string{"", "good", "doubtful", "bad"}[m]
}

func plain(s string) cell { return cell{text: s} }

func (t *table) empty() bool { return t == nil || len(t.rows) == 0 }
