package logs

import "strconv"

const second = 1_000_000_000 // (ns)

// instant reads a time in one of the forms that logs have, told by its look:
// that of the common log format, ISO 8601, or a number since 1970 in seconds,
// milliseconds, microseconds or nanoseconds, told by its size.
func instant(t []byte) (at int64, zone int, ok bool) {
	if n := len(t); n > 1 && t[0] == '[' && t[n-1] == ']' {
		t = t[1 : n-1]
	}
	switch {
	case len(t) >= 20 && t[2] == '/' && t[6] == '/':
		return commonTime(t)
	case len(t) >= 19 && t[4] == '-' && t[7] == '-':
		return isoTime(t)
	}
	at, ok = epoch(t)
	return at, 0, ok
}

// commonTime reads 10/Oct/2000:13:55:36 -0700; the zone may be missing.
func commonTime(t []byte) (int64, int, bool) {
	if t[11] != ':' || t[14] != ':' || t[17] != ':' {
		return 0, 0, false
	}
	day, ok1 := digits(t[0:2])
	year, ok2 := digits(t[7:11])
	month := monthOf(t[3], t[4], t[5])
	clock, ok3 := clockOf(t[12:20])
	if !ok1 || !ok2 || !ok3 || month == 0 || day < 1 || day > 31 {
		return 0, 0, false
	}
	rest := t[20:]
	nanos, rest := fraction(rest)
	if len(rest) > 0 && rest[0] == ' ' {
		rest = rest[1:]
	}
	zone, ok := zoneOf(rest)
	return (daysTo(year, month, day)*86400+clock-int64(zone))*second + nanos, zone, ok
}

// isoTime reads 2000-10-10T13:55:36.123-07:00, with a space for the T, a comma
// for the point, or without a zone.
func isoTime(t []byte) (int64, int, bool) {
	if t[10] != 'T' && t[10] != ' ' && t[10] != 't' || t[13] != ':' || t[16] != ':' {
		return 0, 0, false
	}
	year, ok1 := digits(t[0:4])
	month, ok2 := digits(t[5:7])
	day, ok3 := digits(t[8:10])
	clock, ok4 := clockOf(t[11:19])
	if !ok1 || !ok2 || !ok3 || !ok4 || month < 1 || month > 12 || day < 1 || day > 31 {
		return 0, 0, false
	}
	nanos, rest := fraction(t[19:])
	zone, ok := zoneOf(rest)
	return (daysTo(year, month, day)*86400+clock-int64(zone))*second + nanos, zone, ok
}

// epoch reads a number since 1970.
func epoch(t []byte) (int64, bool) {
	i, n := 0, int64(0)
	for ; i < len(t) && t[i] >= '0' && t[i] <= '9'; i++ {
		if n > 1<<59 {
			return 0, false
		}
		n = n*10 + int64(t[i]-'0')
	}
	if i == 0 || i > 19 {
		return 0, false
	}
	unit := int64(1) // of the whole part (ns)
	switch {
	case n < 1e11:
		unit = second
	case n < 1e14:
		unit = second / 1e3
	case n < 1e17:
		unit = second / 1e6
	}
	if i == len(t) {
		return n * unit, true
	}
	if t[i] == 'e' || t[i] == 'E' || t[i] == '.' && len(t) > i+20 { // rare, and not worth speed
		x, err := strconv.ParseFloat(string(t), 64)
		return int64(x * second), err == nil && x > 0 && x < 9e9
	}
	nanos, rest := fraction(t[i:])
	if len(rest) > 0 && (rest[0] == 'e' || rest[0] == 'E') {
		x, err := strconv.ParseFloat(string(t), 64)
		return int64(x * second), err == nil && x > 0 && x < 9e9
	}
	return n*unit + nanos/(second/unit), len(rest) == 0
}

// fraction reads .123 or ,123 (ns); what is beyond nanoseconds is cut.
func fraction(t []byte) (int64, []byte) {
	if len(t) < 2 || t[0] != '.' && t[0] != ',' || t[1] < '0' || t[1] > '9' {
		return 0, t
	}
	nanos, unit, i := int64(0), int64(second/10), 1
	for ; i < len(t) && t[i] >= '0' && t[i] <= '9'; i++ {
		nanos += int64(t[i]-'0') * unit
		unit /= 10
	}
	return nanos, t[i:]
}

// zoneOf reads Z, +0200, +02:00 or nothing, which is taken for UTC.
func zoneOf(t []byte) (int, bool) {
	switch {
	case len(t) == 0, len(t) == 1 && (t[0] == 'Z' || t[0] == 'z'), string(t) == "UTC", string(t) == " UTC":
		return 0, true
	case t[0] != '+' && t[0] != '-':
		return 0, false
	}
	minutes := t[3:min(3, len(t))]
	switch {
	case len(t) == 5:
		minutes = t[3:5]
	case len(t) == 6 && t[3] == ':':
		minutes = t[4:6]
	case len(t) == 3:
	default:
		return 0, false
	}
	h, ok := digits(t[1:3])
	m, ok2 := digits(minutes)
	if !ok || !ok2 || h > 15 || m > 59 {
		return 0, false
	}
	zone := int(h*3600 + m*60)
	if t[0] == '-' {
		zone = -zone
	}
	return zone, true
}

// clockOf reads 13:55:36 (s); a leap second counts as the one before it.
func clockOf(t []byte) (int64, bool) {
	h, ok1 := digits(t[0:2])
	m, ok2 := digits(t[3:5])
	s, ok3 := digits(t[6:8])
	return h*3600 + m*60 + min(s, 59), ok1 && ok2 && ok3 && h < 24 && m < 60 && s < 61
}

func digits(t []byte) (int64, bool) {
	n := int64(0)
	for _, c := range t {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, true
}

func monthOf(a, b, c byte) int64 {
	const names = "JanFebMarAprMayJunJulAugSepOctNovDec"
	for i := 0; i < len(names); i += 3 {
		if names[i] == a && names[i+1] == b && names[i+2] == c {
			return int64(i/3 + 1)
		}
	}
	return 0
}

// daysTo is the days from 1970 to a day of the Gregorian calendar: years begin
// in March, so that leap days come last.
func daysTo(year, month, day int64) int64 {
	if month <= 2 {
		year--
		month += 12
	}
	return 365*year + year/4 - year/100 + year/400 + (153*(month-3)+2)/5 + day - 719469
}

// whole reads a number of at most 18 digits.
func whole(t []byte) (int64, bool) {
	if len(t) == 0 || len(t) > 18 {
		return 0, false
	}
	return digits(t)
}

// decimal reads a number as logs write them: digits with a point, and a minus.
func decimal(t []byte) (float64, bool) {
	sign := 1.0
	if len(t) > 0 && t[0] == '-' {
		sign, t = -1, t[1:]
	}
	n, scale, point := int64(0), 1.0, false
	if len(t) == 0 || len(t) > 18 {
		return slowDecimal(t, sign)
	}
	for i, c := range t {
		switch {
		case c >= '0' && c <= '9':
			n = n*10 + int64(c-'0')
			if point {
				scale *= 10
			}
		case c == '.' && !point && len(t) > 1 && i < len(t):
			point = true
		default:
			return slowDecimal(t, sign)
		}
	}
	return sign * float64(n) / scale, true
}

func slowDecimal(t []byte, sign float64) (float64, bool) {
	if len(t) == 0 || len(t) > 64 {
		return 0, false
	}
	x, err := strconv.ParseFloat(string(t), 64)
	return sign * x, err == nil && x >= 0 && x < 1e300
}
