// The results of a study as a picture: top-1 against the share of active classes, one line a rule.
using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Legends;
using OxyPlot.Series;
using XClassFlow.Cli.Pictures;

namespace XClassFlow.Bench.Study;

internal static class StudyPicture
{
    /// <summary>Writes an SVG.</summary>
    /// <param name="results">All results.</param>
    /// <param name="title">Title.</param>
    /// <param name="file">Where to.</param>
    public static void Write(IReadOnlyList<StudyResult> results, string title, string file)
    {
        var model = Picture.Create(title, LegendPosition.RightBottom);
        model.With(new LogarithmicAxis(), AxisPosition.Bottom, "active classes, % of all");
        model.With(new LinearAxis(), AxisPosition.Left, "top-1, % (mean and range of the seeds)");
        foreach (var rule in results.GroupBy(r => r.Run.Rule.Name))
        {
            var points = rule.GroupBy(r => r.Run.Share).OrderBy(p => p.Key).ToArray();
            var line = new LineSeries { Title = rule.Key, MarkerType = MarkerType.Circle, MarkerSize = 3 };
            line.Points.AddRange(points.Select(p => new DataPoint(100 * p.Key, 100 * p.Average(r => r.Top1))));
            model.Series.Add(line);
            var range = new ScatterErrorSeries { MarkerType = MarkerType.None, ErrorBarColor = OxyColors.Gray };
            range.Points.AddRange(points.Select(p =>
            {
                var (low, high) = (100 * p.Min(r => r.Top1), 100 * p.Max(r => r.Top1));
                return new ScatterErrorPoint(100 * p.Key, (low + high) / 2, 0, high - low);
            }));
            model.Series.Add(range);
        }

        if (results.FirstOrDefault(r => r.Run.Rule.Full) is not null)
        {
            model.Annotations.Add(new OxyPlot.Annotations.LineAnnotation
            {
                Type = OxyPlot.Annotations.LineAnnotationType.Horizontal,
                Y = 100 * results.Where(r => r.Run.Rule.Full).Average(r => r.Top1),
                Text = "all classes",
            });
        }

        Picture.Write(model, file, 720, 480);
    }
}
