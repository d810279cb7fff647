// Renders messages as Grafana does: texts of rules and messages are templates of Go. Reads JSON, writes JSON.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"text/template"
)

// Value is the number of a row; `{{ .Values.A }}` prints it.
type Value struct{ Value float64 }

func (v Value) String() string { return strconv.FormatFloat(v.Value, 'g', -1, 64) }

// Alert is one row of a rule, and what was made of its texts.
type Alert struct {
	Labels, Annotations map[string]string
	Values              map[string]Value
	Over                bool
}

// Alerts are those of one message.
type Alerts []Alert

// Firing are those that hold.
func (all Alerts) Firing() (some []Alert) { return chosen(all, false) }

// Resolved are those that do not hold any longer.
func (all Alerts) Resolved() (some []Alert) { return chosen(all, true) }

func chosen(all Alerts, over bool) (some []Alert) {
	for _, alert := range all {
		if alert.Over == over {
			some = append(some, alert)
		}
	}
	return some
}

// Message is what the templates of messages are given.
type Message struct {
	CommonLabels map[string]string
	Alerts       Alerts
	ExternalURL  string
}

func filled(parsed *template.Template, with any) string {
	var text strings.Builder
	if err := parsed.Execute(&text, with); err != nil {
		panic(err)
	}
	return text.String()
}

func main() {
	var in struct {
		Templates   map[string]string
		Annotations map[string]string
		Message     Message
	}
	if err := json.NewDecoder(os.Stdin).Decode(&in); err != nil {
		panic(err)
	}
	functions := template.FuncMap{
		"externalURL":        func() string { return "http://grafana/" },
		"humanizePercentage": func(share float64) string { return fmt.Sprintf("%.4g%%", share*100) },
	}
	for index, alert := range in.Message.Alerts {
		if alert.Annotations == nil {
			in.Message.Alerts[index].Annotations = map[string]string{}
		}
		for name, text := range in.Annotations {
			parsed := template.Must(template.New(name).Funcs(functions).Option("missingkey=error").Parse(text))
			in.Message.Alerts[index].Annotations[name] = filled(parsed, alert)
		}
	}
	all := template.New("all").Option("missingkey=zero")
	for _, text := range in.Templates {
		template.Must(all.Parse(text))
	}
	out := map[string]string{}
	for name := range in.Templates {
		out[name] = filled(all.Lookup(name), in.Message)
	}
	json.NewEncoder(os.Stdout).Encode(out)
}
