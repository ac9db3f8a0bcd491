// The courses of some runs as one picture: loss, top-1, learning rate and batch, one above the other.
using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Legends;
using OxyPlot.Series;
using XClassFlow.Data;
using XClassFlow.Stages.Reporting;

namespace XClassFlow.Cli.Pictures;

/// <summary>Draws what reports hold; see docs/report.md, convergence.curve.</summary>
internal static class CurvePicture
{
    private const int Width = 860;
    private const int PanelHeight = 240;
    private const double Gap = 0.03;

    private static readonly OxyColor[] Colours =
        [OxyColors.SteelBlue, OxyColors.DarkOrange, OxyColors.SeaGreen, OxyColors.Crimson, OxyColors.MediumPurple, OxyColors.SaddleBrown, OxyColors.DeepPink, OxyColors.DimGray];

    /// <summary>Writes an SVG.</summary>
    /// <param name="reports">Reports of training runs, with the names that the legend gives them.</param>
    /// <param name="overSamples">Against samples; otherwise against updates.</param>
    /// <param name="file">Where to.</param>
    /// <exception cref="UserErrorException">A report has no curve.</exception>
    public static void Write(IReadOnlyList<(string Name, RunReport Report)> reports, bool overSamples, string file) => Picture.Write(Draw(reports, overSamples), file, Width, 4 * PanelHeight);

    /// <summary>The picture itself.</summary>
    public static PlotModel Draw(IReadOnlyList<(string Name, RunReport Report)> reports, bool overSamples)
    {
        var model = Picture.Create("", LegendPosition.RightTop);
        model.With(new LinearAxis { MinimumPadding = 0 }, AxisPosition.Bottom, overSamples ? "samples" : "updates");
        string[] panels = ["batch", "backbone's learning rate", "top-1, %", "loss"];
        for (var i = 0; i < panels.Length; i++)
        {
            var axis = model.With(new LinearAxis { Key = panels[i] }, AxisPosition.Left, panels[i]);
            (axis.StartPosition, axis.EndPosition) = (i / 4.0, ((i + 1) / 4.0) - Gap);
        }

        foreach (var ((name, report), i) in reports.Select((r, i) => (r, i)))
        {
            var curve = report.Convergence?.Curve ?? throw new UserErrorException("holds no curve", name, "name the report of a training run of this version");
            var x = (overSamples ? curve.Samples : curve.Step).Select(v => (double)v).ToArray();
            var colour = Colours[i % Colours.Length];
            void Add(string panel, IEnumerable<DataPoint> points, MarkerType marker = MarkerType.None)
            {
                var line = new LineSeries { YAxisKey = panel, Color = colour, StrokeThickness = 1.2, MarkerType = marker, MarkerSize = 2.5, Title = panel == panels[^1] ? name : null };
                line.Points.AddRange(points);
                model.Series.Add(line);
            }

            IEnumerable<DataPoint> Points(IEnumerable<double> y) => x.Zip(y, (a, b) => new DataPoint(a, b));
            Add("loss", Points(curve.Loss));
            if (report.Evaluations.Count > 0)
            {
                Add("top-1, %", report.Evaluations.Select(e => new DataPoint(overSamples ? SamplesAt(curve, e.Step) : e.Step, 100 * e.Top1)), MarkerType.Circle);
            }
            else
            {
                Add("top-1, %", Points(curve.Top1.Select(t => 100 * t)));
            }

            Add("backbone's learning rate", Points(curve.BackboneRate));
            Add("batch", Points(curve.Batch.Select(b => (double)b)));
        }

        return model;
    }

    // Between two points of the curve, in proportion.
    private static double SamplesAt(CurveReport curve, long step)
    {
        var next = 0;
        while (next < curve.Step.Count - 1 && curve.Step[next] < step)
        {
            next++;
        }

        var (step0, samples0) = next == 0 ? (0, 0) : (curve.Step[next - 1], curve.Samples[next - 1]);
        return samples0 + ((double)(curve.Samples[next] - samples0) * (step - step0) / Math.Max(1, curve.Step[next] - step0));
    }
}
