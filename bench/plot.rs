//! Curves on logarithmic axes, as SVG.

use crate::report::thousands;
use std::fmt::Write;

pub struct Panel {
    pub title: &'static str,
    pub lines: Vec<Line>,
}

pub struct Line {
    /// Lines of one name have one color.
    pub name: &'static str,
    pub is_dashed: bool,
    /// All are greater than zero.
    pub points: Vec<(f64, f64)>,
}

const COLORS: [&str; 6] = [
    "#1b6ca8", "#2a9d5c", "#d9822b", "#b8336a", "#6b4fa0", "#555555",
];
const WIDTH: f64 = 260.0;
const HEIGHT: f64 = 340.0;
const LEFT: f64 = 70.0;
const TOP: f64 = 50.0;
const GAP: f64 = 70.0;
const BELOW: f64 = 110.0;

/// Panels side by side, with the same axes.
pub struct Plot {
    pub title: String,
    pub of_x: &'static str,
    pub of_y: &'static str,
    pub solid: &'static str,
    pub dashed: &'static str,
    pub panels: Vec<Panel>,
}

/// From which power of ten to which.
struct Axis {
    from: i32,
    to: i32,
}

impl Axis {
    fn of(values: impl Iterator<Item = f64> + Clone) -> Axis {
        let from = values.clone().fold(f64::INFINITY, f64::min).log10();
        let to = values.fold(f64::NEG_INFINITY, f64::max).log10();
        // What measures exactly a power of ten may be a hair beside it.
        let (from, to) = ((from + 1e-9).floor() as i32, (to - 1e-9).ceil() as i32);
        Axis {
            from,
            to: to.max(from + 1),
        }
    }

    /// Between 0 and 1.
    fn place(&self, value: f64) -> f64 {
        (value.log10() - f64::from(self.from)) / f64::from(self.to - self.from)
    }

    fn ticks(&self) -> impl Iterator<Item = f64> {
        (self.from..=self.to).map(|power| 10f64.powi(power))
    }
}

impl Plot {
    pub fn svg(&self) -> Result<String, std::fmt::Error> {
        let points = self.panels.iter().flat_map(|panel| &panel.lines);
        let points = points.flat_map(|line| &line.points);
        let x = Axis::of(points.clone().map(|point| point.0));
        let y = Axis::of(points.map(|point| point.1));
        let width = LEFT + self.panels.len() as f64 * (WIDTH + GAP);
        let height = TOP + HEIGHT + BELOW;
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
            font-family=\"sans-serif\" font-size=\"12\" fill=\"#222222\">\n\
            <rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n\
            <text x=\"{LEFT}\" y=\"20\" font-size=\"14\">{}</text>\n\
            <text transform=\"translate(16 {}) rotate(-90)\" text-anchor=\"middle\">{}</text>\n",
            self.title,
            TOP + HEIGHT / 2.0,
            self.of_y
        );
        let mut names: Vec<&str> = Vec::new();
        for (n, panel) in self.panels.iter().enumerate() {
            let left = LEFT + n as f64 * (WIDTH + GAP);
            frame(&mut svg, panel.title, left, n == 0, (&x, &y))?;
            writeln!(
                svg,
                "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
                left + WIDTH / 2.0,
                TOP + HEIGHT + 38.0,
                self.of_x
            )?;
            for line in &panel.lines {
                if !names.contains(&line.name) {
                    names.push(line.name);
                }
                let color = names.iter().position(|name| *name == line.name);
                let color = COLORS[color.unwrap_or_default() % COLORS.len()];
                curve(&mut svg, line, color, left, (&x, &y))?;
            }
        }
        self.legend(&mut svg, &names)?;
        svg.push_str("</svg>\n");
        Ok(svg)
    }

    fn legend(&self, svg: &mut String, names: &[&str]) -> std::fmt::Result {
        let styles = [(self.solid, ""), (self.dashed, " stroke-dasharray=\"5 4\"")];
        let entries = names
            .iter()
            .enumerate()
            .map(|(n, name)| (*name, COLORS[n % COLORS.len()], "", 0.0))
            .chain(styles.map(|(name, style)| (name, "#222222", style, 24.0)));
        let mut left = [LEFT; 2];
        for (name, color, style, down) in entries {
            let left = &mut left[usize::from(down > 0.0)];
            let y = TOP + HEIGHT + 66.0 + down;
            writeln!(
                svg,
                "<line x1=\"{left}\" x2=\"{}\" y1=\"{y}\" y2=\"{y}\" stroke=\"{color}\" stroke-width=\"2\"{style}/>\
                <text x=\"{}\" y=\"{}\">{name}</text>",
                *left + 26.0,
                *left + 32.0,
                y + 4.0
            )?;
            *left += 150.0;
        }
        Ok(())
    }
}

fn frame(
    svg: &mut String,
    title: &str,
    left: f64,
    is_first: bool,
    (x, y): (&Axis, &Axis),
) -> std::fmt::Result {
    let (right, bottom) = (left + WIDTH, TOP + HEIGHT);
    writeln!(
        svg,
        "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\" font-weight=\"bold\">{title}</text>",
        left + WIDTH / 2.0,
        TOP - 8.0
    )?;
    for tick in x.ticks() {
        let place = left + x.place(tick) * WIDTH;
        writeln!(
            svg,
            "<line x1=\"{place:.1}\" x2=\"{place:.1}\" y1=\"{TOP}\" y2=\"{bottom}\" stroke=\"#dddddd\"/>\
            <text x=\"{place:.1}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
            bottom + 18.0,
            thousands(tick as u64)
        )?;
    }
    for tick in y.ticks() {
        let place = bottom - y.place(tick) * HEIGHT;
        writeln!(
            svg,
            "<line x1=\"{left}\" x2=\"{right}\" y1=\"{place:.1}\" y2=\"{place:.1}\" stroke=\"#dddddd\"/>"
        )?;
        if is_first {
            writeln!(
                svg,
                "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{tick}</text>",
                left - 6.0,
                place + 4.0
            )?;
        }
    }
    writeln!(
        svg,
        "<rect x=\"{left}\" y=\"{TOP}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"none\" stroke=\"#888888\"/>"
    )
}

fn curve(
    svg: &mut String,
    line: &Line,
    color: &str,
    left: f64,
    (x, y): (&Axis, &Axis),
) -> std::fmt::Result {
    let mut places = String::new();
    for (across, up) in &line.points {
        let across = left + x.place(*across) * WIDTH;
        let up = TOP + HEIGHT - y.place(*up) * HEIGHT;
        write!(places, "{across:.1},{up:.1} ")?;
        if !line.is_dashed {
            writeln!(
                svg,
                "<circle cx=\"{across:.1}\" cy=\"{up:.1}\" r=\"3\" fill=\"{color}\"/>"
            )?;
        }
    }
    let style = if line.is_dashed {
        " stroke-dasharray=\"5 4\""
    } else {
        ""
    };
    writeln!(
        svg,
        "<polyline points=\"{}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"2\"{style}/>",
        places.trim_end()
    )
}
