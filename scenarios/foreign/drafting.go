package foreign

import (
	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

// Draft is a scenario that a program makes of what it has learned elsewhere: a
// model whose names are made such that the language takes them, with remarks
// and with notes of what it cannot say.
type Draft struct{ d *draft }

// NewDraft begins a scenario; the file is for messages and, without its
// extension, the name.
func NewDraft(file string) *Draft {
	d := &draft{report: &report{file: file}, names: map[string]bool{}, remarks: map[string][]string{}}
	d.m.Network.Latency = dist.Const(0)
	return &Draft{d}
}

// Model is the model so far. Steps need no paths.
func (d *Draft) Model() *scenarios.Model { return &d.d.m }

// Service adds a service with the defaults of the language, and a name like this.
func (d *Draft) Service(name string) scenarios.ServiceID { return d.d.service(name) }

// Operation adds an operation without steps to a service.
func (d *Draft) Operation(s scenarios.ServiceID, name string) scenarios.OpID {
	return d.d.operation(s, name)
}

// Topic adds a topic, and gives it a name that is free.
func (d *Draft) Topic(t scenarios.Topic) scenarios.TopicID {
	t.Name = d.d.free("", t.Name)
	d.d.m.Topics = append(d.d.m.Topics, t)
	return scenarios.TopicID(len(d.d.m.Topics) - 1)
}

// Workload adds a workload under a name like this, and returns the name.
func (d *Draft) Workload(name string, w scenarios.Workload) string {
	d.d.workload(name, w)
	return d.d.m.Workloads[len(d.d.m.Workloads)-1].Name
}

// Remark adds a comment before a service, an operation, a topic, a workload or
// "network", and for "" to the head of the file.
func (d *Draft) Remark(of, text string) {
	if of == "" {
		d.d.remark(text)
		return
	}
	d.d.remarks[of] = append(d.d.remarks[of], text)
}

// Note names something that could not be known or said.
func (d *Draft) Note(where, what, effect string) { d.d.note(0, where, what, effect) }

// Finish writes the scenario and checks it. An error is [Mistakes].
func (d *Draft) Finish() (*Imported, error) {
	return d.d.finish(func(text []byte) []byte { return text })
}
