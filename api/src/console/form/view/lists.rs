//! What there are several of: rows, the members of which one is chosen, the windows of a week.

use serde_json::Value;

use super::super::read::{CHOSEN, chosen, name as input_name};
use super::super::value::{items, scalar};
use super::super::{Control, Field, Variant, WEEKDAYS, problems};
use super::build::Place;
use super::refusals::is_below;
use super::{ControlView, DayView, RowView, RowsView, VariantView, WindowView, id_of};

impl Place<'_> {
    pub(super) fn rows(
        &mut self,
        control: &Control,
        name: &str,
        value: Option<&Value>,
    ) -> RowsView {
        let Control::Repeated {
            fields,
            add,
            row,
            none,
            rows_max,
            ordered,
        } = control
        else {
            return RowsView::none();
        };
        let items = items(value);
        let views = items
            .iter()
            .enumerate()
            .map(|(key, item)| self.row(fields, (name, row), (key, items.len()), item))
            .collect();
        RowsView {
            rows: views,
            add: self.say(add),
            none: self.say(none),
            ordered: *ordered,
            plain: fields.iter().all(|field| field.path.is_empty()),
            full: items.len() >= *rows_max,
        }
    }

    fn row(
        &mut self,
        fields: &[Field],
        (list, title): (&str, &'static str),
        (key, count): (usize, usize),
        item: &Value,
    ) -> RowView {
        let name = format!("{list}[{key}]");
        let title = format!("{} {}", self.say(title), key + 1);
        self.rows.push(title.clone());
        let mut fields = self.fields(fields, &name, item);
        self.rows.pop();
        if self.sight.fresh == Some(name.as_str())
            && let Some(first) = fields.iter_mut().find(|field| !field.hidden)
        {
            first.focus = true;
        }
        RowView {
            id: id_of(&name),
            title,
            error: self.row_error(&name, &fields),
            first: key == 0,
            last: key + 1 == count,
            key,
            fields,
            name,
        }
    }

    pub(super) fn one_of(
        &mut self,
        variants: &[Variant],
        name: &str,
        prefix: &str,
        scope: &Value,
    ) -> ControlView {
        let kept = chosen(variants, scope).map(|variant| variant.key);
        let name = input_name(name, CHOSEN);
        let mut views = Vec::new();
        for variant in variants {
            views.push(VariantView {
                key: variant.key,
                label: self.say(variant.label),
                chosen: kept == Some(variant.key),
                fields: self.fields(&variant.fields, prefix, scope),
            });
        }
        ControlView::OneOf {
            id: id_of(&name),
            name,
            variants: views,
        }
    }

    pub(super) fn week(&self, name: &str, value: Option<&Value>) -> Vec<DayView> {
        let windows: Vec<(usize, &Value)> = items(value).iter().enumerate().collect();
        let day = |(day, label): (&'static str, &'static str)| {
            let list = format!("{name}.{day}");
            let mut mine: Vec<WindowView> = windows
                .iter()
                .filter(|(_, window)| window.get("day").and_then(Value::as_str) == Some(day))
                .enumerate()
                .map(|(key, (place, window))| self.window(&list, key, (name, *place), window))
                .collect();
            if mine.is_empty() {
                mine.push(self.window(&list, 0, (name, usize::MAX), &Value::Null));
            }
            DayView {
                id: id_of(&list),
                name: list,
                label: self.say(label),
                windows: mine,
            }
        };
        WEEKDAYS.into_iter().map(day).collect()
    }

    fn window(
        &self,
        list: &str,
        key: usize,
        (whole, place): (&str, usize),
        window: &Value,
    ) -> WindowView {
        let name = format!("{list}[{key}]");
        let refused = format!("{whole}[{place}]");
        let mut errors = self.sight.errors.iter();
        let error = errors.find(|error| error.field == refused || is_below(&error.field, &refused));
        WindowView {
            id: id_of(&name),
            key,
            from: scalar(window.get("from")),
            to: scalar(window.get("to")),
            error: error.map(|error| problems::sentence(error, self.sight.catalogue)),
            focus: self.sight.fresh == Some(name.as_str()),
            name,
        }
    }
}

impl RowsView {
    fn none() -> Self {
        Self {
            rows: Vec::new(),
            add: String::new(),
            none: String::new(),
            ordered: false,
            plain: true,
            full: true,
        }
    }
}
