// The table of the live display.
using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;
using XClassFlow.Cluster.Training;

namespace XClassFlow.Cli.Progress;

/// <summary>Draws the state of a run.</summary>
internal static class LiveView
{
    private const int BarWidth = 30;

    public static IRenderable Of(string run, StepProgress step, EvaluationResult? evaluation)
    {
        var table = new Table().Border(TableBorder.Rounded).HideHeaders().AddColumns("", "");
        table.Title = new TableTitle(Markup.Escape(run));
        var share = step.Updates > 0 ? (double)step.Step / step.Updates : 0;
        Row(table, "step", $"{Bar(share)} {step.Step:N0} / {step.Updates:N0}");
        Row(table, "loss", $"{step.Loss:G5}");
        Row(table, "top-1 of batch", $"{100 * step.Top1OfBatch:F1} %");
        if (evaluation is not null)
        {
            Row(table, "last evaluation", $"top-1 {100 * evaluation.Top1:F2} %, top-5 {100 * evaluation.Top5:F2} %, step {evaluation.Step:N0}");
        }

        Row(table, "learning rates", $"backbone {step.LearningRate:G4}, head {step.HeadRate:G4}{(step.Why.Length > 0 ? $" ({step.Why})" : "")}");
        Row(table, "batch", $"{step.Batch:N0}");
        Row(table, "samples", $"{step.Samples:N0}, {step.SamplesPerSecond:N0} a second");
        Row(table, "elapsed", $"{ProgressText.Clock(step.Elapsed)}{(step.Remaining is { } left ? $", {ProgressText.Clock(left)} to go" : "")}");
        foreach (var stage in step.Stages)
        {
            Row(table, stage.Name, $"{Bar(stage.BusyShare)} {100 * stage.BusyShare:F0} % busy");
        }

        return table;
    }

    private static void Row(Table table, string name, FormattableString value) =>
        table.AddRow(new Text(name), new Text(value.ToString(CultureInfo.InvariantCulture)));

    private static string Bar(double share)
    {
        var full = (int)Math.Round(BarWidth * Math.Clamp(double.IsFinite(share) ? share : 0, 0, 1));
        return new string('█', full) + new string('░', BarWidth - full);
    }
}
