// xclassflow report plot: a picture of the courses of runs.
using System.Xml.Linq;
using OxyPlot.Series;
using XClassFlow.Cli.Pictures;
using XClassFlow.Stages.Reporting;

namespace XClassFlow.Cli.Tests;

public sealed class ReportPlotTests : IDisposable
{
    private readonly Cli cli = new();
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("xclassflow-plot-");

    public void Dispose()
    {
        cli.Dispose();
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task WritesAnSvgThatNamesTheReports()
    {
        var output = Path.Combine(folder.FullName, "curves.svg");
        Assert.Equal(0, await cli.RunAsync("report", "plot", Saved("fast", Report(64)), Saved("slow", Report(32)), "--out", output));
        var texts = XDocument.Load(output).Descendants().Where(e => e.Name.LocalName == "text").Select(e => e.Value).ToArray();
        Assert.All(new[] { "fast", "slow", "updates", "loss", "top-1, %", "batch", "backbone's learning rate" }, t => Assert.Contains(t, texts));
    }

    [Fact]
    public void EvaluationsStandAtTheirSamples()
    {
        var model = CurvePicture.Draw([("run", Report(10) with { Evaluations = [new(2, 0, 0.5, 0.6, 10, 1), new(3, 0, 0.7, 0.8, 10, 1)] })], overSamples: true);
        var top1 = model.Series.OfType<LineSeries>().Single(s => s.YAxisKey == "top-1, %");
        Assert.Equal([(20, 50), (30, 70)], top1.Points.Select(p => (p.X, p.Y)));
        var loss = model.Series.OfType<LineSeries>().Single(s => s.YAxisKey == "loss");
        Assert.Equal([(10, 3), (20, double.NaN), (40, 1)], loss.Points.Select(p => (p.X, p.Y)));
    }

    [Fact]
    public async Task WhatIsWrongIsSaidInOneLine()
    {
        var output = Path.Combine(folder.FullName, "curves.svg");
        Assert.Equal(2, await cli.RunAsync("report", "plot", Saved("eval", Report(1) with { Convergence = null }), "--out", output));
        Assert.Equal("xclassflow: eval: holds no curve; name the report of a training run of this version\n", cli.Error);
        Assert.Equal(2, await cli.RunAsync("report", "plot", Saved("run", Report(1)), "--out", Path.Combine(folder.FullName, "nowhere", "curves.svg")));
        Assert.Equal(2, await cli.RunAsync("report", "plot", Path.Combine(folder.FullName, "none.json"), "--out", output));
        Assert.Equal(2, await cli.RunAsync("report", "plot", Saved("run", Report(1)), "--out", output, "--over", "days"));
        Assert.False(File.Exists(output));
    }

    private string Saved(string name, RunReport report)
    {
        var path = Path.Combine(folder.FullName, $"{name}.json");
        RunReportFile.Write(report, path);
        return path;
    }

    private static RunReport Report(int batch)
    {
        double[] Same(double value) => [value, value, value];
        var curve = new CurveReport(
            [1, 2, 4], [batch, 2 * batch, 4 * batch], [3, double.NaN, 1], [0.1, 0.2, 0.3], Same(0.1), Same(1), [batch, batch, batch], Same(1), Same(1), Same(double.NaN), Same(double.NaN));
        return new RunReport
        {
            Run = "plot", Command = "train", Outcome = RunOutcome.Completed, Classes = 10, WorldSize = 1, Convergence = new ConvergenceReport(null, 0, [], curve, []),
        };
    }
}
