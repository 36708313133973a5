package foreign

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/holes"
)

// readOpenAPI makes a mix of the operations that a description has. Those that
// change data are made ready, and left for the reader to put into the mix.
func readOpenAPI(d *draft, src []byte) *asks {
	doc := loadOpenAPI(d.report, src)
	if doc == nil {
		return nil
	}
	o := &openAPI{asks: newAsks(d, ""), doc: doc}
	d.about = nil // no secrets in a description
	if doc.Info != nil {
		d.m.Name = doc.Info.Title
	}
	root := o.server()
	if doc.Paths == nil || doc.Paths.Len() == 0 {
		d.fail(0, "no paths")
		return nil
	}
	for _, path := range slices.Sorted(maps.Keys(doc.Paths.Map())) {
		item := doc.Paths.Value(path)
		if item == nil {
			continue
		}
		for _, method := range []string{"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE"} {
			if op := item.Operations()[method]; op != nil {
				o.operation(root, method, path, item, op)
			}
		}
	}
	o.serviceTimes()
	safe := o.mix(func(r ask) bool { return r.method == "GET" || r.method == "HEAD" })
	if rest := len(o.ops) - len(safe); rest > 0 && len(safe) > 0 {
		o.note(0, "", several(rest, "operation")+" that may change data", "described under live.operations and not asked for: put what may be asked into workloads.visitors.does")
	}
	if len(safe) == 0 && len(o.ops) > 0 {
		o.note(0, "", "every operation changes data", "all are asked for: see that the system may be changed")
		safe = o.mix(func(ask) bool { return true })
	}
	o.gently(safe)
	return o.asks
}

// loadOpenAPI reads a description and nothing that it refers to elsewhere.
func loadOpenAPI(r *report, src []byte) (doc *openapi3.T) {
	if len(src) > MaxSize {
		r.fail(0, "the file has more than %d MiB", MaxSize>>20)
		return nil
	}
	defer func() { // the reader of another project, and files of anybody's
		if recover() != nil {
			doc = nil
			r.fail(0, "not an OpenAPI description that can be read")
		}
	}()
	loader := &openapi3.Loader{Context: context.Background(), IncludeOrigin: true}
	doc, err := loader.LoadFromData(src)
	switch {
	case err != nil:
		r.fail(lineOfError(err), "not an OpenAPI description: %s", shortError(err))
		return nil
	case doc.OpenAPI == "":
		r.fail(0, "not an OpenAPI description of version 3: no openapi: (Swagger 2.0 must be converted first)")
		return nil
	case !strings.HasPrefix(doc.OpenAPI, "3."):
		r.fail(0, "OpenAPI %s; want 3.0 or 3.1", shorten(doc.OpenAPI))
		return nil
	}
	return doc
}

var lineInError = regexp.MustCompile(`line (\d+)`)

func lineOfError(err error) int {
	m := lineInError.FindStringSubmatch(err.Error())
	if m == nil {
		return 0
	}
	n, _ := strconv.Atoi(m[1]) // digits; too many are no line
	return n
}

// shortError is the first line of an error.
func shortError(err error) string {
	text, _, _ := strings.Cut(err.Error(), "\n")
	if r := []rune(text); len(r) > 200 {
		return string(r[:200]) + "…"
	}
	return text
}

// openAPI is a description on its way.
type openAPI struct {
	*asks
	doc *openapi3.T
}

// server sets the base from the first server, and returns the path below it.
func (o *openAPI) server() (root string) {
	const local = "http://localhost:8080"
	o.base = local
	if len(o.doc.Servers) == 0 {
		o.note(0, "", "where the system is, is not in the file", "live.base is "+local)
		return ""
	}
	s := o.doc.Servers[0]
	address := s.URL
	for _, name := range slices.Sorted(maps.Keys(s.Variables)) {
		address = strings.ReplaceAll(address, "{"+name+"}", s.Variables[name].Default)
	}
	origin, path, ok := splitURL(address)
	switch {
	case ok:
		o.base = origin
	case strings.HasPrefix(address, "/"):
		path = address
		o.note(0, "servers", "a server without a host", "live.base is "+local)
	default:
		path = ""
		o.note(0, "servers", fmt.Sprintf("server %q", shorten(address)), "live.base is "+local)
	}
	if len(o.doc.Servers) > 1 {
		o.note(0, "servers", "more than one server", "the first is taken")
	}
	return strings.ReplaceAll(strings.TrimSuffix(path, "/"), "$", "%24")
}

func lineOf(origin *openapi3.Origin) int {
	if origin == nil || origin.Key == nil {
		return 0
	}
	return origin.Key.Line
}

// operation adds one operation.
func (o *openAPI) operation(root, method, path string, item *openapi3.PathItem, op *openapi3.Operation) {
	r := ask{line: lineOf(op.Origin), method: method, name: op.OperationID}
	where := method + " " + shorten(path)
	if op.Deprecated {
		o.note(r.line, where, "deprecated", "left out")
		return
	}
	filled := strings.ReplaceAll(path, "$", "%24") // no hole of ours
	var query []string
	for _, p := range parametersOf(item, op) {
		switch {
		case p.In == openapi3.ParameterInPath:
			filled = strings.ReplaceAll(filled, "{"+p.Name+"}", o.parameter(r.line, where, p, url.PathEscape))
		case !p.Required:
		case p.In == openapi3.ParameterInQuery:
			query = append(query, encoded(p.Name)+"="+o.parameter(r.line, where, p, url.QueryEscape))
		case p.In == openapi3.ParameterInHeader:
			if value := o.parameter(r.line, where, p, asItIs); validHeader(p.Name, value) {
				r.headers = append(r.headers, scenarios.Pair{Name: p.Name, Value: value})
			}
		case p.In == openapi3.ParameterInCookie:
			r.headers = append(r.headers, scenarios.Pair{Name: "Cookie", Value: encoded(p.Name) + "=" + o.parameter(r.line, where, p, url.QueryEscape)})
		}
	}
	if left := regexp.MustCompile(`(^|[^$])\{([^}]*)\}`).FindStringSubmatch(filled); left != nil {
		o.note(r.line, where, fmt.Sprintf("path parameter %q, which is not described", shorten(left[2])), "left out")
		return
	}
	r.path = root + filled
	if len(query) > 0 {
		r.path += "?" + strings.Join(query, "&")
	}
	if op.RequestBody != nil && op.RequestBody.Value != nil {
		o.body(&r, where, op.RequestBody.Value)
	}
	r.status = statusOf(op)
	o.security(&r, where, op)
	o.add(r)
}

func asItIs(text string) string { return text }

// parametersOf are those of an operation, and of its path where it has none of
// the same name and place.
func parametersOf(item *openapi3.PathItem, op *openapi3.Operation) []*openapi3.Parameter {
	var out []*openapi3.Parameter
	seen := map[[2]string]bool{}
	for _, ref := range slices.Concat(op.Parameters, item.Parameters) {
		if ref == nil || ref.Value == nil || seen[[2]string{ref.Value.In, ref.Value.Name}] {
			continue
		}
		seen[[2]string{ref.Value.In, ref.Value.Name}] = true
		out = append(out, ref.Value)
	}
	return out
}

// parameter is a value for a parameter, with holes: its example, or one made up.
func (o *openAPI) parameter(line int, where string, p *openapi3.Parameter, escape func(string) string) string {
	value, given := p.Example, p.Example != nil
	if !given {
		value, given = firstExample(p.Examples)
	}
	if !given && p.Schema != nil {
		value, given = sample(p.Schema.Value, 0)
	}
	if !given {
		o.note(line, where, fmt.Sprintf("parameter %s has no example", shorten(p.Name)), "a value is made up: give one, or a hole for data")
	}
	return textOf(value, escape)
}

// textOf is a value as a text with holes.
func textOf(value any, escape func(string) string) string {
	switch v := value.(type) {
	case hole:
		return string(v)
	case []any:
		var parts []string
		for _, one := range v {
			parts = append(parts, textOf(one, escape))
		}
		return strings.Join(parts, ",")
	case nil:
		return "1"
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return holes.Quote(escape(fmt.Sprint(value)))
}

func firstExample(all openapi3.Examples) (any, bool) {
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if e := all[name]; e != nil && e.Value != nil && e.Value.Value != nil {
			return e.Value.Value, true
		}
	}
	return nil, false
}

// body adds a body: JSON where there is a choice, or a form.
func (o *openAPI) body(r *ask, where string, b *openapi3.RequestBody) {
	kinds := slices.Sorted(maps.Keys(b.Content))
	pick := func(fits func(string) bool) string {
		if i := slices.IndexFunc(kinds, fits); i >= 0 {
			return kinds[i]
		}
		return ""
	}
	kind := pick(func(k string) bool { return strings.Contains(k, "json") })
	if kind == "" {
		kind = pick(func(k string) bool { return strings.Contains(k, "form-urlencoded") })
	}
	if kind == "" {
		if len(kinds) > 0 {
			o.note(r.line, where, "a body of type "+shorten(strings.Join(kinds, ", ")), "sent without it; write body: {file: …}")
		}
		return
	}
	media := b.Content[kind]
	value, given := media.Example, media.Example != nil
	if !given {
		value, given = firstExample(media.Examples)
	}
	if !given && media.Schema != nil {
		if value, given = sample(media.Schema.Value, 0); !given {
			o.note(r.line, where, "a body without an example", "values are made up by its schema")
		}
	}
	if validHeader("Content-Type", kind) {
		r.headers = append(r.headers, scenarios.Pair{Name: "Content-Type", Value: holes.Quote(kind)})
	}
	if strings.Contains(kind, "json") {
		r.body = jsonOf(value)
		return
	}
	if fields, ok := value.(map[string]any); ok {
		var parts []string
		for _, name := range slices.Sorted(maps.Keys(fields)) {
			parts = append(parts, encoded(name)+"="+textOf(fields[name], url.QueryEscape))
		}
		r.body = strings.Join(parts, "&")
	}
}

// statusOf is the status of a good answer, where it is told and one.
func statusOf(op *openapi3.Operation) int {
	found := 0
	for code := range op.Responses.Map() {
		n, err := strconv.Atoi(code)
		if err != nil || n < 200 || n > 399 {
			continue
		}
		if n <= 299 && found != 0 && found <= 299 {
			return 0 // several: any 2xx
		}
		if found == 0 || n <= 299 {
			found = n
		}
	}
	return found
}

// security says how a request says who asks, by the first way that is known.
func (o *openAPI) security(r *ask, where string, op *openapi3.Operation) {
	wants := o.doc.Security
	if op.Security != nil {
		wants = *op.Security
	}
	if len(wants) == 0 || o.doc.Components == nil {
		return
	}
	var unknown []string
	for _, want := range wants {
		if len(want) == 0 {
			return // nobody need say
		}
		all := true
		before := *r
		for _, name := range slices.Sorted(maps.Keys(want)) {
			ref := o.doc.Components.SecuritySchemes[name]
			if ref == nil || ref.Value == nil || !o.scheme(r, name, ref.Value, want[name]) {
				all = false
				unknown = append(unknown, name)
			}
		}
		if all {
			return
		}
		*r = before
	}
	o.note(r.line, where, "security scheme "+shorten(strings.Join(unknown, ", ")), "sent without it")
}

// scheme adds one scheme; false where it is not one that is known.
func (o *openAPI) scheme(r *ask, name string, s *openapi3.SecurityScheme, scopes []string) bool {
	variable := func(suffix string) string {
		v := strings.Trim(notAName.ReplaceAllString(strings.ToUpper(name), "_"), "_") + suffix
		if v[0] >= '0' && v[0] <= '9' || v[0] == '_' {
			v = "API" + v
		}
		if !o.variables[v] {
			o.variables[v] = true
			o.note(0, "components.securitySchemes."+shorten(name), "the secret itself", fmt.Sprintf("${env:%s} stands there: set it where the load is started", v))
		}
		return "${env:" + v + "}"
	}
	switch {
	case s.Type == "http" && strings.EqualFold(s.Scheme, "basic"):
		r.auth = fmt.Sprintf("{basic: {user: %q, password: %q}}", variable("_USER"), variable("_PASSWORD"))
	case s.Type == "http" && strings.EqualFold(s.Scheme, "bearer"):
		r.auth = fmt.Sprintf("{bearer: %q}", variable("_TOKEN"))
	case s.Type == "apiKey" && s.In == "header" && validHeader(s.Name, ""):
		r.headers = append(slices.Clone(r.headers), scenarios.Pair{Name: s.Name, Value: variable("")})
	case s.Type == "apiKey" && s.In == "query":
		separator := "?"
		if strings.Contains(r.path, "?") {
			separator = "&"
		}
		r.path += separator + encoded(s.Name) + "=" + variable("")
	case s.Type == "oauth2" && s.Flows != nil && s.Flows.ClientCredentials != nil:
		at := s.Flows.ClientCredentials.TokenURL
		if strings.HasPrefix(at, "/") {
			at = o.base + at
		}
		if _, _, ok := splitURL(at); !ok {
			return false
		}
		scope := ""
		if len(scopes) > 0 {
			scope = ", scope: " + doubleQuoted(strings.Join(scopes, " "))
		}
		r.auth = fmt.Sprintf("{oauth2: {token-url: %s, client-id: %q, client-secret: %q%s}}", doubleQuoted(at), variable("_ID"), variable("_SECRET"), scope)
	default:
		return false
	}
	return true
}

// hole is a value that is filled in anew each time.
type hole string

// maxSampleDepth bounds schemas that hold themselves.
const maxSampleDepth = 6

// sample is a value that fits a schema, and whether the schema gives one: an
// example, a default, a constant or a choice, rather than only a type.
func sample(s *openapi3.Schema, depth int) (value any, given bool) {
	if s == nil || depth > maxSampleDepth {
		return nil, false
	}
	switch {
	case s.Example != nil:
		return s.Example, true
	case len(s.Examples) > 0:
		return s.Examples[0], true
	case s.Const != nil:
		return s.Const, true
	case s.Default != nil:
		return s.Default, true
	case len(s.Enum) > 0:
		return s.Enum[0], true
	}
	for _, choice := range []openapi3.SchemaRefs{s.OneOf, s.AnyOf} {
		if len(choice) > 0 && choice[0] != nil {
			return sample(choice[0].Value, depth+1)
		}
	}
	switch {
	case s.Type.Includes("object") || len(s.Properties) > 0 || len(s.AllOf) > 0:
		return sampleObject(s, depth)
	case s.Type.Includes("array"):
		if s.Items == nil {
			return []any{}, true
		}
		one, given := sample(s.Items.Value, depth+1)
		return []any{one}, given
	case s.Type.Includes("integer"), s.Type.Includes("number"):
		value := 1.0
		if s.Min != nil && *s.Min > value {
			value = *s.Min
		}
		if s.Max != nil && *s.Max < value {
			value = *s.Max
		}
		return value, false
	case s.Type.Includes("boolean"):
		return true, false
	}
	return sampleText(s)
}

// sampleObject has the properties that must be there, and those with examples.
func sampleObject(s *openapi3.Schema, depth int) (any, bool) {
	out, given := map[string]any{}, true
	for _, part := range s.AllOf {
		if part == nil {
			continue
		}
		value, ok := sample(part.Value, depth+1)
		if fields, isObject := value.(map[string]any); isObject {
			maps.Copy(out, fields)
		}
		given = given && ok
	}
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		p := s.Properties[name]
		if p == nil || p.Value == nil || p.Value.ReadOnly {
			continue
		}
		value, ok := sample(p.Value, depth+1)
		required := slices.Contains(s.Required, name)
		if required || ok {
			out[name] = value
		}
		given = given && (ok || !required)
	}
	return out, given
}

func sampleText(s *openapi3.Schema) (any, bool) {
	switch s.Format {
	case "uuid":
		return hole("${uuid}"), true
	case "date-time":
		return hole("${now}"), true
	case "date":
		return "2026-01-01", false
	case "email":
		return "someone@example.com", false
	case "uri", "url":
		return "http://example.com/", false
	}
	text := "text"
	for uint64(len(text)) < min(s.MinLength, 1000) {
		text += "text"
	}
	if s.MaxLength != nil && *s.MaxLength < uint64(len(text)) {
		text = text[:*s.MaxLength]
	}
	return text, false
}

// jsonOf is a value as JSON with holes.
func jsonOf(value any) string {
	switch v := value.(type) {
	case hole:
		return `"` + string(v) + `"`
	case map[string]any:
		var parts []string
		for _, name := range slices.Sorted(maps.Keys(v)) {
			parts = append(parts, jsonText(name)+": "+jsonOf(v[name]))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case []any:
		var parts []string
		for _, one := range v {
			parts = append(parts, jsonOf(one))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	return jsonText(value)
}
