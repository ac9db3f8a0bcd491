// The words in which progress is told.
using System.Globalization;
using XClassFlow.Cluster.Training;

namespace XClassFlow.Cli.Progress;

/// <summary>One wording for the live and the plain display.</summary>
internal static class ProgressText
{
    public const string Stopping = "stopping after this step; Ctrl-C again ends at once";

    public static string Of(RunStarted s) => string.Create(
        CultureInfo.InvariantCulture,
        $"{s.Run}: {s.Classes:N0} classes, {s.Parameters:N0} parameters, {s.PlannedUpdates:N0} updates of {s.SamplesPerUpdate:N0} samples");

    public static string Of(StepProgress s)
    {
        var line = string.Create(
            CultureInfo.InvariantCulture,
            $"step {s.Step:N0}/{s.Updates:N0}  loss {s.Loss:G5}  top-1 {100 * s.Top1OfBatch:F1} %  rate {s.LearningRate:G4}  batch {s.Batch}  {s.SamplesPerSecond:N0} samples/s  elapsed {Clock(s.Elapsed)}");
        if (s.Remaining is { } remaining)
        {
            line += $"  remaining {Clock(remaining)}";
        }

        return s.Stages.MaxBy(stage => stage.BusyShare) is { } busiest
            ? line + string.Create(CultureInfo.InvariantCulture, $"  busiest {busiest.Name} {100 * busiest.BusyShare:F0} %")
            : line;
    }

    public static string Of(EvaluationResult r) => string.Create(
        CultureInfo.InvariantCulture,
        $"evaluation at step {r.Step:N0} (epoch {r.Epoch:0.##}): top-1 {100 * r.Top1:F2} %, top-5 {100 * r.Top5:F2} % of {r.Samples:N0} samples in {r.Seconds:F1} s");

    /// <summary>Hours, minutes, seconds; days where there are any.</summary>
    public static string Clock(TimeSpan time) =>
        time.ToString(time.TotalDays >= 1 ? @"d\.hh\:mm\:ss" : @"hh\:mm\:ss", CultureInfo.InvariantCulture);
}
